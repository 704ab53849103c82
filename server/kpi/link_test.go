package kpi

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

const ownOrigin = "https://photos.example.org"

func TestALandingKeepsWhatWasSaidAndAddsTheRest(t *testing.T) {
	shop := Link{Campaign: "ca_1", Credit: Credit{Channel: "weibo", Partner: "wuhan"}, Target: "https://shop.example.com/p?sku=1&utm_campaign=night%20sky#top"}
	page := Link{Campaign: "ca_1", Credit: Credit{Channel: "news letter"}, Target: "/c/night"}
	for _, c := range []struct {
		link         Link
		asked, token string
		want         string
	}{
		{shop, "", "T", "https://shop.example.com/p?sku=1&utm_campaign=night%20sky&utm_source=weibo&utm_medium=partner&utm_content=wuhan&ff=T#top"},
		{shop, "utm_medium=qr&sku=2&ff=forged&x=%26y", "T",
			"https://shop.example.com/p?sku=1&utm_campaign=night%20sky&utm_medium=qr&x=%26y&utm_source=weibo&utm_content=wuhan&ff=T#top"},
		{page, "", "", ownOrigin + "/c/night?utm_source=news+letter&utm_medium=link&utm_campaign=ca_1"},
		{page, "utm_source=", "T", ownOrigin + "/c/night?utm_source=news+letter&utm_medium=link&utm_campaign=ca_1&ff=T"},
		{page, "broken=%zz", "", ownOrigin + "/c/night?utm_source=news+letter&utm_medium=link&utm_campaign=ca_1"},
		{page, "long=" + strings.Repeat("a", maxAsked), "", ownOrigin + "/c/night?utm_source=news+letter&utm_medium=link&utm_campaign=ca_1"},
		{page, "a=1%0d%0aSet-Cookie:x", "", ownOrigin + "/c/night?a=1%0D%0ASet-Cookie%3Ax&utm_source=news+letter&utm_medium=link&utm_campaign=ca_1"},
	} {
		if got := c.link.Landing(ownOrigin, c.asked, c.token); got != c.want {
			t.Errorf("%s with %q:\n got %s\nwant %s", c.link.Target, c.asked, got, c.want)
		}
	}
}

func TestALinkLeadsNowhereElse(t *testing.T) {
	const pasted = " /c/night "
	for typed, want := range map[string]string{
		"https://shop.example.com/p?a=1#x": "https://shop.example.com/p?a=1#x", pasted: "/c/night", "/": "/",
		ownOrigin + "/c/night": "/c/night", ownOrigin: "/", "https://商店.example/商品": "https://商店.example/商品", "/e/e_1?a=1": "/e/e_1?a=1",
	} {
		if got, err := CheckTarget(typed, ownOrigin); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{
		"", "http://shop.example.com", "javascript:alert(1)", "data:text/html,x", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:", "https://",
		"https:///x", "https:shop.example.com", "https://user:secret@shop.example.com", "c/night", "?a=1", "#a", "https://shop.example.com/a b",
		"https://shop.example.com/\nx", "/t/abcd2345", "/api/v1/session", "/console", "https://shop.example.com/?ff=1", "https://[::1", "mailto:a@example.org",
		"https://shop.example.com/" + strings.Repeat("a", MaxTarget),
	} {
		if got, err := CheckTarget(typed, ownOrigin); !errors.Is(err, ErrTarget) {
			t.Errorf("%q is taken as %q, %v", typed, got, err)
		}
	}
}

func TestACodeTypedFromPaperIsFound(t *testing.T) {
	for _, typed := range []string{"ab0d1v45", "ABOD1V45", "abodlu45", "aboDiV45"} {
		if got := FoldLink(typed); got != "ab0d1v45" {
			t.Errorf("%q: %s", typed, got)
		}
	}
}

func TestWhatALinkIsMissingFor(t *testing.T) {
	p := Plan{Channels: []Channel{{ID: "weibo"}, {ID: "mail"}}, Partners: []contest.Choice{{ID: "wuhan"}}}
	links := []Link{
		{Credit: Credit{Channel: "weibo"}}, {Credit: Credit{Channel: "mail", Partner: "wuhan"}, RetiredAt: time.Unix(1, 0)},
		{Credit: Credit{Channel: "elsewhere", Partner: "wuhan"}},
	}
	var got []string
	for _, l := range Missing(p, links, "/c/night") {
		got = append(got, string(l.Channel)+"/"+string(l.Partner)+l.Target)
	}
	if want := "weibo/wuhan/c/night mail//c/night mail/wuhan/c/night"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := len(Missing(Plan{}, nil, "/")); n != 0 {
		t.Errorf("%d links are missing where no channel is", n)
	}
}

// Wherever a click asks to go, it is led to the target's host, and no header can be broken.
func FuzzLanding(f *testing.F) {
	f.Add("a=1&utm_source=x", "https://shop.example.com/p?a=2#b")
	f.Add("%0a", "/c/night")
	f.Fuzz(func(t *testing.T, asked, typed string) {
		target, err := CheckTarget(typed, ownOrigin)
		if err != nil {
			return
		}
		to := Link{Campaign: "ca_1", Credit: Credit{Channel: "weibo"}, Target: target}.Landing(ownOrigin, asked, "T")
		host := func(address string) string {
			_, rest, _ := strings.Cut(address, "://")
			return rest[:strings.IndexAny(rest+"/", "/?#")]
		}
		if strings.HasPrefix(target, "/") {
			target = ownOrigin + target
		}
		if host(to) != host(target) || strings.ContainsAny(to, "\r\n") {
			t.Errorf("%q with %q leads to %q", typed, asked, to)
		}
	})
}
