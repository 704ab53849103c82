package page

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// feedOf draws a feed and has a reader of feeds parse it.
func feedOf(t *testing.T, p *Renderer, v FeedView) (*gofeed.Feed, string) {
	t.Helper()
	body := drawn(t, FeedAddress(v.Path, v.Format)+"?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Feed(w, r, v) })
	f, err := gofeed.NewParser().ParseString(body)
	if err != nil {
		t.Fatalf("%s: %v\n%s", v.Format, err, body)
	}
	return f, body
}

// when is the time of an item: of Atom the update, of RSS the publication.
func when(i *gofeed.Item) time.Time {
	if i.PublishedParsed != nil {
		return *i.PublishedParsed
	}
	return *i.UpdatedParsed
}

func TestAFeedTellsTheSameInEveryFormat(t *testing.T) {
	p, v := renderer(t), certified()
	hostile := card(4, "黄鹤楼 <b>&]]>\n#夜景")
	hostile.Author = `<script>alert(1)</script>`
	view := FeedView{Challenge: v.Challenge, Title: "百万 & 夜景", About: ResultsPath("night"), Path: ResultsFeedPath("night"), Items: []FeedItem{
		{Place: v.Top[0], Occasion: WinningEntry, At: now.Add(-time.Minute)},
		{Place: Place{Card: hostile, Shown: true}, Occasion: FeaturedEntry, At: now, Tags: []string{"夜景"}, Rights: "Partners may <i>repost</i>."},
		{Place: Place{Card: hostile, Shown: true}, Occasion: NewEntry, At: now.Add(-time.Hour)},
	}}
	for _, format := range []FeedFormat{Atom, RSS, JSONFeed} {
		view.Format = format
		f, body := feedOf(t, p, view)
		if f.Title != "百万 & 夜景" || f.Language != "en" && format != Atom || f.Link != "https://photos.example.org/c/night/results?lang=en" {
			t.Errorf("%s: %q in %q for %q", format, f.Title, f.Language, f.Link)
		}
		if len(f.Items) != 3 {
			t.Fatalf("%s: %d items, want 3", format, len(f.Items))
		}
		first, second, third := f.Items[0], f.Items[1], f.Items[2]
		if first.Title != "Featured: 黄鹤楼 <b>&]]> #夜景" || !strings.HasPrefix(second.Title, "First prize: ") || third.Title != "黄鹤楼 <b>&]]> #夜景" {
			t.Errorf("%s: titles %q, %q, %q", format, first.Title, second.Title, third.Title)
		}
		if first.GUID == third.GUID || first.Link != third.Link || !when(first).Equal(now) {
			t.Errorf("%s: the same photo on two occasions: %q and %q, %v", format, first.GUID, third.GUID, when(first))
		}
		if !strings.Contains(body, "https://photos.example.org/m/p-1024.jpg") {
			t.Errorf("%s: no picture", format)
		}
		if strings.Contains(first.Content, "<script>") || strings.Contains(first.Content, "<i>") || !strings.Contains(first.Content, "&lt;script&gt;") {
			t.Errorf("%s: what a fan wrote is code: %s", format, first.Content)
		}
	}
}

func TestNothingThatAFanWritesBreaksAFeed(t *testing.T) {
	p, v := renderer(t), certified()
	hostile := card(4, "桥\ufffe\uffff\x00\x08\x1f]]></content:encoded>")
	hostile.Author = "林\ufffe晓\x0b"
	view := FeedView{Challenge: v.Challenge, Title: "t", About: ChallengePath("night"), Path: FeedPath("night"), Items: []FeedItem{
		{Place: Place{Card: hostile, Shown: true}, Occasion: NewEntry, At: now, Tags: []string{"夜\uffff"}, Rights: "\ufffe"},
	}}
	for _, format := range []FeedFormat{Atom, RSS} {
		view.Format = format
		body := drawn(t, FeedAddress(view.Path, format), func(w http.ResponseWriter, r *http.Request) error { return p.Feed(w, r, view) })
		for d := xml.NewDecoder(strings.NewReader(body)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", format, err)
				break
			}
		}
	}
}

func TestAFeedWithoutEntriesIsOneToo(t *testing.T) {
	p, v := renderer(t), certified()
	for _, format := range []FeedFormat{Atom, RSS, JSONFeed} {
		f, _ := feedOf(t, p, FeedView{Challenge: v.Challenge, Format: format, Title: "t", About: ChallengePath("night"), Path: FeedPath("night")})
		if len(f.Items) != 0 {
			t.Errorf("%s: %d items", format, len(f.Items))
		}
	}
}

func TestABoardsFeedStandsBesideTheBoard(t *testing.T) {
	scope := contest.Scope{Kind: contest.CityBoard, ID: "wuhan"}
	if got := FeedAddress(BoardFeedPath("night", scope), RSS); got != "/c/night/feed.rss?board=city%2Fwuhan" {
		t.Errorf("got %s", got)
	}
	if got := FeedAddress(BoardFeedPath("night", contest.Scope{}), Atom); got != "/c/night/feed.atom" {
		t.Errorf("got %s", got)
	}
}

func TestAGrantIsSaidInBothLanguages(t *testing.T) {
	p := renderer(t)
	g := partner.Grant{Outlets: []partner.Outlet{partner.Weibo, partner.WeChat}, Until: time.Date(2027, 11, 22, 16, 0, 0, 0, time.UTC)} // midnight in Shanghai
	for _, c := range []struct {
		lang Lang
		now  time.Time
		want string
	}{
		{"en", now, "Partners may repost this photo until 22 November 2027: Weibo, WeChat."},
		{Chinese, now, "合作伙伴可转发这张照片，授权至 2027年11月22日：微博、微信。"},
		{"en", g.Until, "Partners may not repost this photo."},
	} {
		if got := (&Context{Lang: c.lang, page: p}).Reposting(g, night(), c.now); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAnEntrysAddressIsKnownAndNoOther(t *testing.T) {
	p := renderer(t)
	for address, want := range map[string]contest.EntryID{
		"https://photos.example.org/e/e_1?lang=en":   "e_1",
		"http://photos.example.org/e/e_1":            "e_1",
		"https://photos.example.org/e/e_1/takedown":  "",
		"https://photos.example.org/e/":              "",
		"https://photos.example.org.evil.test/e/e_1": "",
		"https://evil.test/e/e_1":                    "",
		"javascript://photos.example.org/e/e_1":      "",
		"::":                                         "",
	} {
		if got, ok := p.EntryOf(address); got != want && ok {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
