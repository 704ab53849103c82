package month

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// act is something of the past: it happened at a time, in a challenge.
type act struct {
	at time.Time
	in contest.ChallengeID
	do func(*store.Tx) error
}

// Seed makes the campaigns and plays their past into a store that takes its times from the clock, and that nobody serves. All comes in
// the order in which it happened: a store's time never goes back.
func (m *Month) Seed(ctx context.Context, s *store.Store, clock *Clock) error {
	for _, p := range places {
		c, err := m.open(p)
		if err != nil {
			return fmt.Errorf("draw up campaign %s: %w", p.name, err)
		}
		m.campaigns = append(m.campaigns, c)
	}
	earliest := slices.MinFunc(m.campaigns, func(a, b *campaign) int { return a.from.Compare(b.from) })
	clock.set(earliest.from.AddDate(0, 0, -20))
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	if err := s.Update(ctx, m.found); err != nil {
		return fmt.Errorf("found campaigns: %w", err)
	}
	var acts []act
	for _, c := range m.campaigns {
		acts = slices.Concat(acts, m.pastEntries(c), m.pastEvents(c), m.pastVotes(c), m.pastReports(c))
	}
	slices.SortStableFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
	for _, a := range acts {
		clock.set(a.at)
		if err := s.UpdateIn(ctx, a.in, a.do); err != nil {
			return fmt.Errorf("play the past: %w", err)
		}
	}
	clock.set(m.now)
	return s.Update(ctx, m.openConsole)
}

// openConsole signs a member of staff in.
func (m *Month) openConsole(tx *store.Tx) error {
	who, err := tx.CreateStaff(store.Staff{Email: "bench@example.org", Name: "Bench", Role: string(access.Administrator)})
	if err != nil {
		return err
	}
	m.session = access.NewToken()
	return tx.InsertStaffSession(store.StaffSession{Hash: access.HashToken(m.session), Staff: who.ID, ExpiresAt: tx.Now().Add(access.StaffSessionLength)})
}

// open draws up a campaign.
func (m *Month) open(p place) (*campaign, error) {
	zone, err := time.LoadLocation(p.zone)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	c := &campaign{place: p, location: zone, books: newBooks()}
	local := m.now.In(zone)
	first := time.Date(local.Year(), local.Month(), local.Day()-length, 0, 0, 0, 0, zone)
	if p.clocks {
		if changed := lastChange(local); changed.Before(first) {
			first = changed
		}
	}
	c.from = first
	c.to = time.Date(local.Year(), local.Month(), local.Day()+3, 0, 0, 0, 0, zone)
	c.plan = kpi.StartingPlan()
	c.plan.TimeZone, c.plan.Currency, c.plan.AttributionDays = p.zone, p.currencies[0], p.window
	c.plan.Starts, c.plan.Ends = first.Add(10*time.Hour), c.to.Add(-4*time.Hour) // numbers are of the whole days all the same
	c.plan.Channels = []kpi.Channel{{ID: "weibo", Name: both("Weibo")}, {ID: "douyin", Name: both("Douyin")}, {ID: "newsletter", Name: both("Newsletter")}}
	c.plan.Partners = []contest.Choice{{ID: "tourism", Name: both("Tourism board")}, {ID: "lenses", Name: both("Lens maker")}}
	c.plan.Targets = map[kpi.Metric]int64{kpi.Impressions: 40_000, kpi.Visits: 12_345, kpi.Orders: 77, kpi.GMV: 1_234_567, kpi.AverageOrder: 20_011, kpi.Conversion: 123}
	c.plan.Baseline = kpi.Baseline{Label: "before", Figures: map[kpi.Metric]int64{
		kpi.Orders: 31, kpi.GMV: 777_777, kpi.Views: 9_999_999, kpi.Entries: 7, kpi.AverageOrder: 19_999,
	}}
	return c, nil
}

// lastChange is the midnight two days before clocks were changed last in a time's zone.
func lastChange(now time.Time) time.Time {
	_, offset := now.Zone()
	for day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()); ; day = day.AddDate(0, 0, -1) {
		if _, before := day.Zone(); before != offset {
			return day.AddDate(0, 0, -2)
		}
	}
}

func both(text string) contest.Text { return contest.Text{ZH: text, EN: text} }

// found stores the campaigns with all that they need, launched, and reads the key of clicks.
func (m *Month) found(tx *store.Tx) (err error) {
	if m.key, err = tx.Secret(kpi.ClickSecret); err != nil {
		return err
	}
	for _, c := range m.campaigns {
		made, err := tx.CreateCampaign(contest.Campaign{Name: both(c.name)})
		if err != nil {
			return err
		}
		c.id = made.ID
		if err := tx.SavePlan(c.id, c.plan); err != nil {
			return err
		}
		if _, err := tx.LaunchPlan(c.id); err != nil {
			return err
		}
		for _, step := range []func(*store.Tx, *campaign) error{m.foundChallenge, m.foundLinks, m.foundShops, m.foundRates} {
			if err := step(tx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Month) foundChallenge(tx *store.Tx, c *campaign) (err error) {
	window := contest.Window{Opens: c.from.AddDate(0, 0, -10), Closes: c.to}
	draft := contest.Challenge{
		Campaign: c.id, Slug: c.name, Hashtag: "#" + c.name, Title: both(c.name), Brief: both(c.name),
		Terms: contest.Terms{
			TimeZone: c.zone, Entries: window, Votes: window,
			Rules:  contest.Rules{EntriesPerFan: 100, VotesPerPeriod: 100, Period: contest.PeriodDay, Moderation: contest.ModerateBefore, Guests: true},
			Cities: []contest.Choice{{ID: "one", Name: both("One")}, {ID: "two", Name: both("Two")}},
		},
	}
	draft.Partners = append(draft.Partners, c.plan.Partners...)
	if c.challenge, err = tx.CreateChallenge(draft); err != nil {
		return err
	}
	c.challenge.LaunchedAt, c.challenge.RulesHash = tx.Now(), c.challenge.Terms.Hash()
	return tx.SaveChallenge(c.challenge)
}

// foundLinks makes a link for each channel, alone and with each partner, one for each of the first entries, and one that is retired.
func (m *Month) foundLinks(tx *store.Tx, c *campaign) error {
	add := func(d due, retired time.Time) error {
		l := kpi.Link{
			Campaign: c.id, Credit: kpi.Credit{Channel: d.channel, Partner: d.partner, Entry: d.entry}, Target: "https://shop.example.org/nights?size=1", RetiredAt: retired,
		}
		if d.entry > 0 {
			l.Challenge, l.Target = c.challenge.ID, "/"
		}
		made, err := tx.CreateLink(l)
		c.links = append(c.links, link{made.Code, d, retired})
		return err
	}
	for _, channel := range c.plan.Channels {
		for _, partner := range append([]contest.Choice{{}}, c.plan.Partners...) {
			if err := add(due{channel.ID, kpi.PartnerID(partner.ID), 0}, time.Time{}); err != nil {
				return err
			}
		}
	}
	for entry := contest.EntryNumber(1); entry <= 4; entry++ {
		if err := add(due{c.plan.Channels[entry%3].ID, "", entry}, time.Time{}); err != nil {
			return err
		}
	}
	return add(due{"weibo", "lenses", 0}, m.now.AddDate(0, 0, -10).Truncate(time.Second))
}

// foundShops opens a shop of each kind, and says whose codes are whose.
func (m *Month) foundShops(tx *store.Tx, c *campaign) error {
	for _, kind := range []kpi.ShopKind{kpi.StandardShop, kpi.ShopifyShop, kpi.WooCommerceShop, kpi.APIShop, kpi.FileShop} {
		secret := access.NewToken()
		kept := secret
		switch kind {
		case kpi.StandardShop:
			var b [32]byte
			rand.Read(b[:])
			secret = standardSecret + base64.StdEncoding.EncodeToString(b[:])
			kept = secret
		case kpi.APIShop:
			kept = access.HashToken(secret)
		case kpi.FileShop:
			kept = ""
		}
		made, err := tx.CreateShop(kpi.Shop{Campaign: c.id, Name: string(kind), Kind: kind, Secret: kept})
		if err != nil {
			return err
		}
		c.shops = append(c.shops, shop{made.ID, kind, secret})
	}
	c.codes = []code{
		{"NIGHT10", kpi.ByCoupon, due{"douyin", "tourism", 0}}, {"LENS5", kpi.ByCoupon, due{"weibo", "lenses", 0}}, {"F-7788", kpi.ByFCode, due{"newsletter", "", 0}},
	}
	for _, k := range c.codes {
		credit := kpi.Credit{Channel: k.due.channel, Partner: k.due.partner}
		if err := tx.SetOrderCode(kpi.Code{Campaign: c.id, Code: k.text, Means: k.means, Credit: credit}); err != nil {
			return err
		}
	}
	return nil
}

// foundRates says what other currencies are worth: of one from before the beginning and anew each week, of the other not until the
// sixth day. Some have halves where they meet odd amounts. The last ones are told late.
func (m *Month) foundRates(tx *store.Tx, c *campaign) error {
	day := func(n int) string { return dayOf(c.from.AddDate(0, 0, n).Add(12*time.Hour), c.location) }
	second, third := c.currencies[1], c.currencies[2]
	c.rates = []rate{
		{second, day(-5), 75, 1}, {second, day(8), 71234, 4}, {second, day(15), 70000000005, 10}, {third, day(5), 5, 1}, {third, day(12), 125, 3},
	}
	c.late = []rate{{second, day(22), 69995, 4}, {third, day(20), 48765, 6}}
	for _, r := range c.rates {
		known, ok := kpi.ParseRate(r.String())
		if !ok {
			return fmt.Errorf("%s is no rate", r)
		}
		err := tx.SetRate(store.DatedRate{Campaign: c.id, Reporting: c.currencies[0], Currency: r.currency, Day: r.day, Rate: known})
		if err != nil {
			return err
		}
	}
	return nil
}

// pastEvents are numbers of each day from two before the campaign's beginning.
func (m *Month) pastEvents(c *campaign) (acts []act) {
	for day := c.from.AddDate(0, 0, -2); day.Before(m.now); day = day.AddDate(0, 0, 1) {
		var counts []store.Count
		for range m.size.Counts {
			at := m.within(day, minTime(day.AddDate(0, 0, 1), m.now))
			counts = append(counts, m.pastCount(c, at))
		}
		acts = append(acts, act{day, c.challenge.ID, func(tx *store.Tx) error { return tx.Count(counts...) }})
	}
	return acts
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

var eventMetrics = []kpi.Metric{kpi.Impressions, kpi.Views, kpi.Visits, kpi.Shares, kpi.Clicks}

// pastCount books a number of events and returns it.
func (m *Month) pastCount(c *campaign, at time.Time) store.Count {
	metric, n, from := pick(m, eventMetrics), 1+m.random.Int64N(500), due{}
	if m.chance(80) {
		from = pick(m, c.links).due
	}
	var entry contest.EntryNumber
	if metric == kpi.Views || metric == kpi.Shares {
		entry = 1 + contest.EntryNumber(m.random.IntN(m.size.Entries))
	}
	c.books.count(metric, at, from, entry, n)
	return store.Count{Campaign: c.id, Entry: entry, N: n, Cell: kpi.Cell{
		Quarter: kpi.Quarter(quarterOf(at)), Challenge: c.challenge.ID, Channel: from.channel, Partner: from.partner, Metric: metric,
	}}
}

// pastReports are figures that platforms report: a second report replaces some of the first one's, and a third one is undone.
func (m *Month) pastReports(c *campaign) (acts []act) {
	for n := range 3 {
		b := store.ReportedBatch{Campaign: c.id, Source: fmt.Sprintf("platform %d", n)}
		var figures []store.Reported
		for day := c.from.AddDate(0, 0, -1); day.Before(m.now); day = day.AddDate(0, 0, 2+n) {
			r := report{dayOf(day, c.location), "weibo", "", kpi.Reposts}
			if len(figures)%2 == 1 {
				r = report{r.day, "douyin", "tourism", kpi.Impressions}
			}
			value := 1 + m.random.Int64N(9000)
			figures = append(figures, store.Reported{Day: r.day, Channel: r.channel, Partner: r.partner, Metric: r.metric, Value: value})
			if n < 2 {
				c.books.reported[r] = value
			}
		}
		acts = append(acts, act{m.now.Add(time.Duration(n-5) * time.Hour), c.challenge.ID, func(tx *store.Tx) error { return tell(tx, b, figures, n == 2) }})
	}
	return acts
}

func tell(tx *store.Tx, b store.ReportedBatch, figures []store.Reported, undone bool) error {
	b.Figures, b.FirstDay, b.LastDay = len(figures), figures[0].Day, figures[len(figures)-1].Day
	b, err := tx.CreateReported(b)
	if err == nil {
		err = tx.AddReported(b, figures)
	}
	if err == nil {
		err = tx.ConfirmReported(b)
	}
	if err == nil && undone {
		err = tx.UndoReported(b, "")
	}
	return err
}
