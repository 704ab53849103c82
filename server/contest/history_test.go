package contest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
)

// The small model that random histories are compared with: every vote ever cast is a row, and every question goes through all
// rows. It shares no code with the rules but the types.
type model struct {
	*rand.Rand
	challenge Challenge
	zone      *time.Location
	now       time.Time
	rows      []*row
	leaves    int64
}

type row struct {
	entry    EntryNumber
	voter    int
	day      string
	weight   int
	position int64
	stands   bool
	held     bool
	excluded bool
}

func (m *model) day() string {
	if m.challenge.Rules.Period == PeriodChallenge {
		return "all"
	}
	y, month, d := m.now.In(m.zone).Date()
	return fmt.Sprintf("%04d-%02d-%02d", y, month, d)
}

func (m *model) row(entry EntryNumber, voter int, day string) *row {
	for _, r := range m.rows {
		if r.entry == entry && r.voter == voter && r.day == day {
			return r
		}
	}
	return nil
}

func (m *model) used(entry EntryNumber, voter int) (used Used) {
	for _, r := range m.rows {
		if r.stands && r.voter == voter && r.day == m.day() {
			used.Period++
		}
		if r.stands && r.voter == voter && r.entry == entry {
			used.Entry++
		}
	}
	return used
}

func (m *model) open() bool {
	return !m.now.Before(m.challenge.Votes.Opens) && m.now.Before(m.challenge.Votes.Closes)
}

// weight is what a vote of class and points weighs; 0 where it is refused.
func (m *model) weight(class VoterClass, points int, used Used) int {
	r, admitted := m.challenge.Rules, len(m.challenge.Rules.Voters) == 0
	for _, c := range r.Voters {
		admitted = admitted || c == class
	}
	full := used.Period >= r.VotesPerPeriod || r.VotesPerEntry != 0 && used.Entry >= r.VotesPerEntry
	switch weight, heavy := r.Weights[class]; {
	case !m.open() || !admitted || full:
		return 0
	case points != 0 && (class != JuryVoter || points < 0 || points > r.JuryPoints):
		return 0
	case points != 0:
		return points
	case heavy:
		return weight
	}
	return 1
}

func (m *model) tallies() map[EntryNumber]Tally {
	tallies := map[EntryNumber]Tally{}
	for _, r := range m.rows {
		t := tallies[r.entry]
		switch {
		case !r.stands:
		case r.excluded:
			t.Excluded++
		case r.held:
			t.Held++
		default:
			t.Votes++
			t.Score += int64(r.weight)
			t.Reached = max(t.Reached, r.position)
		}
		tallies[r.entry] = t
	}
	return tallies
}

// pass lets time go on, now and then to the very edge of a day or a window.
func (m *model) pass() {
	m.now = m.now.Add(time.Duration(m.Int64N(int64(2 * time.Hour))))
	y, month, d := m.now.In(m.zone).Date()
	edges := []time.Time{time.Date(y, month, d+1, 0, 0, 0, 0, m.zone), m.challenge.Votes.Opens, m.challenge.Votes.Closes}
	edge := edges[m.IntN(len(edges))].Add(time.Duration(m.IntN(3)-1) * time.Millisecond)
	if m.IntN(4) == 0 && edge.After(m.now) && edge.Sub(m.now) < 24*time.Hour {
		m.now = edge
	}
}

// randomRules are three days of some challenge.
func randomRules(random *rand.Rand) Challenge {
	c := night()
	c.TimeZone = []string{"Asia/Shanghai", "America/Los_Angeles", "UTC", "Australia/Lord_Howe"}[random.IntN(4)]
	c.Votes = Window{at(12, 0), at(12, 0).Add(72 * time.Hour)}
	r := &c.Rules
	r.Period = []Period{PeriodDay, PeriodDay, PeriodChallenge}[random.IntN(3)]
	r.VotesPerPeriod, r.VotesPerEntry, r.VotesFinal = 1+random.IntN(3), random.IntN(3), random.IntN(4) == 0
	r.JuryPoints, r.Weights = random.IntN(4), map[VoterClass]int{HostVoter: 1 + random.IntN(3)}
	if random.IntN(3) == 0 {
		r.Voters = []VoterClass{HostVoter, JuryVoter}
	}
	return c
}

// Thousands of histories of votes and decisions, of which the rules and the ledger must say what the model says.
func TestRandomHistoriesCountAsASmallModelDoes(t *testing.T) {
	histories := 3000
	if testing.Short() {
		histories = 300
	}
	leaves := map[LeafKind]int{}
	for seed := range uint64(histories) {
		random := rand.New(rand.NewPCG(seed, 14))
		c := randomRules(random)
		m := &model{Rand: random, challenge: c, zone: c.Location(), now: at(11, 0)}
		var g Ledger
		for range 80 {
			m.pass()
			l, want := m.step()
			if got := g.Apply(l) == nil; got != want {
				t.Fatalf("history %d at %v: %+v was taken: %v, want %v", seed, m.now, l, got, want)
			}
			if want {
				leaves[l.Kind]++
			}
			if got, want := g.Tallies(), m.tallies(); !maps.Equal(got, want) {
				t.Fatalf("history %d after %+v: got %v, want %v", seed, l, got, want)
			}
		}
	}
	for _, kind := range []LeafKind{Cast, Retract, Hold, Release, Exclude, Restore} {
		if leaves[kind] < histories/4 {
			t.Errorf("the histories had %d leaves of %s only: %v", leaves[kind], kind, leaves)
		}
	}
}

// step does something, and returns the leaf of it and whether it may follow. What the rules refuse is tried with a leaf of
// position 0, which nothing takes.
func (m *model) step() (Leaf, bool) {
	entry, voter := EntryNumber(1+m.IntN(3)), m.IntN(3)
	l := Leaf{Position: m.leaves + 1, Entry: entry, Voter: voterOf(fmt.Sprint(voter)), Period: m.challenge.PeriodAt(m.now), At: m.now}
	ok := false
	switch m.IntN(4) {
	case 0, 1:
		l, ok = m.cast(l, voter)
	case 2:
		l, ok = m.retract(l, voter)
	default:
		l, ok = m.decide(l, voter)
	}
	if ok {
		m.leaves++
	}
	return l, ok
}

func (m *model) cast(l Leaf, voter int) (Leaf, bool) {
	class := []VoterClass{GuestVoter, HostVoter, JuryVoter}[voter]
	points := max(0, m.IntN(8)-3) * m.IntN(2)
	used := m.used(l.Entry, voter)
	weight, err := m.challenge.MayVote(m.now, Entry{Status: Published}, Ballot{Fan: "f_1", Class: class, Points: points}, used)
	want := m.weight(class, points, used)
	if l.Kind, l.Weight, l.Class = Cast, weight, class; weight != want || (err == nil) != (want > 0) {
		panic(fmt.Sprintf("%+v with %+v at %v: weight %d (%v), want %d", l, used, m.now, weight, err, want))
	}
	is := m.row(l.Entry, voter, m.day())
	if err != nil || is != nil && is.stands {
		return l, false // a leaf without a weight, or of a vote that stands
	}
	if is == nil {
		is = &row{entry: l.Entry, voter: voter, day: m.day()}
		m.rows = append(m.rows, is)
	}
	is.stands, is.position, is.weight = true, l.Position, weight
	return l, true
}

func (m *model) retract(l Leaf, voter int) (Leaf, bool) {
	l.Kind = Retract
	is := m.row(l.Entry, voter, m.day())
	err := m.challenge.MayRetract(m.now)
	if allowed := m.open() && !m.challenge.Rules.VotesFinal; (err == nil) != allowed {
		panic(fmt.Sprintf("taking back at %v: %v, want %v", m.now, err, allowed))
	}
	if err != nil {
		l.Position = 0
	}
	if err != nil || is == nil || !is.stands {
		return l, false
	}
	is.stands = false
	return l, true
}

func (m *model) decide(l Leaf, voter int) (Leaf, bool) {
	l.Kind = []LeafKind{Hold, Release, Exclude, Restore}[m.IntN(4)]
	l.Reason, l.Actor = Burst, RulesActor
	is := m.row(l.Entry, voter, m.day())
	if len(m.rows) > 0 && m.IntN(2) == 0 { // one of an earlier day
		is = m.rows[m.IntN(len(m.rows))]
		l.Entry, l.Voter, l.Period = is.entry, voterOf(fmt.Sprint(is.voter)), is.day
	}
	if is == nil {
		return l, false
	}
	ok := map[LeafKind]bool{Hold: !is.held && !is.excluded, Release: is.held, Exclude: !is.excluded, Restore: is.excluded}[l.Kind]
	if ok {
		is.held, is.excluded = l.Kind == Hold, l.Kind == Exclude
	}
	return l, ok
}
