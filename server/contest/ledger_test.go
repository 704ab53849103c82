package contest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// voterOf is a pseudonym made of one digit.
func voterOf(digit string) VoterID { return VoterID(strings.Repeat(digit, 32)) }

// logOf writes a log from lines like "cast 1 a 2 tomorrow": kind, entry, voter, weight where it is not 1, and the next day.
func logOf(lines ...string) []Leaf {
	leaves := make([]Leaf, len(lines))
	for i, line := range lines {
		l := Leaf{Position: int64(i + 1), Period: "2026-11-22", At: time.UnixMilli(1763800000123)}
		line, tomorrow := strings.CutSuffix(line, " tomorrow")
		if tomorrow {
			l.Period = "2026-11-23"
		}
		var voter string
		fmt.Sscan(line, &l.Kind, &l.Entry, &voter, &l.Weight)
		l.Voter = voterOf(voter)
		switch l.Kind {
		case Cast:
			l.Weight, l.Class = max(l.Weight, 1), GuestVoter
		case Hold, Release, Exclude, Restore:
			l.Reason, l.Actor = Burst, RulesActor
		}
		leaves[i] = l
	}
	return leaves
}

func TestALogIsRecounted(t *testing.T) {
	for _, c := range []struct {
		name string
		log  []Leaf
		want map[EntryNumber]Tally
	}{
		{"an empty log", nil, map[EntryNumber]Tally{}},
		{"votes of two voters for two entries", logOf("cast 1 a", "cast 2 a", "cast 1 b"),
			map[EntryNumber]Tally{1: {Score: 2, Votes: 2, Reached: 3}, 2: {Score: 1, Votes: 1, Reached: 2}}},
		{"a heavy vote", logOf("cast 1 a", "cast 1 b 5"), map[EntryNumber]Tally{1: {Score: 6, Votes: 2, Reached: 2}}},
		{"the next day's vote counts too", logOf("cast 1 a", "cast 1 a tomorrow", "retract 1 a"), map[EntryNumber]Tally{1: {Score: 1, Votes: 1, Reached: 2}}},
		{"a vote taken back", logOf("cast 1 a", "cast 1 b 3", "retract 1 b"), map[EntryNumber]Tally{1: {Score: 1, Votes: 1, Reached: 1}}},
		{"the last vote taken back", logOf("cast 1 a", "retract 1 a"), map[EntryNumber]Tally{1: {}}},
		{"a vote cast again is reached anew", logOf("cast 1 a", "cast 1 b", "retract 1 a", "cast 1 a 2"),
			map[EntryNumber]Tally{1: {Score: 3, Votes: 2, Reached: 4}}},
		{"a held vote does not count", logOf("cast 1 a", "cast 1 b", "hold 1 b"), map[EntryNumber]Tally{1: {Score: 1, Votes: 1, Reached: 1, Held: 1}}},
		{"a released one does, where it was cast", logOf("cast 1 a", "hold 1 a", "cast 1 b", "release 1 a"),
			map[EntryNumber]Tally{1: {Score: 2, Votes: 2, Reached: 3}}},
		{"a held vote taken back and cast again is held", logOf("cast 1 a", "hold 1 a", "retract 1 a", "cast 1 a"),
			map[EntryNumber]Tally{1: {Held: 1}}},
		{"one that was taken back may be decided about", logOf("cast 1 a", "retract 1 a", "exclude 1 a", "cast 1 a"),
			map[EntryNumber]Tally{1: {Excluded: 1}}},
		{"excluded, restored", logOf("cast 1 a 4", "hold 1 a", "exclude 1 a", "restore 1 a"), map[EntryNumber]Tally{1: {Score: 4, Votes: 1, Reached: 1}}},
		{"pads say nothing", append(logOf("cast 1 a"), Leaf{Kind: Pad}), map[EntryNumber]Tally{1: {Score: 1, Votes: 1, Reached: 1}}},
	} {
		if got, err := Recount(c.log); err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v (%v), want %v", c.name, got, err, c.want)
		}
	}
}

func TestALeafThatCannotFollowIsNamedAndChangesNothing(t *testing.T) {
	before := logOf("cast 1 a", "cast 1 b", "hold 1 b", "cast 1 c", "exclude 1 c", "cast 1 d", "retract 1 d")
	good := Leaf{Position: 8, Kind: Cast, Entry: 1, Voter: voterOf("e"), Period: "all", Weight: 1, Class: MailVoter}
	with := func(change func(*Leaf)) Leaf {
		l := good
		change(&l)
		return l
	}
	next := func(line string) Leaf {
		l := logOf(line)[0]
		l.Position = 8
		return l
	}
	for want, l := range map[string]Leaf{
		"cast of a vote that stands since leaf 1": next("cast 1 a"),
		"cast of a vote that stands since leaf 2": next("cast 1 b"),
		"retract of a vote that does not stand":   next("retract 1 d"),
		"retract of a vote that was never cast":   next("retract 1 a tomorrow"),
		"hold of a vote that was never cast":      next("hold 2 a"),
		"hold of a vote that is held":             next("hold 1 b"),
		"hold of a vote that is excluded":         next("hold 1 c"),
		"release of a vote that is counted":       next("release 1 a"),
		"release of a vote that is excluded":      next("release 1 c"),
		"exclude of a vote that is excluded":      next("exclude 1 c"),
		"restore of a vote that is held":          next("restore 1 b"),
		"restore of a vote that is counted":       next("restore 1 d"),
		"leaf 7 comes after leaf 7":               with(func(l *Leaf) { l.Position = 7 }),
		`a leaf of kind "note"`:                   with(func(l *Leaf) { l.Kind = "note" }),
		"weight 0":                                with(func(l *Leaf) { l.Weight = 0 }),
		"weight 1001":                             with(func(l *Leaf) { l.Weight = MaxWeight + 1 }),
		`class "robot"`:                           with(func(l *Leaf) { l.Class = "robot" }),
		"entry 0":                                 with(func(l *Leaf) { l.Entry = 0 }),
		`voter "f_1"`:                             with(func(l *Leaf) { l.Voter = "f_1" }),
		`period "today"`:                          with(func(l *Leaf) { l.Period = "today" }),
		`period "2026-13-01"`:                     with(func(l *Leaf) { l.Period = "2026-13-01" }),
		`by "staff:" for "burst"`:                 with(func(l *Leaf) { l.Kind, l.Reason, l.Actor = Hold, Burst, "staff:" }),
		`by "rules" for "so it is"`:               with(func(l *Leaf) { l.Kind, l.Reason, l.Actor = Hold, "so it is", RulesActor }),
	} {
		var g Ledger
		for _, l := range before {
			if err := g.Apply(l); err != nil {
				t.Fatal(err)
			}
		}
		err := g.Apply(l)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", l, err, want)
		}
		if got, want := g.Tallies(), (map[EntryNumber]Tally{1: {Score: 1, Votes: 1, Reached: 1, Held: 1, Excluded: 1}}); !maps.Equal(got, want) {
			t.Errorf("after %q: got %v, want %v", err, got, want)
		}
		if err := g.Apply(good); err != nil {
			t.Errorf("a good leaf after %q: %v", want, err)
		}
	}
}

func TestALedgerKnowsEachVote(t *testing.T) {
	var g Ledger
	if _, ok := g.Vote(VoteKey{1, voterOf("a"), "all"}); ok {
		t.Error("an empty ledger knows a vote")
	}
	leaves := logOf("cast 1 a 3", "cast 2 b", "hold 2 b", "retract 2 b")
	for _, l := range leaves {
		if err := g.Apply(l); err != nil {
			t.Fatal(err)
		}
	}
	want := map[VoteKey]Standing{leaves[0].Key(): {1, 3, Counted}, leaves[1].Key(): {0, 1, Held}}
	if got := maps.Collect(g.Votes()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for k, v := range want {
		if got, ok := g.Take(k); !ok || got != v {
			t.Errorf("take %v: got %v %v, want %v", k, got, ok, v)
		}
		if _, ok := g.Vote(k); ok {
			t.Errorf("%v is still there", k)
		}
	}
	for _, text := range []VoterID{"", "not a pseudonym", VoterID(strings.Repeat("a", 34))} {
		if _, ok := g.Vote(VoteKey{1, text, "2026-11-22"}); ok {
			t.Errorf("%q has a vote", text)
		}
	}
}

func TestAPathLeadsFromStateToState(t *testing.T) {
	states := []VoteState{Counted, Held, Excluded}
	for _, from := range states {
		for _, to := range states {
			is := from
			for _, kind := range from.Path(to) {
				after, ok := is.After(kind)
				if !ok {
					t.Errorf("from %s to %s: %s is no decision about a vote that is %s", from, to, kind, is)
				}
				is = after
			}
			if is != to {
				t.Errorf("the path from %s to %s leads to %s", from, to, is)
			}
		}
	}
}

func TestAChangeIsTheEntrysPresentPlace(t *testing.T) {
	e := Entry{ID: "e_1", Challenge: "ch_1", Number: 7, Score: 3, Reached: 9, Version: 5, Status: Published}
	want := Change{Challenge: "ch_1", Entry: "e_1", Number: 7, Score: 3, Reached: 9, Version: 5, Visible: true}
	if got := e.Change(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, status := range []Status{Processing, Pending, Rejected, Withdrawn} {
		if e.Status = status; e.Change().Visible {
			t.Errorf("an entry that is %s is visible", status)
		}
	}
}
