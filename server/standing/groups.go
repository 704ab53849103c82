package standing

import (
	"slices"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// groups are the cities or the partners of a challenge with their totals, which are kept up to date with each change.
type groups struct {
	ids     []string          // in the order of the terms
	places  map[string]uint16 // in that order, from 1
	kind    contest.ScopeKind // of the boards of one group
	tallies []tally           // by place, from 0
	sums    league
	means   league
}

// tally is a group's.
type tally struct {
	score   int64
	members int
}

// league ranks groups by their sums, or by the means of those that have members enough.
type league struct {
	of     *board
	groups *groups
	least  int // members that a group needs for a place
	ranks  rank.Board
	news   *news
	score  func(tally) int64
}

func newGroups(b *board, kind, each contest.ScopeKind) *groups {
	g := &groups{kind: each}
	g.sums = league{of: b, groups: g, least: 1, news: b.newsOf(contest.Scope{Kind: kind}), score: tally.sum}
	g.means = league{of: b, groups: g, least: contest.MinForAverage, news: b.newsOf(contest.Scope{Kind: kind, ID: contest.Average}), score: tally.mean}
	return g
}

func (t tally) sum() int64 { return t.score }

// mean is in hundredths, rounded down.
func (t tally) mean() int64 {
	if t.members == 0 {
		return 0
	}
	return 100 * t.score / int64(t.members)
}

// name takes the list of the terms, and reports whether it is another one than before: then nothing is known of any group.
func (g *groups) name(ids []string) (renamed bool) {
	if slices.Equal(g.ids, ids) {
		return false
	}
	g.ids, g.places, g.tallies = slices.Clone(ids), map[string]uint16{}, make([]tally, len(ids))
	for i, id := range ids {
		g.places[id] = uint16(i + 1)
	}
	for _, l := range []*league{&g.sums, &g.means} {
		l.ranks = rank.Board{}
		l.of.changed(l.news)
	}
	return true
}

// place is a group's number on boards of groups; noGroup for what is not in the list.
func (g *groups) place(id string) uint16 { return g.places[id] }

// scope is the board of one group's entries; the overall board's for noGroup.
func (g *groups) scope(place uint16) contest.Scope {
	if place == noGroup {
		return contest.Scope{}
	}
	return contest.Scope{Kind: g.kind, ID: g.ids[place-1]}
}

// add counts what a group's entries gained, and how many more they are. The lock is held.
func (g *groups) add(place uint16, score int64, members int) {
	if place == noGroup {
		return
	}
	t := &g.tallies[place-1]
	t.score += score
	t.members += members
	g.sums.follow(place, *t, score, members)
	g.means.follow(place, *t, score, members)
}

// follow brings a group's place up to date after its score and its members changed by so much.
func (l *league) follow(place uint16, t tally, score int64, members int) {
	shown := members != 0 || score != 0 && l.of.shows == contest.ScoresShown
	if t.members >= l.least {
		shown = put(&l.ranks, rank.Row{Number: uint32(place), Score: l.score(t)}, l.of.shows) || shown
	} else {
		l.ranks.Remove(uint32(place))
	}
	if shown {
		l.of.changed(l.news)
	}
}

// page returns the groups that have a place in order, behind them those that have too few entries, and last those that have none.
func (l *league) page(from, n int) Snapshot {
	b := l.of
	s := Snapshot{Shows: b.shows, AsAt: b.asAt, Version: l.news.version, Rows: []Row{}}
	for _, t := range l.groups.tallies {
		s.Entries += t.members
		s.Votes += shownScore(b.shows, t.score)
	}
	for i, place := range l.places(from, n) {
		row := l.row(place)
		if from+i <= l.ranks.Len() {
			row.Rank = shownRank(b.shows, from+i)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// places lists up to n groups from a place of the board on.
func (l *league) places(from, n int) (places []uint16) {
	for _, row := range l.ranks.Page(from, n) {
		places = append(places, uint16(row.Number))
	}
	skip := from - 1 - l.ranks.Len() // of those without a rank
	for _, least := range []int{1, 0} {
		for i, t := range l.groups.tallies {
			if len(places) >= n {
				return places
			}
			if t.members >= l.least || t.members >= 1 != (least == 1) {
				continue
			}
			if skip--; skip < 0 {
				places = append(places, uint16(i+1))
			}
		}
	}
	return places
}

func (l *league) row(place uint16) Row {
	t := l.groups.tallies[place-1]
	return Row{
		Score: shownScore(l.of.shows, l.score(t)), Group: l.groups.ids[place-1], Members: t.members,
		Card: Card{Number: contest.EntryNumber(place)},
	}
}

// Groups are no entries.
func (l *league) around(contest.EntryNumber, int) (Snapshot, bool) { return l.page(1, 0), false }
func (l *league) order(int, int) []Placed                          { return nil }
func (l *league) place(contest.EntryNumber) (Place, bool) {
	return Place{Shows: l.of.shows, AsAt: l.of.asAt}, false
}
