package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/reviews"
	"fanfare/server/contest"
)

// complaintLimit lets a fan complain again after an answer, about each of their entries.
var complaintLimit = limit{perIdentity: 10, perAddress: 200, window: time.Hour}

func (s *site) complaintOperations(api huma.API) {
	complain := created(signed(operation(http.MethodPost, "/entries/{id}/complaints", "complain", "Have staff look at the votes for one's own entry that do not count")))
	complain.Description = "For entries with under_review. An entry has one open complaint at a time; the answer stands with the entry."
	complain.Middlewares = huma.Middlewares{s.limited(complain, complaintLimit)}
	huma.Register(api, complain, s.complain)
}

type complaintInput struct {
	EntryInput
	Body struct {
		Statement string `json:"statement" maxLength:"1000" doc:"In one's own words: why the votes are honest"`
	}
}

func (s *site) complain(ctx context.Context, in *complaintInput) (*struct{}, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Reviews.Complain(ctx, session, contest.EntryID(in.ID), in.Body.Statement))
}

// reviewBody is what an entry's fan sees of the votes for it that do not count.
type reviewBody struct {
	Votes       *int64 `json:"votes,omitempty" doc:"That wait for a decision; absent where the rules show no numbers yet"`
	Excluded    *int64 `json:"excluded,omitempty" doc:"That do not count; absent where the rules show no numbers yet"`
	MayComplain bool   `json:"may_complain,omitempty" doc:"Whether staff can be asked to look"`
	Complained  bool   `json:"complained,omitempty" doc:"A complaint waits for its answer"`
	Answer      string `json:"answer,omitempty" doc:"The organisers' own words to the last complaint"`
}

// reviewOf says what the fan may know; nil where there is nothing to know. Numbers of votes that the public sees late or not at
// all are no fan's to see before.
func reviewOf(c contest.Challenge, m reviews.Mine) *reviewBody {
	if m.Held == 0 && m.Excluded == 0 && !m.Open && m.Answer == "" {
		return nil
	}
	b := &reviewBody{MayComplain: !m.Open && (m.Held > 0 || m.Excluded > 0), Complained: m.Open, Answer: m.Answer}
	if c.ShowsScores() && !c.Concealed() {
		b.Votes, b.Excluded = &m.Held, &m.Excluded
	}
	return b
}

// underReview returns what a visitor may know of the votes for their own entries among the list.
func (s *site) underReview(ctx context.Context, viewer *access.Session, list []contest.Entry) (map[contest.EntryID]reviews.Mine, error) {
	var own []contest.EntryID
	for _, e := range list {
		if viewer != nil && e.Fan == viewer.Fan.ID {
			own = append(own, e.ID)
		}
	}
	if own == nil {
		return nil, nil
	}
	return s.Reviews.Mine(ctx, own)
}
