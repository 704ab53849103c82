package entries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// rightsJob tells of grants whose term is over.
const rightsJob = "rights"

const (
	// rightsPause is how often that is looked for. What partners see ends by itself, on the moment.
	rightsPause = time.Minute
	// rightsSettle is how long after its end a grant is told of: whoever was granting it just then has committed.
	rightsSettle = time.Minute
	// rightsAtOnce is how many are told of in one commit.
	rightsAtOnce = 200
)

// toldOf is the setting that says up to where the ended grants were told of.
const toldOf = "rights told of"

// Passport is what a fan said about reposts of their entry, the newest first, with the words that they agreed to each time.
type Passport []Granted

// Granted is one grant with its words, which are empty where it allows nothing.
type Granted struct {
	partner.Grant
	Words contest.Text
}

// Rights returns the newest grants of some entries; none where their fan never said anything.
func (s *Service) Rights(ctx context.Context, list []contest.Entry) (grants map[contest.EntryID]partner.Grant, err error) {
	ids := make([]contest.EntryID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		grants, err = tx.GrantsOf(ids)
		return err
	})
	return grants, err
}

// Passport returns all that an entry's fan ever said about reposts of it.
func (s *Service) Passport(ctx context.Context, id contest.EntryID) (p Passport, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err = passport(tx, id)
		return err
	})
	return p, err
}

// OwnPassport is the passport of the fan's own entry; store.ErrNotFound for an entry that is not theirs.
func (s *Service) OwnPassport(ctx context.Context, fan access.Session, id contest.EntryID) (p Passport, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err == nil && (e.Fan != fan.Fan.ID || e.Status == contest.Withdrawn) {
			err = fmt.Errorf("passport of %s: %w", id, store.ErrNotFound)
		}
		if err == nil {
			p, err = passport(tx, id)
		}
		return err
	})
	return p, err
}

func passport(tx *store.Tx, id contest.EntryID) (Passport, error) {
	grants, err := tx.Grants(id)
	if err != nil {
		return nil, err
	}
	p := make(Passport, len(grants))
	for i, g := range grants {
		p[i].Grant = g
		if g.Text == "" {
			continue
		}
		texts, err := tx.Consents([]contest.ConsentID{g.Text})
		if err != nil {
			return nil, err
		}
		p[i].Words = texts[0].Text
	}
	return p, nil
}

// Allow takes down what a fan now allows partners to do with their own entry, in place of what they allowed before. Errors:
// *contest.Refusal, store.ErrNotFound for an entry that is not theirs.
func (s *Service) Allow(ctx context.Context, fan access.Session, id contest.EntryID, w partner.Wish) error {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return err
	}
	return s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if e.Fan != fan.Fan.ID || e.Status == contest.Withdrawn {
			return fmt.Errorf("allow reposts of %s: %w", id, store.ErrNotFound)
		}
		before, err := tx.Grant(id)
		if err != nil {
			return err
		}
		g, err := w.Grant(tx.Now(), c.Location())
		if err != nil || g.Says(before) {
			return err
		}
		if err := grant(tx, e, g); err != nil {
			return err
		}
		return s.news.Tell(tx, news.Item{Kind: news.RightsChanged, Campaign: c.Campaign, Challenge: c.ID, Entry: id, Fan: e.Fan})
	})
}

// allowed saves what came with an entry; a fan who allowed nothing was not asked.
func allowed(tx *store.Tx, c contest.Challenge, e contest.Entry, w partner.Wish) error {
	g, err := w.Grant(tx.Now(), c.Location())
	if err != nil || len(g.Outlets) == 0 {
		return err
	}
	return grant(tx, e, g)
}

// grant saves what an entry's fan allows, and the words that they agreed to where nobody did before.
func grant(tx *store.Tx, e contest.Entry, g partner.Grant) error {
	if g.Text != "" {
		_, err := tx.Consents([]contest.ConsentID{g.Text})
		if errors.Is(err, store.ErrNotFound) {
			_, err = tx.CreateConsent(partner.WordsKind, partner.Words)
		}
		if err != nil {
			return err
		}
	}
	g.Challenge, g.Entry = e.Challenge, e.ID
	_, err := tx.SaveGrant(g)
	return err
}

// EndRights tells of grants whose term is over, each once: how far it has come is kept with what it tells.
func (s *Service) EndRights(ctx context.Context) error {
	for {
		more := false
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = s.endRights(tx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// endRights tells of some; more says that there may be others.
func (s *Service) endRights(tx *store.Tx) (more bool, err error) {
	last, err := lastEnded(tx)
	if err != nil {
		return false, err
	}
	ended, err := tx.GrantsEnded(tx.Now().Add(-rightsSettle), last, rightsAtOnce)
	if err != nil || len(ended) == 0 {
		return false, err
	}
	for _, g := range ended {
		if err := s.tellEnded(tx, g); err != nil {
			return false, err
		}
	}
	b, _ := json.Marshal(partner.Grant{Entry: ended[len(ended)-1].Entry, Until: ended[len(ended)-1].Until}) // texts and times always marshal
	return len(ended) == rightsAtOnce, tx.SetSetting(toldOf, string(b))
}

// lastEnded is the grant that was told of last; the zero Grant before the first.
func lastEnded(tx *store.Tx) (g partner.Grant, err error) {
	text, err := tx.Setting(toldOf)
	if errors.Is(err, store.ErrNotFound) {
		return g, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &g)
	}
	if err != nil {
		return g, fmt.Errorf("read which grant was told of last: %w", err)
	}
	return g, nil
}

// tellEnded tells of one whose entry is still shown; what hid another one was told of then.
func (s *Service) tellEnded(tx *store.Tx, g partner.Grant) error {
	e, err := tx.Entry(g.Entry)
	if err != nil || partner.MayAny(e, g, tx.Now()) != partner.TermOver {
		return err
	}
	c, err := tx.Challenge(e.Challenge)
	if err != nil {
		return err
	}
	return s.news.Tell(tx, news.Item{
		ID: "rights-" + string(g.Entry) + "-" + strconv.Itoa(g.Version), Kind: news.RightsEnded,
		Campaign: c.Campaign, Challenge: c.ID, Entry: e.ID, Fan: e.Fan,
	})
}
