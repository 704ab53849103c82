package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page/pagetest"
)

func wants(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not contain %q", part)
		}
	}
}

func lacks(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(body, part) {
			t.Errorf("the page contains %q", part)
		}
	}
}

func entryPage(t *testing.T, v EntryView) string {
	p := renderer(t)
	return drawn(t, "/e/"+string(v.Entry.ID)+"?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Entry(w, r, v) })
}

func challengePage(t *testing.T, v ChallengeView) string {
	p := renderer(t)
	return drawn(t, "/c/night?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Challenge(w, r, v) })
}

func homePage(t *testing.T, v HomeView) string {
	p := renderer(t)
	return drawn(t, "/?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Home(w, r, v) })
}

func sample() contest.Entry {
	return contest.Entry{ID: "e_kk", Number: 2, Caption: "江汉关的灯 #武汉", Author: "林晚", City: "wuhan", Photo: photo("p"), Score: 1200, SubmittedAt: now}
}

func TestAPageCountsItsVisitorUnlessItIsToldNotTo(t *testing.T) {
	entry := EntryView{Now: now, Challenge: night(), Entry: sample()}
	challenge := ChallengeView{Now: now, Challenge: night()}
	wants(t, entryPage(t, entry), `data-counted data-challenge="night" data-number="2"`, `<script src="/assets/collect.js?v=`)
	lacks(t, challengePage(t, challenge), "uncounted")
	entry.Uncounted, challenge.Uncounted = true, true
	lacks(t, entryPage(t, entry), "data-counted", "collect.js")
	wants(t, challengePage(t, challenge), "<fanfare-challenge id=\"take-part\" challenge=\"night\" lang=\"en\" compact uncounted")
}

func TestASharedEntryShowsItsPhoto(t *testing.T) {
	body := entryPage(t, EntryView{Now: now, Challenge: night(), Entry: sample(), Rank: 2, Of: 40})
	wants(t, body,
		`<meta property="og:image" content="https://photos.example.org/m/p-1024.jpg">`, `<meta property="og:image:width" content="1024">`,
		`<meta property="og:url" content="https://photos.example.org/e/e_kk?lang=en">`, `<meta name="twitter:card" content="summary_large_image">`,
		`<link rel="canonical" href="https://photos.example.org/e/e_kk?lang=en">`, `hreflang="zh-CN" href="https://photos.example.org/e/e_kk?lang=zh-CN"`,
		`<meta property="og:title" content="江汉关的灯 #武汉, by 林晚">`,
		`srcset="/m/p-2048.jpg 2048w, /m/p-1024.jpg 1024w, /m/p-480.jpg 480w"`, `<bdi dir="auto">江汉关的灯 #武汉</bdi>`,
		"Xiaomi 15 Ultra", "1/60 s · ƒ/1.8 · ISO 800", "1,200", "of 40", `href="/c/night?lang=en#e_kk"`, "https://service.weibo.com/share/share.php?")
	lacks(t, body, "Xiaomi Xiaomi", "p-square.jpg")
}

func TestAMakerIsNamedOnce(t *testing.T) {
	for want, c := range map[string]contest.Capture{
		"NIKON Z 6_2": {Make: "NIKON CORPORATION", Model: "NIKON Z 6_2"}, "Apple iPhone 16": {Make: "Apple", Model: "iPhone 16"},
		"Xiaomi": {Make: "Xiaomi"}, "DSC-RX100": {Model: "DSC-RX100"}, "Canon EOS R6": {Make: "Canon", Model: "Canon EOS R6"}, "": {},
	} {
		if got := camera(c); got != want {
			t.Errorf("%+v: got %q, want %q", c, got, want)
		}
	}
}

func TestAPlaceIsShownInDegrees(t *testing.T) {
	e := sample()
	lacks(t, entryPage(t, EntryView{Now: now, Challenge: night(), Entry: e}), "Taken near")
	for place, want := range map[contest.Place]string{
		{Lat: 30.6, Lon: 114.3}: "30.6° N, 114.3° E", {Lat: -33.9, Lon: -70}: "33.9° S, 70.0° W",
	} {
		e.Photo.Capture.Place = &place
		wants(t, entryPage(t, EntryView{Now: now, Challenge: night(), Entry: e}), "Taken near", want)
	}
}

func TestAnEntryOfAFinishedChallengeCannotBeVotedFor(t *testing.T) {
	ch := night()
	ch.Entries.Closes, ch.Votes.Closes = now.Add(-time.Hour), now.Add(-time.Hour)
	body := entryPage(t, EntryView{Now: now, Challenge: ch, Entry: sample(), Rank: 1, Of: 4})
	lacks(t, body, "Vote for this photo")
	wants(t, body, "Final rank", "Ended on 22 November 2026")
}

func TestAChallengeIsReadableBeforeItsWidget(t *testing.T) {
	top := []Card{card(1, "one"), card(2, "two")}
	body := challengePage(t, ChallengeView{Now: now, Challenge: night(), Entries: 2, Tally: Tally{Votes: 3}, Top: top, Newest: top})
	inside := regexp.MustCompile(`(?s)<fanfare-challenge id="take-part" challenge="night" lang="en" compact>(.*)</fanfare-challenge>`).FindStringSubmatch(body)
	if inside == nil {
		t.Fatal("no widget")
	}
	wants(t, inside[1], `href="/e/e_k?lang=en"`, "The board", "Newest photos", "p-square.jpg", "<noscript>")
	wants(t, body, `<script src="/embed.js" defer></script>`, "The city after dark.", "Take your phone.", strings.Repeat("ab", 32), "Entries close in 3 days", "Wuhan")
}

func TestAfterTheEndAChallengeShowsItsWinners(t *testing.T) {
	ch := night()
	ch.Entries.Closes, ch.Votes.Closes = now.Add(-time.Hour), now.Add(-time.Hour)
	body := challengePage(t, ChallengeView{Now: now, Challenge: ch, Top: []Card{card(1, "one"), card(2, "two"), card(3, "three"), card(4, "four")}})
	wants(t, body, "The result", "First place", "Second place", "Third place", "Further places")
	lacks(t, body, "Leading now", "Vote now", "Enter your photo")
	short := challengePage(t, ChallengeView{Now: now, Challenge: ch, Top: []Card{card(1, "one")}})
	wants(t, short, "First place")
	lacks(t, short, "Second place", "Further places")
	lacks(t, challengePage(t, ChallengeView{Now: now, Challenge: ch}), "The result")
	ch.Rules.Winners, ch.CertifiedAt = 2, now
	two := challengePage(t, ChallengeView{Now: now, Challenge: ch, Top: []Card{card(1, "one"), card(2, "two"), card(3, "three")}})
	wants(t, two, "Second place", "Further places", "three")
	lacks(t, two, "Third place")
}

func TestWhoIsInAPhotoCanAskForItsRemoval(t *testing.T) {
	p := renderer(t)
	draw := func(v TakedownView) (int, string) {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/e/e_kk/takedown?lang=en", nil)
		v.Now, v.Challenge, v.Entry = now, night(), sample()
		if err := p.Takedown(w, r, v); err != nil {
			t.Fatal(err)
		}
		return w.Code, w.Body.String()
	}
	wants(t, entryPage(t, EntryView{Now: now, Challenge: night(), Entry: sample()}), `href="/e/e_kk/takedown?lang=en"`)
	status, form := draw(TakedownView{})
	wants(t, form, `name="contact"`, `name="statement"`, "within 72 hours", `content="noindex"`)
	lacks(t, form, "aria-invalid")
	if status != http.StatusOK {
		t.Errorf("the form: %d", status)
	}
	status, form = draw(TakedownView{Asked: contest.Takedown{Statement: "照片里是我"}, Missing: contest.ContactMissing})
	wants(t, form, "照片里是我</textarea>", `id="contact-missing"`, "Say how you can be reached")
	lacks(t, form, `id="statement-missing"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a contact: %d", status)
	}
	taken := TakedownView{Asked: contest.Takedown{Contact: "ada@example.org"}, DecideBy: now.Add(contest.TakedownTime), Hidden: true}
	status, sent := draw(taken)
	wants(t, sent, "The photo is hidden now", "25 Nov, 20:00, Asia/Shanghai", "ada@example.org")
	lacks(t, sent, "<img", "<form")
	if status != http.StatusCreated {
		t.Errorf("taken: %d", status)
	}
	taken.Hidden = false
	_, sent = draw(taken)
	wants(t, sent, "it stays visible until")
}

func TestAPreviewSaysThatItIsOneAndLoadsNoWidget(t *testing.T) {
	ch := night()
	ch.LaunchedAt, ch.RulesHash = time.Time{}, ""
	body := challengePage(t, ChallengeView{Now: now, Challenge: ch, Preview: true})
	wants(t, body, "This is a preview", `content="noindex"`)
	lacks(t, body, "/embed.js", "Rules frozen")
}

func TestTheFrontPageLeadsWithWhatEndsSoonest(t *testing.T) {
	at := func(slug string, opens, closes int) Summary {
		ch := night()
		ch.Slug = slug
		ch.Entries = contest.Window{Opens: now.AddDate(0, 0, opens), Closes: now.AddDate(0, 0, closes)}
		ch.Votes = ch.Entries
		return Summary{Challenge: ch}
	}
	body := homePage(t, HomeView{Now: now, Challenges: []Summary{at("past", -9, -5), at("later", -1, 9), at("soon", -1, 2), at("coming", 3, 9), at("yesterday", -9, -1)}})
	var order []string
	for _, found := range regexp.MustCompile(`class="cover" href="/c/([a-z]+)`).FindAllStringSubmatch(body, -1) {
		order = append(order, found[1])
	}
	if got, want := strings.Join(order, " "), "soon later coming yesterday past"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d main headings", n)
	}
}

func TestAnEmptyFrontPageSaysWhatToDoNext(t *testing.T) {
	wants(t, homePage(t, HomeView{Now: now}), "No challenge is open", "announced here", `href="/console?lang=en"`)
}

func TestErrorPagesNameARemedyAndAreNotIndexed(t *testing.T) {
	p := renderer(t)
	for status, want := range map[int]string{
		404: "front page", 500: "Try again", 503: "Reload this page", 400: "try again", 403: "try again", 429: "Wait a minute", 507: "Try again",
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/gone?lang=en", nil)
		if err := p.Problem(w, r, status); err != nil {
			t.Fatal(err)
		}
		if w.Code != status {
			t.Errorf("got %d, want %d", w.Code, status)
		}
		wants(t, w.Body.String(), want, `content="noindex"`)
	}
}

// CHECKS 48, as far as pages go.
func TestWhatFansWriteIsNeverMarkup(t *testing.T) {
	const payload = `"><script>alert(1)</script><img src=x onerror=alert(1)> ' onmouseover='alert(1)' {{.}} javascript:alert(1)`
	ch := night()
	ch.Title, ch.Brief, ch.Hashtag = contest.Text{ZH: payload, EN: payload}, contest.Text{ZH: payload, EN: payload}, payload
	ch.Cities = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: payload, EN: payload}}}
	ch.Partners = ch.Cities
	ch.Rules.Capture.Cameras = []string{payload}
	e := sample()
	e.Caption, e.Author = payload, payload
	e.Photo.Capture.Make, e.Photo.Capture.Model, e.Photo.Capture.Lens = payload, payload, payload
	hostile := card(1, payload)
	hostile.Author = payload
	p := renderer(t)
	for name, body := range map[string]string{
		"home":      homePage(t, HomeView{Now: now, Challenges: []Summary{{Challenge: ch, Top: []Card{hostile}}}}),
		"challenge": challengePage(t, ChallengeView{Now: now, Challenge: ch, Top: []Card{hostile}, Newest: []Card{hostile}}),
		"entry":     entryPage(t, EntryView{Now: now, Challenge: ch, Entry: e}),
		"takedown": drawn(t, "/e/e_kk/takedown", func(w http.ResponseWriter, r *http.Request) error {
			asked := contest.Takedown{Name: payload, Contact: payload, Statement: payload}
			return p.Takedown(w, r, TakedownView{Challenge: ch, Entry: e, Asked: asked, Missing: contest.ContactMissing})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			lacks(t, body, "<script>alert", "<img src=x", "' onmouseover='", `href="javascript`)
		})
	}
}

func TestTemplatesHaveNothingInline(t *testing.T) { pagetest.NothingInline(t, files) }

func TestAssetsHaveTheAddressOfTheirContent(t *testing.T) {
	if got := assetPath("page.css"); !regexp.MustCompile(`^/assets/page\.css\?v=[0-9a-f]{8}$`).MatchString(got) {
		t.Errorf("got %s", got)
	}
	if got := assetPath("tokens.css"); got != "/assets/tokens.css" {
		t.Errorf("another's file: got %s", got)
	}
}

func TestAPageTellsNoMoreOfVotesThanMayBeSeen(t *testing.T) {
	ch := night()
	top, newest := []Card{card(1, "one"), card(2, "two")}, []Card{card(1, "newest"), card(2, "older")}
	for i := range top {
		top[i].Score = 4711
	}
	e := sample()
	for shows, c := range map[contest.Shows]struct{ wants, lacks []string }{
		contest.ScoresShown:  {[]string{"Now leading", "The board", "4,711"}, []string{"until the result is certified."}},
		contest.OrderShown:   {[]string{"Now leading", "The board", "numbers of votes stay hidden until"}, []string{"4,711", "4711", " votes<"}},
		contest.NothingShown: {[]string{"Newest photo, by", "Nobody sees votes or ranks"}, []string{"4,711", "4711", "Now leading", "The board", "place-rank", " votes<"}},
	} {
		v := ChallengeView{Now: now, Challenge: ch, Entries: 2, Tally: Tally{Shows: shows, Votes: 4711}, Top: top, Newest: newest}
		single := EntryView{Now: now, Challenge: ch, Entry: e, Rank: 2, Of: 40, Shows: shows}
		if shows == contest.NothingShown {
			v.Top, single.Rank = nil, 0
		}
		body := challengePage(t, v)
		wants(t, body, c.wants...)
		lacks(t, body, c.lacks...)
		body = homePage(t, HomeView{Now: now, Challenges: []Summary{{Challenge: ch, Entries: 2, Tally: v.Tally, Top: newest}}})
		if got, want := strings.Contains(body, "4,711 votes"), shows == contest.ScoresShown; got != want {
			t.Errorf("shows %d: the front page tells votes: %v, want %v", shows, got, want)
		}
		body = entryPage(t, single)
		if got, want := strings.Contains(body, "1,200"), shows == contest.ScoresShown; got != want {
			t.Errorf("shows %d: the photo's page tells its score: %v, want %v", shows, got, want)
		}
		if got, want := strings.Contains(body, "<dt>Rank</dt>"), shows != contest.NothingShown; got != want {
			t.Errorf("shows %d: the photo's page tells its rank: %v, want %v", shows, got, want)
		}
	}
}

func TestACountOfAWhileAgoSaysSo(t *testing.T) {
	v := ChallengeView{Now: now, Challenge: night(), Entries: 1, Tally: Tally{Votes: 3, AsAt: now.Add(-10 * time.Minute)}, Top: []Card{card(1, "one")}}
	wants(t, challengePage(t, v), "3 votes", "Votes as at 22 Nov, 19:50.")
	wants(t, entryPage(t, EntryView{Now: now, Challenge: night(), Entry: sample(), Rank: 1, Of: 1, AsAt: now.Add(-10 * time.Minute)}), "Votes as at 22 Nov, 19:50.")
}

func TestWhatIsNotCertifiedYetIsNoResult(t *testing.T) {
	ch := night()
	ch.Entries.Closes, ch.Votes.Closes = now.Add(-time.Hour), now.Add(-time.Hour)
	ch.Rules.AuditHours, ch.Rules.Winners, ch.Rules.JuryPoints = 24, 1, 5
	v := ChallengeView{Now: now, Challenge: ch, Top: []Card{card(1, "one"), card(2, "two")}}
	body := challengePage(t, v)
	wants(t, body, "Being checked", "Votes are being checked until 23 Nov, 19:00", `<dt>Result</dt>`, "not before", `href="/c/night/results?lang=en"`, "The board", "0 points")
	lacks(t, body, "First place", "The result<")
	lacks(t, entryPage(t, EntryView{Now: now, Challenge: ch, Entry: sample(), Rank: 1, Of: 4}), "Final rank")
	v.Now = now.Add(25 * time.Hour)
	wants(t, challengePage(t, v), "the result comes next")
	v.Challenge.CertifiedAt = now
	lacks(t, challengePage(t, v), "not before")
	wants(t, challengePage(t, v), "Result certified on 22 November 2026", "First place", `href="/c/night/results?lang=en"`)
	wants(t, entryPage(t, EntryView{Now: now, Challenge: v.Challenge, Entry: sample(), Rank: 1, Of: 4}), "Final rank")
}

func TestPrizesStandWhereFansRead(t *testing.T) {
	plain := ChallengeView{Now: now, Challenge: night()}
	lacks(t, challengePage(t, plain), `id="prizes"`)
	plain.Prizes = Prizes{
		List:  []kpi.Prize{{Name: contest.Text{ZH: "手机", EN: "Phone"}, Value: 6499_00, Currency: "CNY", Count: 3, How: kpi.ByDraw}},
		Terms: contest.Text{ZH: "十二月一日公布。", EN: "Drawn on 1 December.\n\nPosted within a week."},
	}
	wants(t, challengePage(t, plain), `id="prizes"`, "<bdi>Phone</bdi>", "3 × CN¥6,499 · by draw", "<p class=\"prose\" dir=\"auto\">Posted within a week.</p>")
}
