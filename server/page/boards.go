package page

import (
	"fmt"
	"net/url"
	"slices"

	"fanfare/server/contest"
)

// Board is a board of a challenge other than the one of all its entries.
type Board struct {
	Scope  contest.Scope
	Shows  contest.Shows
	Cards  []Card  // best first; none where no order may be seen, and on boards of groups
	Groups []Group // best first; those without a place behind
}

// Group is a city or a partner as a board of those shows it.
type Group struct {
	ID      string // a Choice's
	Rank    int    // 0 where it has none
	Members int    // entries
	Score   int64  // votes, or hundredths of a vote on boards of averages
}

// BoardPlace is an entry's place on one of its boards.
type BoardPlace struct {
	Scope    contest.Scope
	Rank, Of int
}

// BoardPath is the path of a challenge's page that shows a board.
func BoardPath(slug string, scope contest.Scope) string {
	to := ChallengePath(slug)
	if scope != (contest.Scope{}) {
		to += "?board=" + url.QueryEscape(scope.String())
	}
	return to + "#take-part"
}

// boards is the part of a challenge's page that shows a board.
type boards struct {
	Title  string
	Tabs   tabs // none where there is one board alone
	Modes  tabs // of a board of groups: by the sum, by the mean
	Places []Tile
	Groups []group
	Empty  string // why there is nothing; empty where there is something
	Note   string
}

// tabs lead from one board to another.
type tabs struct {
	Label string // for those who do not see them
	Links []tab
}

// tab is a link to a board.
type tab struct {
	Href, Name string
	Current    bool
}

// group is one line of a board of groups.
type group struct {
	Href, Name, Members string
	Rank                int
	Score               string // empty where it may not be seen
	Value, Best         int64  // of the bar; Best is 0 for none
	Note                string
}

// boardKinds are the boards that have a tab, in its order.
var boardKinds = []contest.ScopeKind{contest.OverallBoard, contest.RisingBoard, contest.CitiesBoard, contest.PartnersBoard}

// board draws the board that was asked for. places are those of the one of all entries, below its title.
func (c *Context) board(v ChallengeView, title string, places []Tile) boards {
	b := boards{Title: c.T(title), Tabs: tabs{c.T("board.boards"), c.tabs(v)}, Places: places}
	if v.Board == nil {
		return b
	}
	scope := v.Board.Scope
	b.Title, b.Places = c.boardName(v.Challenge, scope), c.tiles(v.Board.Cards, v.Challenge, v.Board.Shows, placeSizes)
	if scope.Kind == contest.RisingBoard {
		for i := range b.Places {
			b.Places[i].Unit = "gained"
			b.Note = c.T("gained.note")
		}
	}
	if scope.Groups() {
		c.groups(&b, v)
	}
	if len(b.Places)+len(b.Groups) == 0 {
		b.Empty = c.T("board.empty")
		if scope.Kind == contest.RisingBoard {
			b.Empty = c.T("board.rising.empty")
		}
	}
	return b
}

// tabs lead to the boards that a challenge has; the one that is shown and has no tab otherwise comes behind the first one, where
// phones show it.
func (c *Context) tabs(v ChallengeView) []tab {
	current := contest.Scope{}
	if v.Board != nil {
		current = v.Board.Scope
	}
	shown := []contest.Scope{{}}
	if !slices.Contains(boardKinds, current.Kind) || current.Kind != contest.OverallBoard && !slices.Contains(v.Boards, current.Kind) {
		shown = append(shown, current)
	}
	for _, kind := range boardKinds[1:] {
		if slices.Contains(v.Boards, kind) {
			shown = append(shown, contest.Scope{Kind: kind})
		}
	}
	if len(shown) == 1 {
		return nil
	}
	links := make([]tab, len(shown))
	for i, s := range shown {
		links[i] = tab{c.Href(BoardPath(v.Challenge.Slug, s)), c.boardName(v.Challenge, s), s.Kind == current.Kind}
	}
	return links
}

// boardName is what a board is called: a city's or a partner's by its name.
func (c *Context) boardName(ch contest.Challenge, s contest.Scope) string {
	switch s.Kind {
	case contest.OverallBoard:
		return c.T("board.overall")
	case contest.CityBoard:
		return c.ChoiceName(ch.Cities, s.ID)
	case contest.PartnerBoard:
		return c.ChoiceName(ch.Partners, s.ID)
	case contest.TagBoard:
		return "#" + s.ID
	}
	return c.T("board." + string(s.Kind))
}

// groups draws a board of groups.
func (c *Context) groups(b *boards, v ChallengeView) {
	ch, scope := v.Challenge, v.Board.Scope
	mode := func(name, id string) tab {
		return tab{c.Href(BoardPath(ch.Slug, contest.Scope{Kind: scope.Kind, ID: id})), c.T(name), scope.ID == id}
	}
	b.Modes = tabs{b.Title, []tab{mode("board.total."+unit(ch), ""), mode("board.average."+unit(ch), contest.Average)}}
	if scope.ID == contest.Average {
		b.Note = c.T("board.average.note", "n", contest.MinForAverage)
	}
	kind, choices := contest.CityBoard, ch.Cities
	if scope.Kind == contest.PartnersBoard {
		kind, choices = contest.PartnerBoard, ch.Partners
	}
	for _, g := range v.Board.Groups {
		line := c.group(v, g)
		line.Name = c.ChoiceName(choices, g.ID)
		line.Href = c.Href(BoardPath(ch.Slug, contest.Scope{Kind: kind, ID: g.ID}))
		b.Groups = append(b.Groups, line)
	}
}

// group says how a group stands on the board that a page shows.
func (c *Context) group(v ChallengeView, g Group) group {
	line := group{Members: c.N("entries", g.Members), Rank: g.Rank}
	average := v.Board.Scope.ID == contest.Average
	if average && g.Members > 0 && g.Members < contest.MinForAverage {
		line.Note = c.T("board.few")
		return line
	}
	if v.Board.Shows != contest.ScoresShown {
		return line
	}
	line.Score, line.Value, line.Best = c.N(unit(v.Challenge), g.Score), g.Score, v.Board.Groups[0].Score
	if average {
		line.Score = c.T("board.mean."+unit(v.Challenge), "n", c.hundredths(g.Score))
	}
	return line
}

// hundredths writes a number of hundredths.
func (c *Context) hundredths(n int64) string { return fmt.Sprintf("%s.%02d", c.Number(n/100), n%100) }
