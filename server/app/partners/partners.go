// Package partners holds the use cases of partner accounts: what their desk shows, the posts they tell of, and what these brought, for
// the partner and for the campaign's marketers. Whether an entry may be reposted is the domain's to say (partner.May), and is asked
// at every request: nothing of an entry outlives it.
package partners

import (
	"context"
	"fmt"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store   *store.Store
	results *results.Service
	boards  *standing.Boards
	news    *news.Service
	own     string // the host of our own pages, which are nobody's post
}

// New returns a service. Host is the installation's own.
func New(s *store.Store, r *results.Service, b *standing.Boards, n *news.Service, host string) *Service {
	return &Service{store: s, results: r, boards: b, news: n, own: host}
}

// FieldError says what is wrong with a field of a form.
type FieldError struct{ Field, Code string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// RightsError says that the fan does not allow what was asked for, and where they allow it.
type RightsError struct {
	Refusal partner.Refusal
	Outlet  partner.Outlet
	Allowed []partner.Outlet
}

// Error implements error.
func (e *RightsError) Error() string {
	return fmt.Sprintf("repost on %s: %s", e.Outlet, e.Refusal)
}

// Office is a partner of a campaign: its board, and what it is called.
type Office struct {
	Campaign   contest.CampaignID
	Partner    kpi.PartnerID
	Name       contest.Text
	Plan       store.Plan
	Challenges []contest.Challenge // that were launched
	Board      partner.Board
}

// OfficeOf returns the office that somebody works for. Errors: store.ErrNotFound for who works for none.
func (s *Service) OfficeOf(ctx context.Context, me access.Staff) (o Office, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		o, err = office(tx, me.Campaign, me.Partner)
		return err
	})
	return o, err
}

// office reads the office of a partner that the campaign's plan or one of its challenges names.
func office(tx *store.Tx, campaign contest.CampaignID, p kpi.PartnerID) (o Office, err error) {
	o = Office{Campaign: campaign, Partner: p}
	if o.Plan, err = tx.Plan(campaign); err != nil {
		return o, err
	}
	of, err := tx.ChallengesOf(campaign)
	if err != nil {
		return o, err
	}
	for _, c := range of {
		if c.Launched() {
			o.Challenges = append(o.Challenges, c)
		}
	}
	name, known := partner.Name(o.Plan.Plan, of, p)
	if !known {
		return o, fmt.Errorf("partner %q of campaign %s: %w", p, campaign, store.ErrNotFound)
	}
	o.Name, o.Board = name, partner.BoardOf(p, of)
	return o, nil
}

// challenge returns one of the office's.
func (o Office) challenge(id contest.ChallengeID) (contest.Challenge, bool) {
	for _, c := range o.Challenges {
		if c.ID == id {
			return c, true
		}
	}
	return contest.Challenge{}, false
}

// Opened is an entry as its partner may see it.
type Opened struct {
	Office
	Entry     contest.Entry
	Challenge contest.Challenge
	Grant     partner.Grant
}

// Open returns an entry of somebody's board. Errors: store.ErrNotFound where it is not on that board or not shown, *RightsError where
// its fan does not allow reposts.
func (s *Service) Open(ctx context.Context, me access.Staff, id contest.EntryID) (o Opened, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		o, err = opened(tx, me.Campaign, me.Partner, id)
		return err
	})
	return o, err
}

func opened(tx *store.Tx, campaign contest.CampaignID, p kpi.PartnerID, id contest.EntryID) (o Opened, err error) {
	if o.Office, err = office(tx, campaign, p); err != nil {
		return o, err
	}
	if o.Entry, err = tx.Entry(id); err != nil {
		return o, err
	}
	var ours bool
	if o.Challenge, ours = o.challenge(o.Entry.Challenge); !ours || !o.Board.Holds(o.Entry) {
		return o, fmt.Errorf("entry %s of partner %s: %w", id, p, store.ErrNotFound)
	}
	if o.Grant, err = tx.Grant(id); err != nil {
		return o, err
	}
	switch refusal := partner.MayAny(o.Entry, o.Grant, tx.Now()); refusal {
	case "":
		return o, nil
	case partner.NotShown:
		return o, fmt.Errorf("entry %s: %w", id, store.ErrNotFound)
	default:
		return o, &RightsError{Refusal: refusal}
	}
}

// Allowed are the outlets on which the entry may be reposted now.
func (o Opened) Allowed() []partner.Outlet { return o.Grant.Outlets }
