package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"fanfare/server/access"
	"fanfare/server/app/events"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Limits of reports of events: a page sends one every five seconds while much happens, and a hall of 500 fans has one address.
const maxReport = 16 << 10 // bytes

var eventLimit = limit{perIdentity: 60, perAddress: 6000, window: time.Minute}

func (s *site) eventOperations(api huma.API) {
	count := operation(http.MethodPost, "/events", "count-events", "Tell what visitors of a page saw and did")
	count.Description = `A page's report: a challenge was seen (impression: at least half of it in sight for a second, once in a page's life), a photo was opened (view), somebody came (visit: the first event after half an hour without one), somebody shared. Nothing is kept but numbers. A report with the same batch counts once, so it may be sent again until it is answered. Reports of programs that are no browsers, of pages that are fetched ahead, and of visitors whose browser asks not to be counted (Sec-GPC, DNT) are answered and count nothing. What is more than a page can see within its few seconds (1 impression, 1 visit, 30 views, 5 shares; 3 of one photo) counts nothing either: programs that tell of many people use a key.

The body is JSON; as text/plain it needs no preflight request.`
	count.MaxBodyBytes = maxReport
	count.DefaultStatus, count.SkipValidateBody = http.StatusNoContent, true // the form is looked at below, because bodies called text/plain are of no form
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[reportBody]())
	count.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/plain": {Schema: schema}, "application/json": {Schema: schema}}}
	count.Middlewares = huma.Middlewares{s.limited(count, eventLimit), countedOnly}
	huma.Register(api, count, s.countEvents)
}

// reportBody is what pages send.
type reportBody struct {
	Batch     string      `json:"batch" pattern:"^[0-9a-f]{32}$" doc:"128 random bits in hexadecimal, drawn once for each report"`
	Challenge string      `json:"challenge" doc:"Its slug"`
	Via       string      `json:"via,omitempty" maxLength:"200" doc:"How the visitor came: the ff parameter of the page's address, else its utm_source"`
	Events    []eventBody `json:"events" minItems:"1" maxItems:"100"`
}

type eventBody struct {
	Metric string `json:"metric" enum:"impression,view,visit,share"`
	Entry  int64  `json:"entry,omitempty" minimum:"1" doc:"The number of the photo that it is about; a view has one"`
	N      int64  `json:"n,omitempty" minimum:"1" maximum:"100" default:"1" doc:"How many times"`
}

// reported are metrics by the names of what happens once.
var reported = map[string]kpi.Metric{"impression": kpi.Impressions, "view": kpi.Views, "visit": kpi.Visits, "share": kpi.Shares}

type eventsInput struct {
	RawBody []byte
}

func (s *site) countEvents(ctx context.Context, in *eventsInput) (*struct{}, error) {
	report, err := readReport(in.RawBody)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	v := visitorFrom(ctx)
	report.From = events.Client{Address: bucketOf(v.address), Agent: v.agent}
	return nil, s.answer(ctx, s.Events.Count(ctx, report))
}

// readReport reads a report as strictly as other bodies are read.
func readReport(body []byte) (events.Report, error) {
	var b reportBody
	if err := unambiguous(body); err != nil {
		return events.Report{}, events.ErrReport
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return events.Report{}, events.ErrReport
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return events.Report{}, events.ErrReport
	}
	r := events.Report{Batch: b.Batch, Challenge: b.Challenge, Via: b.Via}
	for _, e := range b.Events {
		one, err := e.event()
		if err != nil {
			return r, err
		}
		r.Events = append(r.Events, one)
	}
	return r, nil
}

func (e eventBody) event() (events.Event, error) {
	number := contest.EntryNumber(e.Entry)
	if int64(number) != e.Entry {
		return events.Event{}, events.ErrReport
	}
	if e.N == 0 {
		e.N = 1
	}
	return events.Event{Metric: reported[e.Metric], Entry: number, Times: e.N}, nil
}

// countedOnly answers reports that count nothing before they are looked at.
func countedOnly(ctx huma.Context, next func(huma.Context)) {
	if r, w := humachi.Unwrap(ctx); uncounted(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	next(ctx)
}

// uncounted reports whether a request is none that a person made, or one of a person who asks not to be counted, or of staff.
func uncounted(r *http.Request) bool {
	h := r.Header
	return h.Get("Sec-GPC") == "1" || h.Get("DNT") == "1" || strings.Contains(h.Get("Sec-Purpose"), "prefetch") || h.Get("Purpose") == "prefetch" ||
		h.Get("X-Moz") == "prefetch" || kpi.Bot(r.UserAgent()) || access.StaffCookie(r) != ""
}
