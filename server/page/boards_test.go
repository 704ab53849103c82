package page

import (
	"regexp"
	"strings"
	"testing"

	"fanfare/server/contest"
)

// contested is a challenge of two cities, whose page shows a board.
func contested(scope contest.Scope, b Board) ChallengeView {
	ch := night()
	ch.Cities = append(ch.Cities, contest.Choice{ID: "xian", Name: contest.Text{ZH: "西安", EN: "Xi'an"}})
	v := ChallengeView{
		Now: now, Challenge: ch, Entries: 9, Top: []Card{card(1, "one")},
		Boards: []contest.ScopeKind{contest.RisingBoard, contest.CityBoard, contest.CitiesBoard, contest.TagBoard, contest.FriendsBoard},
	}
	if b.Scope = scope; scope != (contest.Scope{}) {
		v.Board = &b
	}
	return v
}

// tabsOf are the links of a page's boards; the one that is shown has a star.
func tabsOf(body string) string {
	var names []string
	for _, nav := range regexp.MustCompile(`(?s)<nav class="boards".*?</nav>`).FindAllString(body, -1) {
		for _, link := range regexp.MustCompile(`<a href="([^"]*)"( aria-current="page")?><bdi>([^<]*)</bdi>`).FindAllStringSubmatch(nav, -1) {
			to, _, _ := strings.Cut(strings.TrimPrefix(link[1], "/c/night?"), "#")
			names = append(names, strings.Repeat("*", len(link[2])/len(` aria-current="page"`))+link[3]+" "+strings.ReplaceAll(to, "&amp;", "&"))
		}
	}
	return strings.Join(names, ", ")
}

func TestEachBoardHasATabAndTheOneThatIsShownSaysSo(t *testing.T) {
	for scope, want := range map[contest.Scope]string{
		{}:                                    "*Overall lang=en, Rising board=rising&lang=en, Cities board=cities&lang=en",
		{Kind: contest.CityBoard, ID: "xian"}: "Overall lang=en, *Xi&#39;an board=city%2Fxian&lang=en, Rising board=rising&lang=en, Cities board=cities&lang=en",
		{Kind: contest.CitiesBoard, ID: contest.Average}: "Overall lang=en, Rising board=rising&lang=en, *Cities board=cities&lang=en, " +
			"Total votes board=cities&lang=en, *Average board=cities%2Faverage&lang=en",
		{Kind: contest.TagBoard, ID: "lantern"}:  "Overall lang=en, *#lantern board=tag%2Flantern&lang=en, Rising board=rising&lang=en, Cities board=cities&lang=en",
		{Kind: contest.FriendsBoard, ID: "1.12"}: "Overall lang=en, *Friends board=friends%2F1.12&lang=en, Rising board=rising&lang=en, Cities board=cities&lang=en",
	} {
		body := challengePage(t, contested(scope, Board{}))
		if got := tabsOf(body); got != want {
			t.Errorf("board %q has the tabs\n%s, want\n%s", scope, got, want)
		}
		attribute := ` board="` + scope.String() + `"`
		if strings.Contains(body, attribute) != (scope != contest.Scope{}) {
			t.Errorf("the widget does not open board %q", scope)
		}
	}
	lacks(t, challengePage(t, ChallengeView{Now: now, Challenge: night(), Top: []Card{card(1, "one")}}), `class="boards"`)
}

func TestTheBoardOfACityOrAPartnerIsAPageOfItsOwn(t *testing.T) {
	body := challengePage(t, contested(contest.Scope{Kind: contest.CityBoard, ID: "xian"}, Board{Cards: []Card{card(2, "wall")}}))
	wants(t, body, "<title>Xi&#39;an · #百万夜景大片挑战 Show us your city at night · Fanfare</title>", `<meta property="og:title" content="Xi&#39;an · #百万夜景大片挑战 Show us your city at night">`,
		`<link rel="canonical" href="https://photos.example.org/c/night?board=city%2Fxian&amp;lang=en">`,
		`hreflang="x-default" href="https://photos.example.org/c/night?board=city%2Fxian">`, `<meta property="og:image:alt" content="wall, photo by`)
	for _, scope := range []contest.Scope{{}, {Kind: contest.RisingBoard}, {Kind: contest.TagBoard, ID: "lantern"}} {
		wants(t, challengePage(t, contested(scope, Board{Cards: []Card{card(2, "wall")}})), `<link rel="canonical" href="https://photos.example.org/c/night?lang=en">`)
	}
}

func TestABoardsPageOffersItsOwnFeed(t *testing.T) {
	body := challengePage(t, contested(contest.Scope{Kind: contest.CityBoard, ID: "xian"}, Board{}))
	if n := strings.Count(body, `href="/c/night/feed.rss?board=city%2Fxian&amp;lang=en"`); n != 2 || strings.Contains(body, `href="/c/night/feed.rss?lang=en"`) {
		t.Errorf("%d links to the board's feed, want one for programs and one for people, and none to the challenge's", n)
	}
}

func TestCitiesCompeteByTotalsAndByAverages(t *testing.T) {
	groups := []Group{{"xian", 1, 7, 1234}, {"wuhan", 0, 4, 3000}}
	total := challengePage(t, contested(contest.Scope{Kind: contest.CitiesBoard}, Board{Groups: groups}))
	wants(t, total, `href="/c/night?board=city%2Fxian&amp;lang=en#take-part"`, "Xi&#39;an", "7 photos", "1,234 votes", `<progress class="group-bar" value="1234" max="1234"`, "4 photos")
	lacks(t, total, "too few")
	average := challengePage(t, contested(contest.Scope{Kind: contest.CitiesBoard, ID: contest.Average}, Board{Groups: groups}))
	wants(t, average, "12.34 votes a photo", "4 photos · too few for an average", "Averages need 5 photos or more.", ">–<")
	lacks(t, average, "30.00 votes")
	order := challengePage(t, contested(contest.Scope{Kind: contest.CitiesBoard}, Board{Shows: contest.OrderShown, Groups: []Group{{"xian", 1, 7, 0}, {"wuhan", 2, 4, 0}}}))
	wants(t, order, "Xi&#39;an", "7 photos")
	lacks(t, order, "place-score", "group-bar")
}

func TestABoardWithoutRowsSaysWhy(t *testing.T) {
	wants(t, challengePage(t, contested(contest.Scope{Kind: contest.RisingBoard}, Board{})), "No photo gained votes in the last hour.")
	wants(t, challengePage(t, contested(contest.Scope{Kind: contest.CityBoard, ID: "xian"}, Board{})), "No photo stands on this board yet.")
	gained := challengePage(t, contested(contest.Scope{Kind: contest.RisingBoard}, Board{Cards: []Card{card(1, "one")}}))
	wants(t, gained, "<b>+2,000</b>", "in the last hour")
	lacks(t, gained, "No photo gained")
}

func TestAnEntrySaysWhereItStandsAndAmongWhom(t *testing.T) {
	near := []Card{card(1, "one"), card(2, "two"), card(3, "three")}
	v := EntryView{
		Now: now, Challenge: night(), Entry: sample(), Rank: 2, Of: 60_000, Behind: 3, Near: near,
		Places: []BoardPlace{{contest.Scope{Kind: contest.RisingBoard}, 1234, 5000}, {contest.Scope{Kind: contest.CityBoard, ID: "wuhan"}, 1, 340}},
	}
	body := entryPage(t, v)
	wants(t, body, "of 60,000", "3 votes behind the next place", "#1,234 of 5,000", `href="/c/night?board=city%2Fwuhan&amp;lang=en#take-part"`, "#1 of 340",
		`<li class="here" aria-current="true"><a class="place" href="/e/e_kk?lang=en">`)
	v.Shows = contest.OrderShown
	lacks(t, entryPage(t, v), "behind the next place")
	v.Near = near[:1]
	lacks(t, entryPage(t, v), "Around it on the board")
}
