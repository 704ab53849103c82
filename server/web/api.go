package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"fanfare/media"
	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// Limits of the API's requests.
const (
	maxJSON       = 64 << 10                // bytes; the longest is a host-signed token
	maxUpload     = media.MaxBytes + 64<<10 // bytes; the photo and the words beside it
	standingPause = 5                       // seconds between two looks at one's own rank
)

// api mounts the JSON API and its description.
func (s *site) api(r chi.Router) {
	huma.NewError = humaError // huma has no other place for it
	config := huma.DefaultConfig("Fanfare", "1")
	config.Info.Description = "Hashtag photo challenges with live boards. Errors are RFC 9457 problems with a stable `code`."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", ""
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	config.CreateHooks = nil // no $schema field in every answer
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "http", Scheme: "bearer", Description: "The token of POST /api/v1/session."},
		"shop":    {Type: "http", Scheme: "bearer", Description: "A shop's own key, from the console."},
		"key":     {Type: "http", Scheme: "bearer", Description: "An API key, which an administrator makes in the console for some scopes, and for one campaign or all of them. Operations name the scope that they need."},
	}
	api := huma.NewGroup(humachi.New(r, config), "/api/v1")
	s.challengeOperations(api)
	s.boardOperations(api)
	s.pulseOperations(api)
	s.entryOperations(api)
	s.voteOperations(api)
	s.judgingOperations(api)
	s.resultOperations(api)
	s.complaintOperations(api)
	s.rightsOperations(api)
	s.eventOperations(api)
	s.sessionOperations(api)
	s.letterOperations(api)
	s.erasureOperations(api)
	s.orderOperations(api)
	s.planOperations(api)
	s.numberOperations(api)
	s.orderListOperations(api)
	s.linkOperations(api)
	s.webhookOperations(api)
	s.repostOperations(api)
	s.tus(r, api)
	r.HandleFunc("/api/*", func(w http.ResponseWriter, _ *http.Request) {
		newProblem(http.StatusNotFound, "not_found", "The API has no such address; see /api/v1/openapi.json.").write(w)
	})
}

// operation describes one operation; signed ones need a session.
func operation(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, MaxBodyBytes: maxJSON}
}

func signed(o huma.Operation) huma.Operation {
	o.Security = []map[string][]string{{"session": {}}}
	return o
}

func created(o huma.Operation) huma.Operation {
	o.DefaultStatus = http.StatusCreated
	return o
}

// Bearer is the session of a request. Like every struct that inputs embed it is exported: huma passes over others.
type Bearer struct {
	Authorization string `header:"Authorization" doc:"Bearer and the session's token" maxLength:"200"`
}

// bearerOf returns the token of an Authorization header, or "". The scheme may be written in any case.
func bearerOf(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// session returns the request's session; without one it is people.ErrNoSession.
func (s *site) session(ctx context.Context, b Bearer) (access.Session, time.Time, error) {
	token := bearerOf(b.Authorization)
	if token == "" {
		return access.Session{}, time.Time{}, newProblem(http.StatusUnauthorized, "unauthorized", "Open a session first: POST /api/v1/session.")
	}
	return s.People.Session(ctx, token, visitorFrom(ctx).origin)
}

// viewer returns the session of a request that may have none. A session that ended is an error, so that the client
// learns of it.
func (s *site) viewer(ctx context.Context, b Bearer) (*access.Session, error) {
	if b.Authorization == "" {
		return nil, nil
	}
	session, _, err := s.session(ctx, b)
	if err != nil {
		return nil, err
	}
	return &session, nil
}

// text is a sentence in both languages.
type text struct {
	ZH string `json:"zh-CN"`
	EN string `json:"en"`
}

type choice struct {
	ID   string `json:"id"`
	Name text   `json:"name"`
}

type window struct {
	Opens  time.Time `json:"opens"`
	Closes time.Time `json:"closes"`
}

func choices(list []contest.Choice) []choice {
	out := make([]choice, len(list))
	for i, c := range list {
		out[i] = choice{c.ID, text(c.Name)}
	}
	return out
}

// photo is a photo as the API shows it.
type photo struct {
	Width     int      `json:"width" doc:"Of the upright original, in pixels"`
	Height    int      `json:"height"`
	ThumbHash string   `json:"thumbhash" doc:"ThumbHash in base64, shown until the photo is there"`
	Sizes     []size   `json:"sizes" doc:"Largest first; the square one last"`
	Capture   *capture `json:"capture,omitempty"`
}

type size struct {
	Name   string `json:"name" enum:"2048,1024,480,square"`
	URL    string `json:"url" doc:"Relative to the installation's address unless it is a whole one; never changes its content"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

type capture struct {
	TakenAt  *time.Time `json:"taken_at,omitempty"`
	Make     string     `json:"make,omitempty"`
	Model    string     `json:"model,omitempty"`
	Lens     string     `json:"lens,omitempty"`
	Exposure string     `json:"exposure,omitempty" doc:"Seconds" example:"1/60"`
	Aperture string     `json:"aperture,omitempty" doc:"f-number" example:"1.8"`
	ISO      int        `json:"iso,omitempty"`
	// Place is there only where the fan agreed.
	Place *spot `json:"place,omitempty" doc:"Roughly where it was taken: degrees, rounded to tenths"`
}

// spot is a place on the earth. The API's schemas have one name each, and a place is one on a board.
type spot struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

func (s *site) photoOf(p contest.Photo) *photo {
	if len(p.Renditions) == 0 {
		return nil
	}
	out := &photo{Width: p.Width, Height: p.Height, ThumbHash: p.ThumbHash}
	for _, r := range p.Renditions {
		out.Sizes = append(out.Sizes, size{r.Name, s.photoOrigin() + page.MediaPath(r.Key), r.Width, r.Height})
	}
	c := p.Capture
	if c == (contest.Capture{}) {
		return out
	}
	out.Capture = &capture{Make: c.Make, Model: c.Model, Lens: c.Lens, Exposure: c.Exposure, Aperture: c.Aperture, ISO: c.ISO}
	if c.Place != nil {
		out.Capture.Place = &spot{c.Place.Lat, c.Place.Lon}
	}
	if !c.TakenAt.IsZero() {
		out.Capture.TakenAt = &c.TakenAt
	}
	return out
}
