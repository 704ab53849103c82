package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

// reposted is an office whose entry was posted by its partner, read about in a report that others may read too, and voted for.
type reposted struct {
	*office
	code   string   // of the tracked link
	photos []string // addresses of the renditions
	report string   // the shared one's path
}

const weiboPost = "https://weibo.com/7012345678/Nh4xQz1ab"

// caption is a word of the entry's that is nobody else's.
const caption = "江上的桥"

var linkInText = regexp.MustCompile(`/t/(\w+)`)

func newReposted(t *testing.T) *reposted {
	t.Helper()
	r := &reposted{office: openOffice(t)}
	r.allow(`"weibo","x"`)
	r.want("vote", r.vote("PUT", r.entry, r.guest()), http.StatusOK, "")
	found := linkInText.FindStringSubmatch(r.kit(r.wuhan, "?outlet=weibo").Text)
	if found == nil {
		t.Fatal("the kit has no tracked link")
	}
	r.code = found[1]
	posted := r.do(request{
		method: "POST", path: "/console/partner/entries/" + r.entry + "/posted", origin: r.url, header: map[string]string{"Cookie": r.wuhan},
		kind: "application/x-www-form-urlencoded", body: []byte(url.Values{"post_address": {weiboPost}}.Encode()),
	})
	r.want("tell of the post", posted, http.StatusSeeOther, "")
	r.report = "/r/" + must(r.app.reports.Share(t.Context(), "", r.challenge.Campaign, "the board", 7))(t)
	for _, rendition := range must(r.app.entries.Entry(t.Context(), contest.EntryID(r.entry)))(t).Photo.Renditions {
		r.photos = append(r.photos, "/m/"+rendition.Key)
	}
	return r
}

// as reads an address as somebody who is signed in.
func (r *reposted) as(cookie, path string) reply {
	r.t.Helper()
	return r.do(request{method: "GET", path: path, header: map[string]string{"Cookie": cookie, "Accept-Encoding": "identity"}, raw: true})
}

// inside is what an address says, the files of an archive among it.
func inside(t *testing.T, r reply) string {
	t.Helper()
	if !strings.HasPrefix(r.Text, "PK") {
		return r.Text
	}
	var all strings.Builder
	for _, content := range unzipped(t, r.Text) {
		all.Write(content)
	}
	return all.String()
}

// places are where partners see the entry, and where others do who have a link or an account, each with whose cookie it asks.
func (r *reposted) places() (partners, others map[string]string) {
	partners, others = map[string]string{}, map[string]string{}
	entry, campaign := "/console/partner/entries/"+r.entry, "/console/campaigns/"+string(r.challenge.Campaign)
	for _, path := range []string{"/console/partner", "/console/partner/reposts", entry + "/kit", entry + "/kit.zip", entry + "/posted"} {
		partners[path] = r.wuhan
	}
	for _, format := range []string{"atom", "rss", "json"} {
		partners["/c/night/partners/wuhan/feed."+format] = ""
		others["/c/night/feed."+format] = ""
	}
	for _, path := range []string{campaign + "/report", campaign + "/report.xlsx", campaign + "/report.zip", campaign + "/reposts"} {
		others[path] = r.admin
	}
	for _, path := range []string{"/e/" + r.entry, "/c/night", "/oembed?url=" + url.QueryEscape(r.url+"/e/"+r.entry), r.report, r.report + "/report.xlsx", r.report + "/report.zip"} {
		others[path] = ""
	}
	return partners, others
}

// tells reports whether an address shows the entry: its page, its photo or its words.
func (r *reposted) tells(path, cookie string) bool {
	r.t.Helper()
	answer := r.as(cookie, path)
	text := inside(r.t, answer)
	return strings.HasSuffix(path, "kit.zip") && answer.Status == http.StatusOK || strings.Contains(text, caption) || strings.Contains(text, "/m/"+r.entry) || strings.Contains(text, "Li 李")
}

// silent holds that no place shows the entry any more, from the first moment.
func (r *reposted) silent(places map[string]string) {
	r.t.Helper()
	for _, path := range slices.Sorted(maps.Keys(places)) {
		if r.tells(path, places[path]) {
			r.t.Errorf("%s still shows it", path)
		}
	}
}

// asked holds that the partner is asked to take its post down: on both sides' lists, and by a letter, which names the fan only where
// the entry stays public.
func (r *reposted) asked(public bool) {
	r.t.Helper()
	for path, cookie := range map[string]string{"/console/partner/reposts": r.wuhan, "/console/campaigns/" + string(r.challenge.Campaign) + "/reposts": r.admin} {
		r.within(time.Minute, path+" asks for the takedown", func() bool {
			text := r.as(cookie, path).Text
			return strings.Contains(text, "posts-due") && strings.Contains(text, weiboPost)
		})
	}
	deadline := time.After(time.Minute)
	for {
		select {
		case letter := <-r.mail.Letters:
			if letter.To != "wuhan@example.org" || !strings.Contains(letter.Text, weiboPost) {
				continue // of another kind
			}
			if all := letter.Text + letter.HTML; !public && (strings.Contains(all, "Li 李") || strings.Contains(all, caption)) {
				r.t.Errorf("the letter tells of the fan:\n%s", letter.Text)
			}
			return
		case <-deadline:
			r.t.Fatal("the partner got no letter in a minute")
		}
	}
}

// CHECKS 61, 62: what a fan takes back in the middle of a partner's work, or what they allowed until then, is shown by nothing that
// partners, visitors or readers of reports can open, from that moment, and the partner is asked to take down what it posted.
func TestWhatAFanTakesBackIsShownNowhereAndItsPostsAreAskedDown(t *testing.T) {
	for name, c := range map[string]struct {
		take   func(r *reposted) reply
		status int
		public bool // it stays public, and only partners lose it
	}{
		"the permission is taken back": {take: func(r *reposted) reply {
			r.allow("")
			return reply{Status: http.StatusOK}
		}, status: http.StatusOK, public: true},
		"the outlet is taken out of it": {take: func(r *reposted) reply {
			r.allow(`"x"`)
			return reply{Status: http.StatusOK}
		}, status: http.StatusOK, public: true},
		"the term is over": {take: func(r *reposted) reply {
			over := time.Now().Add(-2 * time.Minute).UnixMilli()
			if err := r.beside(fmt.Sprint("UPDATE grants SET until = ", over), "UPDATE jobs SET due_at = 0 WHERE kind = 'rights'"); err != nil {
				r.t.Fatal(err)
			}
			mine := r.get("/api/v1/entries/"+r.entry, r.fan)
			if !strings.Contains(mine.Text, `"over":true`) {
				r.t.Errorf("the fan is told %s, want that the term is over", mine.Text)
			}
			return mine
		}, status: http.StatusOK, public: true},
		"the entry is withdrawn": {take: func(r *reposted) reply {
			return r.do(request{method: "DELETE", path: "/api/v1/entries/" + r.entry, token: r.fan})
		}, status: http.StatusNoContent},
		"the fan is erased": {take: func(r *reposted) reply {
			return r.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: r.fan})
		}, status: http.StatusNoContent},
		"whoever is shown objects": {take: func(r *reposted) reply {
			return r.post("/api/v1/entries/"+r.entry+"/takedowns", "", map[string]string{"contact": "wang@example.org", "statement": "照片里是我"})
		}, status: http.StatusCreated},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReposted(t)
			partners, others := r.places()
			r.eventually("the report shows the entry", func() bool { return r.tells(r.report, "") })
			for _, places := range []map[string]string{partners, others} {
				for path, cookie := range places {
					if !r.tells(path, cookie) {
						t.Errorf("%s does not show it before", path)
					}
				}
			}
			taken := c.take(r)
			r.want("take it back", taken, c.status, "")
			switch {
			case name == "the outlet is taken out of it":
				r.narrowed()
			case c.public:
				r.silent(partners)
			default:
				r.silent(partners)
				r.silent(others)
				r.leadsNowhere()
			}
			r.asked(c.public)
		})
	}
}

// narrowed holds that the kit has nothing for an outlet that is allowed no more.
func (r *reposted) narrowed() {
	r.t.Helper()
	for _, part := range []string{"/weibo/grid.jpg", "/weibo/qr.png"} {
		if got := r.kit(r.wuhan, part); got.Status != http.StatusNotFound {
			r.t.Errorf("kit%s: %d", part, got.Status)
		}
	}
	for name := range unzipped(r.t, r.kit(r.wuhan, ".zip").Text) {
		if strings.Contains(name, "/weibo/") {
			r.t.Errorf("the kit has %s", name)
		}
	}
}

// leadsNowhere holds that the link of the post, which stays on the platform until the partner acts, leads to nothing of the entry, and
// that its photos are gone within a minute.
func (r *reposted) leadsNowhere() {
	r.t.Helper()
	click := r.click(http.MethodGet, "/t/"+r.code, nil)
	to, err := url.Parse(click.Header.Get("Location"))
	if err != nil || click.Status != http.StatusFound {
		r.t.Fatalf("the link: %d %v", click.Status, err)
	}
	if landed := r.get(to.RequestURI(), ""); landed.Status != http.StatusNotFound && landed.Status != http.StatusGone || strings.Contains(landed.Text, "Li 李") {
		r.t.Errorf("the link leads to %s: %d", to.Path, landed.Status)
	}
	r.within(time.Minute, "the photos are gone", func() bool {
		return !slices.ContainsFunc(r.photos, func(path string) bool { return r.get(path, "").Status == http.StatusOK })
	})
}
