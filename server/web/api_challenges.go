package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/contest"
	"fanfare/server/standing"
)

type challengeBody struct {
	Slug     string        `json:"slug"`
	Hashtag  string        `json:"hashtag"`
	Title    text          `json:"title"`
	Brief    text          `json:"brief"`
	TimeZone string        `json:"time_zone" doc:"IANA name; a day of voting is a day there" example:"Asia/Shanghai"`
	Now      time.Time     `json:"now" doc:"The server's clock, which decides"`
	Phase    string        `json:"phase" enum:"upcoming,entries,both,votes,between,audit,ended,certified"`
	Entries  window        `json:"entries"`
	Votes    window        `json:"votes"`
	Rules    rulesBody     `json:"rules"`
	Hash     string        `json:"rules_hash" doc:"SHA-256 of the terms as frozen at launch"`
	Cities   []choice      `json:"cities"`
	Partners []choice      `json:"partners"`
	Consents []consentBody `json:"consents" doc:"What a fan agrees to when entering, word by word"`
	Totals   totals        `json:"totals"`
	Tally    tallyBody     `json:"tally"`
	Boards   []string      `json:"boards" enum:"rising,city,cities,partner,partners,tag,friends" doc:"The kinds of boards beside the overall one that there are now; none where no order may be seen"`

	AuditEnds   *time.Time `json:"audit_ends,omitempty" doc:"From when on the result can be certified; absent where none is"`
	CertifiedAt *time.Time `json:"certified_at,omitempty"`
}

type rulesBody struct {
	EntriesPerFan  int            `json:"entries_per_fan"`
	VotesPerPeriod int            `json:"votes_per_period"`
	Period         string         `json:"period" enum:"day,challenge"`
	Moderation     string         `json:"moderation" enum:"before,after"`
	Guests         bool           `json:"guests"`
	Capture        captureRule    `json:"capture"`
	GraceSeconds   int            `json:"grace_seconds,omitempty" doc:"For so long after the deadline, a photo may come whose SHA-256 an upload announced before it"`
	Voters         []string       `json:"voters" doc:"Who may vote: guest, mail, host, invited, jury"`
	Weights        map[string]int `json:"weights,omitempty" doc:"What a vote of a kind of voters counts; 1 where the kind is absent"`
	JuryPoints     int            `json:"jury_points,omitempty" doc:"How many points a juror may give an entry at most; jurors vote as others do where it is absent"`
	VotesPerEntry  int            `json:"votes_per_entry,omitempty" doc:"Over all periods"`
	VotesFinal     bool           `json:"votes_final,omitempty" doc:"No vote can be taken back"`
	AuditHours     int            `json:"audit_hours,omitempty" doc:"How long votes are checked after the end"`
	Winners        int            `json:"winners,omitempty"`
}

// tallyBody says what can be seen of the votes. What cannot is absent everywhere.
type tallyBody struct {
	Mode         string     `json:"mode" enum:"live,delayed,ranks,hidden" doc:"What the rules let be seen before the result is certified"`
	DelayMinutes int        `json:"delay_minutes,omitempty" doc:"How often a delayed count is brought up to date"`
	Shows        string     `json:"shows" enum:"scores,order,nothing" doc:"What can be seen now"`
	AsAt         *time.Time `json:"as_at,omitempty" doc:"When the scores were so; absent where they are those of now"`
}

type captureRule struct {
	Required bool       `json:"required"`
	After    *time.Time `json:"after,omitempty"`
	Before   *time.Time `json:"before,omitempty"`
	Cameras  []string   `json:"cameras"`
}

type consentBody struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Text    text   `json:"text"`
}

type totals struct {
	Entries int    `json:"entries" doc:"Published ones"`
	Votes   *int64 `json:"votes,omitempty" doc:"Absent where it may not be seen"`
}

// SlugInput names a challenge.
type SlugInput struct {
	Slug string `path:"slug" maxLength:"40"`
}

func (s *site) challengeOperations(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/challenges", "list-challenges", "Launched challenges, newest first"), s.listChallenges)
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}", "read-challenge", "One challenge and its rules"), s.readChallenge)
}

type challengesOutput struct {
	Body struct {
		Now        time.Time       `json:"now"`
		Challenges []challengeBody `json:"challenges"`
	}
}

func (s *site) listChallenges(ctx context.Context, _ *struct{}) (*challengesOutput, error) {
	list, err := s.launched(ctx)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &challengesOutput{}
	out.Body.Now = time.Now().UTC()
	out.Body.Challenges = []challengeBody{}
	for _, c := range list {
		body, err := s.describe(ctx, c)
		if err != nil {
			return nil, s.answer(ctx, err)
		}
		out.Body.Challenges = append(out.Body.Challenges, body)
	}
	return out, nil
}

func (s *site) launched(ctx context.Context) ([]contest.Challenge, error) {
	all, err := s.Campaigns.Challenges(ctx)
	kept := all[:0]
	for _, c := range all {
		if c.Launched() {
			kept = append(kept, c)
		}
	}
	return kept, err
}

func (s *site) readChallenge(ctx context.Context, in *SlugInput) (*struct{ Body challengeBody }, error) {
	c, err := s.Campaigns.Public(ctx, in.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	body, err := s.describe(ctx, c)
	return &struct{ Body challengeBody }{body}, s.answer(ctx, err)
}

func (s *site) describe(ctx context.Context, c contest.Challenge) (challengeBody, error) {
	consents, err := s.Campaigns.Consents(ctx, c.Consents)
	if err != nil {
		return challengeBody{}, err
	}
	board, err := s.Boards.Top(ctx, standing.Overall(c.ID), 0)
	if err != nil {
		return challengeBody{}, err
	}
	now := time.Now().UTC()
	r := c.Rules
	b := challengeBody{
		Slug: c.Slug, Hashtag: c.Hashtag, Title: text(c.Title), Brief: text(c.Brief), TimeZone: c.TimeZone, Now: now, Phase: c.Phase(now),
		Entries: window(c.Entries), Votes: window(c.Votes), Hash: c.RulesHash, Cities: choices(c.Cities), Partners: choices(c.Partners),
		Rules: rulesBody{
			EntriesPerFan: r.EntriesPerFan, VotesPerPeriod: r.VotesPerPeriod, Period: string(r.Period),
			Moderation: string(r.Moderation), Guests: r.Guests, GraceSeconds: r.GraceSeconds,
			Capture: captureRule{r.Capture.Required, optional(r.Capture.After), optional(r.Capture.Before), r.Capture.Cameras},
			Voters:  voters(r), Weights: weights(r), JuryPoints: r.JuryPoints, VotesPerEntry: r.VotesPerEntry, VotesFinal: r.VotesFinal,
			AuditHours: r.AuditHours, Winners: r.Winners,
		},
		Consents: []consentBody{}, Totals: totals{board.Entries, scored(board.Shows, board.Votes)},
		Tally:       tallyBody{mode(r), r.TallyDelayMinutes, shown(board.Shows), optional(board.AsAt.UTC())},
		CertifiedAt: optional(c.CertifiedAt.UTC()), Boards: []string{},
	}
	for _, kind := range boardKinds(c, board, now) {
		b.Boards = append(b.Boards, string(kind))
	}
	if r.Certifies() {
		b.AuditEnds = optional(c.AuditEnds().UTC())
	}
	for _, t := range consents {
		b.Consents = append(b.Consents, consentBody{string(t.ID), t.Kind, t.Version, text(t.Text)})
	}
	return b, nil
}

// voters names who may vote.
func voters(r contest.Rules) []string {
	names := []string{}
	for _, class := range contest.VoterClasses {
		if r.Admits(class) && (class != contest.GuestVoter || r.Guests) {
			names = append(names, string(class))
		}
	}
	return names
}

func weights(r contest.Rules) map[string]int {
	named := map[string]int{}
	for class, weight := range r.Weights {
		named[string(class)] = weight
	}
	return named
}

// mode is the name of what a challenge lets be seen of its votes.
func mode(r contest.Rules) string {
	if r.Tally == contest.TallyLive {
		return "live"
	}
	return string(r.Tally)
}

// shown is the name of what can be seen now.
func shown(s contest.Shows) string {
	switch s {
	case contest.ScoresShown:
		return "scores"
	case contest.OrderShown:
		return "order"
	}
	return "nothing"
}

// scored is a number of votes; nil where none may be seen.
func scored(s contest.Shows, votes int64) *int64 {
	if s != contest.ScoresShown {
		return nil
	}
	return &votes
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
