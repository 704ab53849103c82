package main

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// socket opens a websocket from an origin; the status says why it did not open.
func (i *installation) socket(origins ...string) (*websocket.Conn, int) {
	i.t.Helper()
	header := http.Header{}
	if len(origins) > 0 {
		header["Origin"] = origins
	}
	conn, resp, err := websocket.DefaultDialer.DialContext(i.t.Context(), "ws"+strings.TrimPrefix(i.url, "http")+"/api/v1/live", header)
	if err != nil {
		if resp == nil {
			i.t.Fatalf("open socket: %v", err)
		}
		return nil, resp.StatusCode
	}
	i.t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return conn, http.StatusSwitchingProtocols
}

// ask asks for a room and returns the kind of the first answer, or the close code.
func ask(conn *websocket.Conn, room, token string) (wire.Kind, int) {
	m := wire.Join{Room: room, Token: token}
	conn.WriteMessage(websocket.BinaryMessage, m.Append(nil))
	return heard(conn)
}

// heard returns the kind of the next message that is no pulse, or the close code; -1 where the connection ended without one.
func heard(conn *websocket.Conn) (wire.Kind, int) {
	_, message, err := conn.ReadMessage()
	for err == nil && wire.KindOf(message) == wire.KindPulse {
		_, message, err = conn.ReadMessage()
	}
	if closed, ok := err.(*websocket.CloseError); ok {
		return 0, closed.Code
	}
	if err != nil {
		return 0, -1
	}
	return wire.KindOf(message), 0
}

// CHECKS 29: a page of another site gets no socket, whatever it says of itself.
func TestSocketsOpenForRegisteredOriginsOnly(t *testing.T) {
	i := install(t, nil)
	for name, origins := range map[string][]string{
		"none": nil, "null": {"null"}, "empty": {""}, "a longer host": {"https://host.example.evil.org"}, "a shorter one": {"https://ost.example"}, "a prefix": {"https://xhost.example"},
		"another scheme": {"http://host.example"}, "another port": {"https://host.example:8443"}, "its own port": {"https://host.example:443"}, "upper case": {"https://HOST.example"},
		"a path": {"https://host.example/"}, "a user": {"https://host.example@evil.example"}, "a dot": {"https://host.example."}, "two": {hostOrigin, "https://evil.example"},
		"two in one": {hostOrigin + ", https://evil.example"}, "a space": {hostOrigin + " " + "x"}, "ours over HTTPS": {strings.Replace(i.url, "http:", "https:", 1)}, "file": {"file://"},
	} {
		if conn, status := i.socket(origins...); conn != nil || status != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, status)
		}
	}
	for _, origin := range []string{hostOrigin, i.url} {
		conn, status := i.socket(origin)
		if conn == nil {
			t.Errorf("%s: status %d", origin, status)
			continue
		}
		if kind, code := ask(conn, "night", ""); kind != wire.KindFrame {
			t.Errorf("%s: kind %d, closed with %d, want a frame", origin, kind, code)
		}
	}
}

// CHECKS 29: a registered site watches the rooms of its campaign, and a session is good in its own challenge.
func TestSocketsStayInTheirCampaignAndChallenge(t *testing.T) {
	i := install(t, nil)
	launch := func(campaign contest.CampaignID, slug string) {
		c := i.challenge
		c.Campaign, c.Slug = campaign, slug
		c = must(i.app.campaigns.Create(t.Context(), c))(t)
		if problems := must(i.app.campaigns.Launch(t.Context(), c.ID, c.Hash()))(t); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	other := must(i.app.campaigns.CreateCampaign(t.Context(), "", contest.Text{ZH: "别", EN: "Other"}))(t)
	launch(other.ID, "elsewhere")
	launch(i.challenge.Campaign, "sibling")
	draft := i.challenge
	draft.Slug = "draft"
	must(i.app.campaigns.Create(t.Context(), draft))(t)
	guest := i.guest()
	cases := []struct {
		claim, room, token string
		kind               wire.Kind
		code               int
	}{
		{"another campaign's room", "elsewhere", "", 0, wire.CloseRefused},
		{"a draft", "draft", "", 0, wire.CloseRefused},
		{"a room that is not there", "nowhere", "", 0, wire.CloseRefused},
		{"no room", "", "", 0, wire.CloseRefused},
		{"the campaign's other challenge", "sibling", "", wire.KindFrame, 0},
		{"a session of another challenge", "sibling", guest, 0, wire.CloseRevoked},
		{"a session of another origin", "night", guest, 0, wire.CloseRevoked},
		{"a made-up session", "night", "x", 0, wire.CloseRevoked},
	}
	for _, c := range cases {
		conn, _ := i.socket(hostOrigin)
		if kind, code := ask(conn, c.room, c.token); kind != c.kind || code != c.code {
			t.Errorf("%s: got kind %d, code %d; want %d, %d", c.claim, kind, code, c.kind, c.code)
		}
	}
	conn, _ := i.socket(i.url)
	if kind, code := ask(conn, "night", guest); kind != wire.KindFrame {
		t.Errorf("the guest's own room: closed with %d", code)
	}
}

// CHECKS 30: a site that is taken off the register watches no longer; others do.
func TestSocketsOfADeletedSiteAreClosedWithinFiveSeconds(t *testing.T) {
	i := install(t, nil)
	theirs, _ := i.socket(hostOrigin)
	ours, _ := i.socket(i.url)
	for _, conn := range []*websocket.Conn{theirs, ours} {
		if kind, code := ask(conn, "night", ""); kind != wire.KindFrame {
			t.Fatalf("closed with %d", code)
		}
	}
	if err := i.app.campaigns.DeleteSite(t.Context(), i.site.ID); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if kind, code := heard(theirs); kind != 0 || code != wire.CloseRefused || time.Since(began) > 6*time.Second {
		t.Errorf("got kind %d, code %d after %v; want it closed with %d within 5 s", kind, code, time.Since(began), wire.CloseRefused)
	}
	i.published(i.guest(), "one")
	if kind, code := heard(ours); kind != wire.KindFrame {
		t.Errorf("our own page was closed with %d", code)
	}
}

// CHECKS 31: whoever breaks the protocol is told so and put out; a neighbour sees nothing of it.
func TestHostileFramesEndTheirOwnSocketOnly(t *testing.T) {
	i := install(t, nil)
	id, voter := i.published(i.guest(), "one"), i.guest()
	neighbour, _ := i.socket(i.url)
	if kind, code := ask(neighbour, "night", ""); kind != wire.KindFrame {
		t.Fatalf("closed with %d", code)
	}
	masked := func(head byte, size int) []byte { // of zeroes, masked with zeroes
		b := []byte{head, 0x80 | 126, byte(size >> 8), byte(size), 0, 0, 0, 0}
		return append(b, make([]byte, size)...)
	}
	for name, c := range map[string]struct {
		bytes []byte
		codes []int
	}{
		"text":                      {[]byte("\x81\x82\x00\x00\x00\x00hi"), []int{1003}},
		"text of bad UTF-8":         {[]byte("\x81\x82\x00\x00\x00\x00\xff\xfe"), []int{1007}},
		"an unknown message":        {[]byte("\x82\x82\x00\x00\x00\x00\x63\x63"), []int{wire.CloseProtocol}},
		"an empty message":          {[]byte("\x82\x80\x00\x00\x00\x00"), []int{wire.CloseProtocol}},
		"a huge message":            {masked(0x82, 60000), []int{1009}},
		"a message of 2^63":         {[]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"), []int{1002, 1009}},
		"unmasked":                  {[]byte("\x82\x02hi"), []int{1002}},
		"reserved bits":             {[]byte("\xf2\x82\x00\x00\x00\x00hi"), []int{1002}},
		"a continuation of nothing": {[]byte("\x80\x82\x00\x00\x00\x00hi"), []int{1002}},
		"a huge ping":               {masked(0x89, 200), []int{1002}},
		"a storm of fragments":      {append([]byte("\x02\x81\x00\x00\x00\x00a"), bytes.Repeat([]byte("\x00\x80\x00\x00\x00\x00"), 5000)...), []int{1002, 1008, 1009}},
		"a storm of pings":          {bytes.Repeat([]byte("\x89\x80\x00\x00\x00\x00"), 5000), []int{1008}},
	} {
		conn, _ := i.socket(i.url)
		if conn == nil {
			t.Fatalf("%s: no socket", name)
		}
		go io.Copy(conn.NetConn(), bytes.NewReader(c.bytes))
		code := 0
		for kind := wire.Kind(1); kind != 0; {
			kind, code = heard(conn)
		}
		if !slices.Contains(c.codes, code) {
			t.Errorf("%s: closed with %d, want one of %v", name, code, c.codes)
		}
	}
	i.vote("PUT", id, voter)
	if kind, code := heard(neighbour); kind != wire.KindFrame {
		t.Errorf("the neighbour was closed with %d", code)
	}
}
