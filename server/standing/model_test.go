package standing

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"fanfare/server/contest"
)

// scopes are boards of all kinds that stand on members, and of friends.
var scopes = []string{
	"", "city/a", "city/b", "city/nowhere", "partner/a", "partner/c", "tag/sea", "tag/star", "tag/none", "friends/1.2.3", "friends/7.30.500",
	"cities", "cities/average", "partners", "partners/average",
}

// modelEntries are few enough to compare all boards with the model after each change.
const modelEntries = 60

func key(t testing.TB, scope string) Key {
	t.Helper()
	s, ok := contest.ParseScope(scope)
	if !ok {
		t.Fatalf("%q is no scope", scope)
	}
	return Key{night, s}
}

// populate gives the database groups, and an entry of each number a place among them.
func populate(db *database, entries int) *rand.Rand {
	random := rand.New(rand.NewPCG(3, 4))
	db.groups = []string{"a", "b", "c", "d"}
	cities := []string{"", "a", "a", "a", "b", "b", "c"} // and nobody from d
	for n := range entries {
		number := contest.EntryNumber(n + 1)
		db.members[number] = Member{
			City: cities[random.IntN(len(cities))], Partner: cities[random.IntN(len(cities))],
			Tags: []string{"night", []string{"sea", "star", "seaside"}[random.IntN(3)]},
		}
		db.put(hidden(number, 0))
	}
	return random
}

// stir changes an entry as votes and moderators do.
func stir(db *database, random *rand.Rand, entries int) contest.Change {
	c := db.entries[contest.EntryNumber(random.IntN(entries)+1)]
	c.Version++
	switch random.IntN(8) {
	case 0:
		c.Visible = !c.Visible
	case 1:
		c.Score = max(c.Score-1, 0)
	default:
		c.Visible = true
		c.Score += int64(random.IntN(3))
		c.Reached = int64(random.IntN(50))
	}
	db.put(c)
	return c
}

// naive is a board as the database alone gives it, worked out from nothing.
func naive(db *database, scope contest.Scope) []string {
	if scope.Groups() {
		return naiveGroups(db, scope)
	}
	var rows, all []contest.Change
	for number, c := range db.entries {
		if !c.Visible {
			continue
		}
		all = append(all, c)
		m := db.members[number]
		switch {
		case scope == contest.Scope{},
			scope.Kind == contest.CityBoard && m.City == scope.ID,
			scope.Kind == contest.PartnerBoard && m.Partner == scope.ID,
			scope.Kind == contest.TagBoard && slices.Contains(m.Tags, scope.ID),
			slices.Contains(scope.Friends(), number):
			rows = append(rows, c)
		}
	}
	slices.SortFunc(all, compare)
	slices.SortFunc(rows, compare)
	lines := []string{}
	for i, c := range rows {
		rank := i + 1
		if scope.Kind == contest.FriendsBoard {
			rank = 1 + slices.Index(all, c)
		}
		lines = append(lines, line(db, rank, int64(c.Number), c.Score))
	}
	return lines
}

func naiveGroups(db *database, scope contest.Scope) []string {
	type group struct {
		place, members int
		sum, score     int64
		class          int // those with a rank, those without, the empty ones
	}
	groups := make([]group, len(db.groups))
	for number, c := range db.entries {
		id := db.members[number].City
		if scope.Kind == contest.PartnersBoard {
			id = db.members[number].Partner
		}
		if i := slices.Index(db.groups, id); i >= 0 && c.Visible {
			groups[i].members++
			groups[i].sum += c.Score
		}
	}
	for i := range groups {
		g := &groups[i]
		g.place, g.score = i+1, g.sum
		if scope.ID == contest.Average && g.members > 0 {
			g.score = 100 * g.sum / int64(g.members)
			if g.members < contest.MinForAverage {
				g.class = 1
			}
		}
		if g.members == 0 {
			g.class = 2
		}
	}
	slices.SortFunc(groups, func(a, b group) int {
		if a.class != b.class || a.class != 0 {
			return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.place, b.place))
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.place, b.place))
	})
	lines := []string{}
	for i, g := range groups {
		rank := i + 1
		if g.class != 0 {
			rank = 0
		}
		lines = append(lines, line(db, rank, int64(g.place), g.score))
	}
	return lines
}

func compare(a, b contest.Change) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Reached, b.Reached), cmp.Compare(a.Number, b.Number))
}

func line(db *database, rank int, number, score int64) string {
	return fmt.Sprintf("#%d %d:%d", shownRank(db.shows, rank), number, shownScore(db.shows, score))
}

func lines(rows []Row) []string {
	lines := []string{}
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("#%d %d:%d", r.Rank, r.Number, r.Score))
	}
	return lines
}

// expectAll compares every board with the naive one, and their parts with the whole.
func expectAll(t *testing.T, boards *Boards, db *database) {
	t.Helper()
	expectRows(t, boards, db)
	for _, scope := range scopes {
		expectParts(t, boards, key(t, scope), whole(t, boards, scope))
	}
}

func expectRows(t *testing.T, boards *Boards, db *database) {
	t.Helper()
	for _, scope := range scopes {
		want := naive(db, key(t, scope).Scope)
		if s := whole(t, boards, scope); !slices.Equal(lines(s.Rows), want[:min(MaxTop, len(want))]) {
			t.Fatalf("board %q = %v\nwant %v", scope, lines(s.Rows), want)
		}
	}
}

// expectParts compares the pages, neighbourhoods and places of a board with the whole.
func expectParts(t *testing.T, boards *Boards, key Key, whole Snapshot) {
	t.Helper()
	for from := 1; from <= len(whole.Rows)+3; from += 3 {
		page, err := boards.Page(t.Context(), key, from, 4)
		want := lines(whole.Rows[min(from-1, len(whole.Rows)):min(from+3, len(whole.Rows))])
		if err != nil || !slices.Equal(lines(page.Rows), want) || page.Entries != whole.Entries || page.Votes != whole.Votes || page.Version != whole.Version {
			t.Fatalf("page of board %q from %d = %v, %v, want %v", key.Scope, from, lines(page.Rows), err, want)
		}
	}
	order, _ := boards.Order(t.Context(), key, 2, 3)
	for i, row := range whole.Rows {
		around, ok, err := boards.Around(t.Context(), key, row.Number, 2)
		place, on, _ := boards.Place(t.Context(), key, row.Number)
		if key.Scope.Groups() {
			if ok || on || len(order) > 0 || len(around.Rows) > 0 {
				t.Fatalf("board %q of groups has an entry", key.Scope)
			}
			continue
		}
		want := lines(whole.Rows[max(i-2, 0):min(i+3, len(whole.Rows))])
		if !ok || err != nil || !slices.Equal(lines(around.Rows), want) {
			t.Fatalf("around %d of board %q = %v, %v, %v, want %v", row.Number, key.Scope, lines(around.Rows), ok, err, want)
		}
		if !on || place.Rank != row.Rank || place.Score != row.Score || place.Entry != row.Entry {
			t.Fatalf("place of %d on board %q = %+v, %v, want %+v", row.Number, key.Scope, place, on, row)
		}
		if i > 0 && i <= len(order) && order[i-1] != (Placed{row.Entry, row.Number, row.Rank, row.Score}) {
			t.Fatalf("order of board %q = %+v, want %+v there", key.Scope, order[i-1], row)
		}
	}
}

// inEachMode runs a test with boards that show scores, and with some that show the order alone.
func inEachMode(t *testing.T, test func(t *testing.T, db *database, random *rand.Rand)) {
	for _, shows := range []contest.Shows{contest.ScoresShown, contest.OrderShown} {
		t.Run(fmt.Sprint(shows), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := newDatabase()
				db.shows = shows
				random := populate(db, modelEntries)
				for range modelEntries {
					stir(db, random, modelEntries)
				}
				test(t, db, random)
			})
		})
	}
}

func TestAllBoardsAreWhatTheDatabaseSays(t *testing.T) {
	inEachMode(t, func(t *testing.T, db *database, random *rand.Rand) {
		boards := alone(t, db)
		expectAll(t, boards, db)
		for range 40 {
			var changes []contest.Change
			for range random.IntN(12) {
				changes = append(changes, stir(db, random, modelEntries))
			}
			boards.Committed(changes)
			synctest.Wait() // until the source said where new entries belong
			expectAll(t, boards, db)
		}
		if db.asked > modelEntries {
			t.Errorf("members were asked for %d times", db.asked)
		}
	})
}

// A version names what a board shows: as long as it stands, so do the rows; and whoever watches is told of each new one.
func TestEachBoardHasAVersionOfItsOwn(t *testing.T) {
	inEachMode(t, func(t *testing.T, db *database, random *rand.Rand) {
		boards := alone(t, db)
		last, tokens := map[string]Snapshot{}, map[string]<-chan struct{}{}
		for _, scope := range scopes {
			changed, cancel := boards.Watch(key(t, scope))
			t.Cleanup(cancel)
			tokens[scope] = changed
			last[scope] = whole(t, boards, scope)
		}
		stood := 0
		for range 300 {
			boards.Committed([]contest.Change{stir(db, random, modelEntries)})
			synctest.Wait()
			for _, scope := range scopes {
				was, is, told := last[scope], whole(t, boards, scope), hasToken(tokens[scope])
				same := slices.Equal(lines(is.Rows), lines(was.Rows)) && is.Entries == was.Entries && is.Votes == was.Votes
				if is.Version < was.Version || is.Version == was.Version && !same {
					t.Fatalf("board %q has version %d for %v and %d for %v", scope, was.Version, lines(was.Rows), is.Version, lines(is.Rows))
				}
				// Ranks of friends move with every entry; who watches them is told of what moves their rows.
				if !told && !same && !strings.HasPrefix(scope, "friends/") {
					t.Fatalf("nobody was told that board %q went from %v to %v", scope, lines(was.Rows), lines(is.Rows))
				}
				if scope == "city/b" && is.Version == was.Version {
					stood++
				}
				last[scope] = is
			}
		}
		if stood < 150 {
			t.Errorf("the board of a city stood still %d times in 300 changes, most of them elsewhere", stood)
		}
	})
}

func whole(t *testing.T, boards *Boards, scope string) Snapshot {
	t.Helper()
	s, err := boards.Top(t.Context(), key(t, scope), MaxTop)
	if err != nil {
		t.Fatalf("board %q: %v", scope, err)
	}
	return s
}
