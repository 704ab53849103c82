package numbers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// topShown is how many entries lead a list.
const topShown = 8

// crowd is what only going through all votes and entries tells: that takes long where there are many, so it is remembered for
// longer than the rest.
type crowd struct {
	participants []kpi.Point
	cities       []City
	engaging     []Entry
	selling      []Entry
	at           time.Time
	took         time.Duration
}

// share bounds what counting crowds may take: a twentieth of the time, because votes come first.
const share = 20

// old reports whether it is time to count again.
func (c *crowd) old(now time.Time) bool { return now.Sub(c.at) >= max(fresh, share*c.took) }

// City is what a city takes part with.
type City struct {
	ID      string
	Name    contest.Text
	Entries int64
	Votes   int64
}

// Entry is what people did with an entry.
type Entry struct {
	contest.Entry
	Votes, Shares, Views int64
	Orders, GMV          int64
}

// Engagement is what leads one list of entries: votes and shares.
func (e Entry) Engagement() int64 { return e.Votes + e.Shares }

// crowdOf returns what is remembered of a campaign's crowd, and wants it counted anew where it is old. Who asks first waits for it.
func (s *Service) crowdOf(ctx context.Context, id contest.CampaignID, m *memory) (*crowd, error) {
	m.crowding.Lock()
	known := m.crowd
	m.wanted = known != nil && known.old(s.now())
	m.crowding.Unlock()
	if known != nil {
		return known, nil
	}
	return s.countCrowd(ctx, id, m)
}

// countCrowd counts a campaign's crowd and remembers it.
func (s *Service) countCrowd(ctx context.Context, id contest.CampaignID, m *memory) (*crowd, error) {
	begun := s.now()
	c := &crowd{at: begun}
	err := s.store.View(ctx, func(tx *store.Tx) error { return c.read(tx, id) })
	if err != nil {
		return nil, err
	}
	c.took = s.now().Sub(begun)
	m.crowding.Lock()
	defer m.crowding.Unlock()
	m.crowd, m.wanted = c, false
	return c, nil
}

func (c *crowd) read(tx *store.Tx, id contest.CampaignID) error {
	campaign, err := tx.Campaign(id)
	if err != nil {
		return err
	}
	plan, errPlan := tx.Plan(id)
	challenges, errChallenges := challengesOf(tx, id)
	points, errPoints := tx.Participants(id)
	if err := errors.Join(errPlan, errChallenges, errPoints); err != nil {
		return err
	}
	c.participants, c.cities, c.engaging = points, nil, nil
	for _, ch := range challenges {
		if err := c.readChallenge(tx, ch); err != nil {
			return err
		}
	}
	slices.SortStableFunc(c.cities, func(a, b City) int { return cmp.Compare(b.Votes, a.Votes) })
	slices.SortStableFunc(c.engaging, func(a, b Entry) int { return cmp.Compare(b.Engagement(), a.Engagement()) })
	c.engaging = c.engaging[:min(len(c.engaging), topShown)]
	if err := details(tx, c.engaging); err != nil {
		return err
	}
	return c.readSelling(tx, plan, periodOf(plan.Plan, campaign.CreatedAt, c.at))
}

func (c *crowd) readChallenge(tx *store.Tx, ch contest.Challenge) error {
	engaging, err := tx.Engaging(ch.ID, topShown)
	if err != nil {
		return err
	}
	for _, e := range engaging {
		if e.Votes+e.Shares > 0 {
			c.engaging = append(c.engaging, Entry{Entry: contest.Entry{Challenge: ch.ID, Number: e.Number}, Votes: e.Votes, Shares: e.Shares, Views: e.Views})
		}
	}
	votes, err := tx.CityVotes(ch.ID)
	if err != nil {
		return err
	}
	for _, v := range votes {
		city := cityOf(&c.cities, ch, v.City)
		city.Votes += v.Votes
	}
	return nil
}

// cityOf returns the city of an identifier, which is added where it is not there. Challenges of a campaign share their cities.
func cityOf(cities *[]City, ch contest.Challenge, id string) *City {
	for i := range *cities {
		if (*cities)[i].ID == id {
			return &(*cities)[i]
		}
	}
	city := City{ID: id, Name: contest.Text{EN: id}}
	for _, choice := range ch.Cities {
		if choice.ID == id {
			city.Name = choice.Name
		}
	}
	*cities = append(*cities, city)
	return &(*cities)[len(*cities)-1]
}

// readSelling finds the entries whose links brought most.
func (c *crowd) readSelling(tx *store.Tx, plan store.Plan, p Period) error {
	orders, err := tx.OrdersByEntry(plan.Campaign, plan.Currency, kpi.QuarterOf(p.From), soFar(p.To, c.at), topShown)
	if err != nil {
		return err
	}
	c.selling = nil
	for _, o := range orders {
		c.selling = append(c.selling, Entry{Entry: contest.Entry{Challenge: o.Challenge, Number: o.Entry}, Orders: o.Orders, GMV: o.GMV})
	}
	return details(tx, c.selling)
}

// details reads the entries of which the numbers alone are known. One that is there no more keeps its number.
func details(tx *store.Tx, entries []Entry) error {
	for i, e := range entries {
		found, err := tx.EntryByNumber(e.Challenge, e.Number)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		entries[i].Entry = found
	}
	return nil
}
