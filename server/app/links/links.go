// Package links holds the use cases of how people came: tracked links and the clicks on them, and the figures that platforms
// report of what they showed. What a click is worth is the domain's to say (kpi).
package links

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// MaxLinks is how many links a campaign has at most: twenty channels times a hundred partners.
const MaxLinks = 2000

// Service carries out the use cases.
type Service struct {
	store *store.Store
	// own is the installation's web origin, whose pages links may lead to.
	own string

	mu    sync.RWMutex
	known map[kpi.LinkCode]remembered // guarded by mu
	key   []byte                      // guarded by mu; signs clicks; nil until it was read
}

// New returns a service. own is the installation's own web origin.
func New(s *store.Store, own string) *Service {
	return &Service{store: s, own: own, known: map[kpi.LinkCode]remembered{}}
}

// FieldError says what is wrong with a field of a link or a figure.
type FieldError struct{ Field, Code string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// Overview is what a campaign has of links.
type Overview struct {
	Plan       store.Plan
	Challenges []contest.Challenge // the launched ones leading
	Links      []store.LinkClicks
	Missing    int // that channels and partners of the plan lack
}

// Overview returns a campaign's links.
func (s *Service) Overview(ctx context.Context, campaign contest.CampaignID) (o Overview, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if o.Plan, err = tx.Plan(campaign); err != nil {
			return err
		}
		if o.Challenges, err = tx.ChallengesOf(campaign); err != nil {
			return err
		}
		o.Links, err = tx.Links(campaign)
		return err
	})
	o.Missing = len(kpi.Missing(o.Plan.Plan, bare(o.Links), "/"))
	return o, err
}

func bare(list []store.LinkClicks) []kpi.Link {
	links := make([]kpi.Link, len(list))
	for i, l := range list {
		links[i] = l.Link
	}
	return links
}

// Link returns a link of a campaign.
func (s *Service) Link(ctx context.Context, campaign contest.CampaignID, code kpi.LinkCode) (l kpi.Link, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		l, err = linkOf(tx, campaign, code)
		return err
	})
	return l, err
}

// linkOf reads a link; another campaign's is not there.
func linkOf(tx *store.Tx, campaign contest.CampaignID, code kpi.LinkCode) (kpi.Link, error) {
	l, err := tx.Link(code)
	if err == nil && l.Campaign != campaign {
		return kpi.Link{}, fmt.Errorf("link %s of campaign %s: %w", code, campaign, store.ErrNotFound)
	}
	return l, err
}

// Create makes a link for a channel of its campaign's plan; a *FieldError says what is wrong with it. Where it leads to a
// challenge's page, its clicks are the challenge's.
func (s *Service) Create(ctx context.Context, l kpi.Link) (kpi.Link, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		l, err = s.create(tx, l)
		return err
	})
	return l, err
}

// CreateOnce is Create for programs: a wish that comes again under its key, within a scope, has the link that was made for it. Errors:
// those of Create, store.ErrKeyReused.
func (s *Service) CreateOnce(ctx context.Context, wish kpi.Link, scope, key string) (l kpi.Link, err error) {
	said, err := json.Marshal([]string{string(wish.Campaign), string(wish.Channel), string(wish.Partner), wish.Target, wish.Label})
	if err != nil {
		return l, fmt.Errorf("create link: %w", err)
	}
	hash := hashOf(said)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		known, found, err := tx.Idempotent(scope, key, hash)
		if err != nil {
			return err
		}
		if found {
			l, err = tx.Link(kpi.LinkCode(known))
			return err
		}
		if l, err = s.create(tx, wish); err != nil {
			return err
		}
		return tx.SaveIdempotent(scope, key, hash, string(l.Code))
	})
	return l, err
}

func (s *Service) create(tx *store.Tx, l kpi.Link) (kpi.Link, error) {
	plan, err := tx.Plan(l.Campaign)
	if err != nil {
		return l, err
	}
	if l.Credit, err = checkCredit(tx, plan.Plan, l); err != nil {
		return l, err
	}
	if l, err = s.checkWords(l); err != nil {
		return l, err
	}
	if err := roomFor(tx, l.Campaign, 1); err != nil {
		return l, err
	}
	l.Code = ""
	if l, err = tx.CreateLink(l); err != nil {
		return l, err
	}
	return l, tx.Audit(store.Act{Staff: l.Staff, Action: "link.create", Object: object(l.Code), Note: note(l)})
}

func object(code kpi.LinkCode) string { return "link/" + string(code) }

// note says of a link what tells it from others.
func note(l kpi.Link) string {
	return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%s/%s → %s", l.Channel, l.Partner, l.Target), "/"), "/")
}

// checkCredit holds what a link credits to the plan and the campaign's challenges.
func checkCredit(tx *store.Tx, p kpi.Plan, l kpi.Link) (kpi.Credit, error) {
	if _, known := p.Channel(l.Channel); !known {
		return l.Credit, &FieldError{"channel", "required"}
	}
	if _, known := p.Partner(l.Partner); !known && l.Partner != "" {
		return l.Credit, &FieldError{"partner", "unknown"}
	}
	if slug, ok := strings.CutPrefix(l.Target, "/c/"); ok && l.Challenge == "" {
		slug, _, _ = strings.Cut(slug, "?")
		if c, err := tx.ChallengeBySlug(slug); err == nil && c.Campaign == l.Campaign {
			l.Challenge = c.ID
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return l.Credit, err
		}
	}
	return l.Credit, nil
}

// checkWords checks where a link leads and what it is called.
func (s *Service) checkWords(l kpi.Link) (kpi.Link, error) {
	target, err := kpi.CheckTarget(l.Target, s.own)
	if err != nil {
		return l, &FieldError{"target", "invalid"}
	}
	l.Target, l.Label = target, strings.TrimSpace(l.Label)
	if utf8.RuneCountInString(l.Label) > kpi.MaxLinkLabel {
		return l, &FieldError{"label", "too_long"}
	}
	return l, nil
}

// roomFor refuses links beyond what a campaign may have.
func roomFor(tx *store.Tx, campaign contest.CampaignID, n int) error {
	there, err := tx.CountLinks(campaign)
	if err == nil && there+n > MaxLinks {
		return &FieldError{"target", "too_many"}
	}
	return err
}

// CreateMissing makes a link to the target for each channel of the plan, and for each channel and partner, that has none. It returns
// how many.
func (s *Service) CreateMissing(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, target string) (n int, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		if err := tx.Lock("links/" + string(campaign)); err != nil { // two at once would make each twice
			return err
		}
		there, err := tx.Links(campaign)
		if err != nil {
			return err
		}
		missing := kpi.Missing(plan.Plan, bare(there), target)
		n = len(missing)
		if err := roomFor(tx, campaign, n); err != nil {
			return err
		}
		for _, l := range missing {
			l.Campaign, l.Staff = campaign, staff
			if l.Credit, err = checkCredit(tx, plan.Plan, l); err == nil {
				l, err = s.checkWords(l)
			}
			if err == nil {
				_, err = tx.CreateLink(l)
			}
			if err != nil {
				return err
			}
		}
		return tx.Audit(store.Act{Staff: staff, Action: "link.create_all", Object: "campaign/" + string(campaign), Note: fmt.Sprintf("%d → %s", n, target)})
	})
	return n, err
}

// Change has a link lead elsewhere or be called otherwise; a *FieldError says what is wrong with that.
func (s *Service) Change(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, code kpi.LinkCode, target, label string) error {
	return s.alter(ctx, staff, "link.change", campaign, code, func(_ *store.Tx, l kpi.Link) (kpi.Link, error) {
		l.Target, l.Label = target, label
		return s.checkWords(l)
	})
}

// Retire ends what a link counts, or has it count again. It leads on.
func (s *Service) Retire(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, code kpi.LinkCode, retired bool) error {
	act := "link.restore"
	if retired {
		act = "link.retire"
	}
	return s.alter(ctx, staff, act, campaign, code, func(tx *store.Tx, l kpi.Link) (kpi.Link, error) {
		l.RetiredAt = time.Time{}
		if retired {
			l.RetiredAt = tx.Now()
		}
		return l, nil
	})
}

// alter changes a link of a campaign.
func (s *Service) alter(ctx context.Context, staff contest.StaffID, act string, campaign contest.CampaignID, code kpi.LinkCode, change func(*store.Tx, kpi.Link) (kpi.Link, error)) error {
	defer s.forget(code)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		l, err := linkOf(tx, campaign, code)
		if err != nil {
			return err
		}
		if l, err = change(tx, l); err != nil {
			return err
		}
		if err := tx.SaveLink(l); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: staff, Action: act, Object: object(code), Note: note(l)})
	})
}

// PartnerOrders are the orders that a partner's links and codes brought on the campaign's days so far, and what they are worth, refunds
// deducted, in the plan's currency.
func (s *Service) PartnerOrders(ctx context.Context, p store.Plan, partner kpi.PartnerID) (orders, gmv int64, err error) {
	if p.Starts.IsZero() || p.Ends.IsZero() {
		return 0, 0, nil
	}
	first, last := kpi.WholeDays(p.Starts, p.Ends, p.Location())
	err = s.store.View(ctx, func(tx *store.Tx) error {
		before := min(kpi.QuarterOf(last.To), kpi.QuarterOf(tx.Now())+1) // a shop's clock may be ahead of ours
		points, err := tx.OrderGroups(p.Campaign, p.Currency, kpi.QuarterOf(first.From), before)
		orders, gmv = 0, 0
		for _, point := range points {
			switch {
			case point.Partner != partner:
			case point.Metric == kpi.Orders:
				orders += point.Value
			case point.Metric == kpi.GMV:
				gmv += point.Value
			}
		}
		return err
	})
	return orders, gmv, err
}
