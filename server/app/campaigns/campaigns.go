// Package campaigns holds the use cases of campaigns, challenges, consent texts and the sites that embed them: create,
// edit, launch, register. What a launch freezes is the domain's to say (contest.Terms).
package campaigns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store *store.Store
	// public is the installation's own web origin, whose pages embed every challenge.
	public string
	// mail says that fans can confirm mail addresses.
	mail bool
	// converted is told of a plan that has another currency, or other days.
	converted func(*store.Tx, contest.CampaignID) error

	mu       sync.RWMutex
	launched map[contest.ChallengeID]launched // guarded by mu
	slugs    map[string]contest.ChallengeID   // guarded by mu; of the launched ones, which keep them
	register map[string]remembered            // guarded by mu; sites by origin
	promised map[contest.CampaignID]promised  // guarded by mu
}

// New returns a service over the store. public is the installation's own web origin.
func New(s *store.Store, public string) *Service {
	return &Service{
		store: s, public: public, launched: map[contest.ChallengeID]launched{}, slugs: map[string]contest.ChallengeID{}, register: map[string]remembered{},
		promised: map[contest.CampaignID]promised{}, converted: func(*store.Tx, contest.CampaignID) error { return nil },
	}
}

// OnConversion has converted called in each update that gives a campaign's plan another currency or other days: sums depend on
// both. Call it before the first one.
func (s *Service) OnConversion(converted func(*store.Tx, contest.CampaignID) error) {
	s.converted = converted
}

// Campaigns lists all campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context) (list []contest.Campaign, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Campaigns()
		return err
	})
	slices.Reverse(list) // the store lists the oldest first
	return list, err
}

// CreateCampaign makes a campaign.
func (s *Service) CreateCampaign(ctx context.Context, staff contest.StaffID, name contest.Text) (contest.Campaign, error) {
	c := contest.Campaign{Name: name}
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if c, err = tx.CreateCampaign(c); err != nil {
			return err
		}
		return audit(tx, staff, "campaign.create", c.ID, name.EN)
	})
	return c, err
}

// Challenges lists all challenges, newest first, drafts included.
func (s *Service) Challenges(ctx context.Context) (list []contest.Challenge, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Challenges()
		return err
	})
	slices.Reverse(list)
	return list, err
}

// Challenge returns a challenge, draft or launched.
func (s *Service) Challenge(ctx context.Context, id contest.ChallengeID) (c contest.Challenge, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		c, err = tx.Challenge(id)
		return err
	})
	return c, err
}

// ChallengeBySlug returns the challenge with that name in addresses, draft or launched.
func (s *Service) ChallengeBySlug(ctx context.Context, slug string) (c contest.Challenge, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		c, err = tx.ChallengeBySlug(slug)
		return err
	})
	return c, err
}

// Public returns the launched challenge with that name in addresses, from memory for launchedMemory; a draft is
// store.ErrNotFound, because the public must not learn of it.
func (s *Service) Public(ctx context.Context, slug string) (contest.Challenge, error) {
	s.mu.RLock()
	id := s.slugs[slug]
	s.mu.RUnlock()
	if c, ok := s.recalled(id); ok {
		return c, nil
	}
	c, err := s.ChallengeBySlug(ctx, slug)
	return s.remembering(c, slug, err)
}

// launchedMemory is how long a challenge that another replica edited is known as it was. Launching froze its terms and its
// slug; title, brief and hashtag may still change.
const launchedMemory = 5 * time.Second

// launched is a launched challenge as the database had it.
type launched struct {
	challenge contest.Challenge
	until     time.Time
}

// Launched returns a launched challenge, from memory for launchedMemory.
func (s *Service) Launched(ctx context.Context, id contest.ChallengeID) (contest.Challenge, error) {
	if c, ok := s.recalled(id); ok {
		return c, nil
	}
	c, err := s.Challenge(ctx, id)
	return s.remembering(c, string(id), err)
}

// recalled is the challenge as it is remembered; false where it is not, or for too long.
func (s *Service) recalled(id contest.ChallengeID) (contest.Challenge, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	known, ok := s.launched[id]
	return known.challenge, ok && time.Now().Before(known.until)
}

// remembering returns what was read of the challenge that somebody called name, and remembers it; a draft is not there.
func (s *Service) remembering(c contest.Challenge, name string, err error) (contest.Challenge, error) {
	if err != nil {
		return c, err
	}
	if !c.Launched() {
		return contest.Challenge{}, fmt.Errorf("challenge %s: %w", name, store.ErrNotFound)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.launched[c.ID], s.slugs[c.Slug] = launched{c, time.Now().Add(launchedMemory)}, c.ID
	return c, nil
}

// Create makes a draft. A slug that is taken is store.ErrConflict.
func (s *Service) Create(ctx context.Context, c contest.Challenge) (contest.Challenge, error) {
	c.ID = "" // the store makes a draft of whatever it is given
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if c, err = tx.CreateChallenge(c); err != nil {
			return err
		}
		return tx.Audit(act("challenge.create", c))
	})
	return c, err
}

// act is what was done to a challenge by whoever the update is.
func act(action string, c contest.Challenge) store.Act {
	return store.Act{Action: action, Object: "challenge/" + string(c.ID), Note: c.Hashtag}
}

// CreateWithCampaign makes a draft and its campaign, both or neither.
func (s *Service) CreateWithCampaign(ctx context.Context, name contest.Text, c contest.Challenge) (contest.Challenge, error) {
	c.ID = ""
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: name})
		if err != nil {
			return err
		}
		c.Campaign = campaign.ID
		if c, err = tx.CreateChallenge(c); err != nil {
			return err
		}
		return tx.Audit(act("challenge.create", c))
	})
	return c, err
}

// Save stores an edited challenge: a draft whole; of a launched one only title, brief and hashtag, and everything else
// is kept as launched.
func (s *Service) Save(ctx context.Context, edited contest.Challenge) error {
	defer s.Forget(edited.ID)
	return s.store.UpdateIn(ctx, edited.ID, func(tx *store.Tx) error {
		old, err := tx.Challenge(edited.ID)
		if err != nil {
			return err
		}
		if old.Launched() {
			old.Title, old.Brief, old.Hashtag = edited.Title, edited.Brief, edited.Hashtag
			return errors.Join(tx.SaveChallenge(old), tx.Audit(act("challenge.save", old)))
		}
		edited.LaunchedAt, edited.RulesHash, edited.CreatedAt = time.Time{}, "", old.CreatedAt
		return errors.Join(tx.SaveChallenge(edited), tx.Audit(act("challenge.save", edited)))
	})
}

// Forget has the next Launched or Public read a challenge anew: in this process, new entries bear the hashtag as it was edited last, and a
// certified challenge is known as one.
func (s *Service) Forget(id contest.ChallengeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.launched, id)
}

// SendsMail says that fans can confirm mail addresses here. Call it before the service is used.
func (s *Service) SendsMail() { s.mail = true }

// Problems lists what stands in the way of launching a challenge here, at now.
func (s *Service) Problems(c contest.Challenge, now time.Time) []contest.Problem {
	problems := c.Validate(now)
	_, weighed := c.Rules.Weights[contest.MailVoter]
	if !s.mail && (weighed || slices.Contains(c.Rules.Voters, contest.MailVoter)) {
		problems = append(problems, contest.Problem{Field: "voters", Code: "mail_not_configured"})
	}
	return problems
}

// Launch freezes a challenge's terms, hashes them and makes it public. confirmed is the hash of the terms that were read
// and agreed to; with others it is ErrChanged. It returns what stands in the way, and then changes nothing. Launching what
// is launched already is a contest.Refusal.
func (s *Service) Launch(ctx context.Context, id contest.ChallengeID, confirmed string) (problems []contest.Problem, err error) {
	err = s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
		problems = nil
		c, err := tx.Challenge(id)
		if err != nil {
			return err
		}
		if c.Launched() {
			return &contest.Refusal{Reason: contest.AlreadyLaunched}
		}
		if c.Hash() != confirmed {
			return ErrChanged
		}
		if problems = s.Problems(c, tx.Now()); len(problems) > 0 {
			return nil
		}
		c.LaunchedAt, c.RulesHash = tx.Now(), c.Hash()
		return errors.Join(tx.SaveChallenge(c), tx.Audit(act("challenge.launch", c)))
	})
	return problems, err
}

// SaveConsent keeps a consent text; the same text is the same consent.
func (s *Service) SaveConsent(ctx context.Context, kind string, text contest.Text) (c contest.Consent, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		c, err = tx.CreateConsent(kind, text)
		return err
	})
	return c, err
}

// Consents returns the texts, in the order of the identifiers.
func (s *Service) Consents(ctx context.Context, ids []contest.ConsentID) (list []contest.Consent, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Consents(ids)
		return err
	})
	return list, err
}

// Counts tells how many entries a challenge has in each status. Those that a takedown hides wait for another decision than
// the queue's, and are not among the pending.
func (s *Service) Counts(ctx context.Context, id contest.ChallengeID) (counts map[contest.Status]int, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if counts, err = tx.Counts(id); err != nil {
			return err
		}
		hidden, err := tx.CountHidden(id)
		counts[contest.Pending] -= hidden
		return err
	})
	return counts, err
}

// ErrChanged says that a challenge is not any more what the one who launches it has read.
var ErrChanged = errors.New("the challenge was changed meanwhile")
