package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// taken is within what a photo that was taken away is gone for everybody who asks.
const taken = 5 * time.Second

func TestARejectedPhotoIsGoneAtOnceAndBackWhenItIsShownAgain(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	urls := i.renditions(id)
	first := i.get(urls[0], "")
	if caching := first.Header.Get("Cache-Control"); !strings.Contains(caching, "immutable") || !strings.Contains(caching, "s-maxage=") {
		t.Errorf("Cache-Control is %q: browsers keep it, caches on the way ask again", caching)
	}
	tag := map[string]string{"If-None-Match": first.Header.Get("ETag")}
	answers := func(status, known int) func() bool {
		return func() bool {
			for _, url := range urls {
				if i.get(url, "").Status != status {
					return false
				}
			}
			return i.do(request{method: "GET", path: urls[0], header: tag}).Status == known
		}
	}
	if !answers(http.StatusOK, http.StatusNotModified)() {
		t.Error("a published photo is not served")
	}
	e := []contest.EntryID{contest.EntryID(id)}
	rejected := must(i.app.entries.Act(t.Context(), "", e, contest.Rejected, contest.OffTopic, ""))(t)
	i.within(taken, "it is gone, for caches that know its tag as well", answers(http.StatusNotFound, http.StatusNotFound))
	must(i.app.entries.Undo(t.Context(), "", rejected.ID))(t)
	i.within(taken, "it is back", answers(http.StatusOK, http.StatusNotModified))
}

func TestPhotosHaveAHostOfTheirOwnWhereOneIsNamed(t *testing.T) {
	const origin = "http://photos.example.net"
	i := install(t, nil, "--media-url", "http://PHOTOS.example.net:80/")
	id := i.published(i.guest(), "one")
	urls := i.renditions(id)
	path, own := strings.CutPrefix(urls[0], origin)
	if !own {
		t.Fatalf("the API names %s, want an address at %s", urls[0], origin)
	}
	at := func(host, path string) reply {
		t.Helper()
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, i.url+path, nil))(t)
		r.Host = host
		answer := must(client.Do(r))(t)
		answer.Body.Close()
		return reply{Status: answer.StatusCode, Header: answer.Header}
	}
	for _, host := range []string{"photos.example.net", "photos.example.net:80", "Photos.Example.Net"} {
		if r := at(host, path); r.Status != http.StatusOK || r.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(r.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v", host, r.Status, r.Header)
		}
	}
	for _, other := range []string{"/", "/c/night", "/console", "/api/v1/challenges", "/embed.js", "/livez", "/m/", "/assets/page.css"} {
		if r := at("photos.example.net", other); r.Status != http.StatusNotFound {
			t.Errorf("the photos' host has %s: %d", other, r.Status)
		}
	}
	if r := i.get(path, ""); r.Status != http.StatusPermanentRedirect || r.Header.Get("Location") != origin+path {
		t.Errorf("an address of before: %d to %q", r.Status, r.Header.Get("Location"))
	}
	if r := i.get("/m//evil.example/x.jpg", ""); r.Header.Get("Location") != "" {
		t.Errorf("no photo leads to %q", r.Header.Get("Location"))
	}
	page := i.get("/e/"+id, "")
	if !strings.Contains(page.Text, `src="`+origin+"/m/") || strings.Contains(page.Text, `"/m/`) || !strings.Contains(page.Text, `content="`+origin+"/m/") ||
		!strings.Contains(page.Header.Get("Content-Security-Policy"), "img-src 'self' data: blob: "+origin+";") {
		t.Errorf("the page shows or allows photos of another host: %s", page.Header.Get("Content-Security-Policy"))
	}
	if thumb := i.thumb(); !strings.HasPrefix(thumb, origin+"/m/") {
		t.Errorf("a frame names %q", thumb)
	}
}

// thumb is the photo that the first frame of the board names.
func (i *installation) thumb() string {
	i.t.Helper()
	conn, status := i.socket(i.url)
	if conn == nil {
		i.t.Fatalf("socket: %d", status)
	}
	defer conn.Close()
	m := wire.Join{Room: "night"}
	if err := conn.WriteMessage(websocket.BinaryMessage, m.Append(nil)); err != nil {
		i.t.Fatal(err)
	}
	for {
		_, content, err := conn.ReadMessage()
		if err != nil {
			i.t.Fatal(err)
		}
		var frame wire.Frame
		if frame.Decode(content) == nil && len(frame.Cards) > 0 {
			return frame.Cards[0].Thumb
		}
	}
}
