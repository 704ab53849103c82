package main

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// One socket goes from board to board; each room is named by its board's one name, and shows that board.
func TestEveryBoardHasARoomOfItsOwnOnTheSameSocket(t *testing.T) {
	i := install(t, twoCities)
	author := i.guest()
	first := i.publishedFrom(author, "one #night", "wuhan", "lens")
	i.publishedFrom(i.guest(), "two #night", "xian", "film")
	if r := i.vote(http.MethodPut, first, i.guest()); r.Status != http.StatusOK {
		t.Fatalf("vote: %d %s", r.Status, r.Text)
	}
	conn, _ := i.socket(i.url)
	for _, c := range []struct {
		asked, room string
		rows        []uint64
	}{
		{"night", "night", []uint64{1, 2}},
		{"night/city/xian", "night/city/xian", []uint64{2}},
		{"night/partner/lens", "night/partner/lens", []uint64{1}},
		{"night/tag/NIGHT", "night/tag/night", []uint64{1, 2}},
		{"night/tag/day", "night/tag/day", nil},
		{"night/rising", "night/rising", []uint64{1}},
		{"night/friends/2.1", "night/friends/1.2", []uint64{1, 2}},
		{"night/cities", "night/cities", []uint64{1, 2}},
		{"night/partners/average", "night/partners/average", []uint64{1, 2}},
		{"night", "night", []uint64{1, 2}},
	} {
		f := enter(t, conn, c.asked, c.room)
		var rows []uint64
		for _, row := range f.Rows {
			rows = append(rows, row.Number)
		}
		if !slices.Equal(rows, c.rows) || len(rows) > 0 && c.rows[0] == 1 && f.Rows[0].Score == 0 && c.room != "night/partners/average" {
			t.Errorf("%s: got rows %v, want %v", c.asked, f.Rows, c.rows)
		}
	}
}

// enter joins a room and returns its first frame, past those of the room before.
func enter(t *testing.T, conn *websocket.Conn, asked, room string) (f wire.Frame) {
	t.Helper()
	m := wire.Join{Room: asked}
	if err := conn.WriteMessage(websocket.BinaryMessage, m.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%s: %v", asked, err)
		}
		if f.Decode(message) == nil && f.Room == room {
			return f
		}
	}
}

// CHECKS 29: there is no room for what no board is.
func TestThereAreRoomsForBoardsAlone(t *testing.T) {
	i := install(t, twoCities)
	for _, room := range []string{
		"night/", "night/city", "night/city/", "night/city/paris", "night/city/wuhan/x", "night/partner/none", "night/rising/1", "night/cities/sum",
		"night/friends/", "night/friends/0", "night/friends/x", "night/tag/", "night/tag/ ", "night/moon", "/night", "/",
	} {
		conn, _ := i.socket(i.url)
		if kind, code := ask(conn, room, ""); kind != 0 || code != wire.CloseRefused {
			t.Errorf("%q: got kind %d, code %d; want it closed with %d", room, kind, code, wire.CloseRefused)
		}
	}
}

// CHECKS 30: whose session ends while they watch is told so, and comes back without it.
func TestSocketsOfAnEndedSessionAreClosedWithinFiveSeconds(t *testing.T) {
	i := install(t, nil)
	leaver, other := i.guest(), i.guest()
	theirs, _ := i.socket(i.url)
	ours, _ := i.socket(i.url)
	for conn, token := range map[*websocket.Conn]string{theirs: leaver, ours: other} {
		if kind, code := ask(conn, "night", token); kind != wire.KindFrame {
			t.Fatalf("closed with %d", code)
		}
	}
	if r := i.do(request{method: http.MethodDelete, path: "/api/v1/me?confirm=everything", token: leaver}); r.Status/100 != 2 {
		t.Fatalf("erase: %d %s", r.Status, r.Text)
	}
	began := time.Now()
	if kind, code := heard(theirs); kind != 0 || code != wire.CloseRevoked || time.Since(began) > 6*time.Second {
		t.Errorf("got kind %d, code %d after %v; want it closed with %d within 5 s", kind, code, time.Since(began), wire.CloseRevoked)
	}
	i.published(other, "one")
	if kind, code := heard(ours); kind != wire.KindFrame {
		t.Errorf("another's socket was closed with %d", code)
	}
}
