package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/standing"
)

type entryBody struct {
	ID          string    `json:"id"`
	Number      uint32    `json:"number" doc:"Within the challenge"`
	Challenge   string    `json:"challenge" doc:"Slug"`
	Status      string    `json:"status" enum:"processing,pending,published,rejected,withdrawn"`
	Caption     string    `json:"caption"`
	Author      string    `json:"author"`
	City        string    `json:"city,omitempty"`
	Partner     string    `json:"partner,omitempty"`
	Tags        []string  `json:"tags"`
	Score       *int64    `json:"score,omitempty" doc:"Absent where it may not be seen"`
	Rank        int       `json:"rank,omitempty" doc:"Absent where it may not be seen, and where there is none"`
	PassedOver  string    `json:"passed_over,omitempty" doc:"Why it has no place in the certified result"`
	Mine        bool      `json:"mine,omitempty"`
	Voted       bool      `json:"voted,omitempty" doc:"By this session in the present period"`
	SubmittedAt time.Time `json:"submitted_at"`
	Photo       *photo    `json:"photo,omitempty"`
	OwnBody
}

type entryOutput struct{ Body entryBody }

type pageOutput struct {
	Body struct {
		Entries []entryBody `json:"entries"`
		Next    string      `json:"next,omitempty" doc:"The cursor of the next page"`
	}
}

func (s *site) entryOperations(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}/entries", "list-entries", "Published entries"), s.listEntries)
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}/search", "search-entries", "Find entries by words, hashtag, author, city or number"), s.searchEntries)
	submit := created(signed(operation(http.MethodPost, "/challenges/{slug}/entries", "submit-entry", "Enter a photo")))
	submit.Middlewares = huma.Middlewares{s.limited(submit, submitLimit)}
	form := &huma.MediaType{}
	submit.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": form}}
	huma.Register(api, submit, s.submitEntry)
	form.Schema = submissionForm // only now: huma reads a body whose schema it knows into memory
	read := operation(http.MethodGet, "/entries/{id}", "read-entry", "One entry")
	read.Responses = answers[entryBody](api)
	huma.Register(api, read, s.readEntry)
	withdraw := signed(operation(http.MethodDelete, "/entries/{id}", "withdraw-entry", "Withdraw one's own entry for good"))
	withdraw.Middlewares = huma.Middlewares{s.limited(withdraw, submitLimit)}
	huma.Register(api, withdraw, s.withdrawEntry)
	report := created(operation(http.MethodPost, "/entries/{id}/reports", "report-entry", "Tell the moderators of a doubtful entry"))
	report.Middlewares = huma.Middlewares{s.limited(report, reportLimit)}
	huma.Register(api, report, s.reportEntry)
}

type listInput struct {
	SlugInput
	Bearer
	Sort   string `query:"sort" enum:"newest,top,shuffle" default:"newest"`
	Seed   int64  `query:"seed" minimum:"0" maximum:"2147483647" doc:"Of the shuffle; the same seed gives the same order"`
	Cursor string `query:"cursor" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"24"`
}

func (s *site) listEntries(ctx context.Context, in *listInput) (*pageOutput, error) {
	c, err := s.Campaigns.Public(ctx, in.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	list, err := s.Entries.List(ctx, c.ID, in.Sort, uint64(in.Seed), in.Cursor, in.Limit)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.page(ctx, c, in.Bearer, list)
}

type searchInput struct {
	SlugInput
	Bearer
	Query  string `query:"q" required:"true" minLength:"1" maxLength:"200"`
	Cursor string `query:"cursor" maxLength:"20"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"24"`
}

func (s *site) searchEntries(ctx context.Context, in *searchInput) (*pageOutput, error) {
	c, err := s.Campaigns.Public(ctx, in.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	list, err := s.Entries.Search(ctx, c.ID, in.Query, in.Cursor, in.Limit)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.page(ctx, c, in.Bearer, list)
}

func (s *site) page(ctx context.Context, c contest.Challenge, b Bearer, list entries.Page) (*pageOutput, error) {
	viewer, err := s.viewer(ctx, b)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &pageOutput{}
	out.Body.Next = list.Next
	out.Body.Entries, err = s.bodies(ctx, c, viewer, list.Entries)
	return out, s.answer(ctx, err)
}

// bodies dresses entries for one visitor: rank for all, "mine" and "voted" for a session of the same challenge.
func (s *site) bodies(ctx context.Context, c contest.Challenge, viewer *access.Session, list []contest.Entry) ([]entryBody, error) {
	voted := map[contest.EntryID]bool{}
	if viewer != nil && viewer.Challenge == c.ID {
		used, err := s.Votes.Used(ctx, *viewer)
		if err != nil {
			return nil, err
		}
		for _, id := range used.Entries {
			voted[id] = true
		}
	}
	rankOf, err := s.rankOf(ctx, c, contest.Scope{})
	if err != nil {
		return nil, err
	}
	review, err := s.underReview(ctx, viewer, list)
	if err != nil {
		return nil, err
	}
	grants, err := s.ownRights(ctx, viewer, list)
	if err != nil {
		return nil, err
	}
	out := make([]entryBody, 0, len(list))
	for _, e := range list {
		place, _, err := rankOf(e.Number)
		if err != nil {
			return nil, err
		}
		body := s.entryBody(c, e, place)
		body.Voted = voted[e.ID]
		if body.Mine = viewer != nil && e.Fan == viewer.Fan.ID; body.Mine {
			body.OwnBody = ownOf(e)
			body.UnderReview = reviewOf(c, review[e.ID])
			body.Rights = rightsOf(c, e, grants[e.ID])
		}
		out = append(out, body)
	}
	return out, nil
}

// entryBody is an entry as everybody may see it.
func (s *site) entryBody(c contest.Challenge, e contest.Entry, place standing.Place) entryBody {
	return entryBody{
		ID: string(e.ID), Number: uint32(e.Number), Challenge: c.Slug, Status: string(e.Status), Caption: e.Caption, Author: e.Author,
		City: e.City, Partner: e.Partner, Tags: e.Tags, Score: scored(place.Shows, e.Score), Rank: place.Rank, PassedOver: string(e.PassedOver),
		SubmittedAt: e.SubmittedAt, Photo: s.photoOf(e.Photo),
	}
}

// one dresses a single entry.
func (s *site) one(ctx context.Context, viewer *access.Session, e contest.Entry) (*entryOutput, error) {
	c, err := s.Campaigns.Launched(ctx, e.Challenge)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	bodies, err := s.bodies(ctx, c, viewer, []contest.Entry{e})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &entryOutput{bodies[0]}, nil
}

type submitInput struct {
	SlugInput
	Bearer
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"The same key with the same words is the same entry"`
	request        *http.Request
}

func (s *site) submitEntry(ctx context.Context, in *submitInput) (*entryOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if err := s.inChallenge(ctx, session, in.Slug); err != nil {
		return nil, s.answer(ctx, err)
	}
	form, err := readUpload(in.request)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	defer form.Close()
	e, err := s.Entries.Submit(ctx, session, entries.Submission{
		Submission: form.Submission, Reposts: form.reposts, Photo: form.photo, Upload: form.id, IdempotencyKey: in.IdempotencyKey,
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.one(ctx, &session, e)
}

// inChallenge refuses a session of another challenge than the address names.
func (s *site) inChallenge(ctx context.Context, session access.Session, slug string) error {
	c, err := s.Campaigns.Public(ctx, slug)
	if err == nil && c.ID != session.Challenge {
		return newProblem(http.StatusForbidden, "other_challenge", "The session belongs to another challenge.")
	}
	return err
}

// EntryInput names an entry.
type EntryInput struct {
	Bearer
	ID string `path:"id" maxLength:"40"`
}

func (s *site) withdrawEntry(ctx context.Context, in *EntryInput) (*struct{}, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Entries.Withdraw(ctx, session, contest.EntryID(in.ID)))
}

type reportInput struct {
	EntryInput
	Body struct {
		Reason string `json:"reason" enum:"rights,person,offensive,off_topic,other"`
		Note   string `json:"note,omitempty" maxLength:"1000"`
	}
}

func (s *site) reportEntry(ctx context.Context, in *reportInput) (*struct{}, error) {
	viewer, err := s.viewer(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Entries.Report(ctx, viewer, contest.EntryID(in.ID), in.Body.Reason, in.Body.Note))
}
