package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/bus/bustest"
	"fanfare/server/contest"
	"fanfare/server/store/storetest"
	"fanfare/widget/wire"
)

// Two replicas share PostgreSQL and NATS, and fans vote at both: whichever a reader watches, every board ends the same, and as
// the log has it.
func TestFramesOfTwoReplicasEndEqual(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, NATS and two replicas; run without -short")
	}
	if onPostgres {
		t.Skip("has its own backends in either run")
	}
	i := install(t, func(c *contest.Challenge) {
		c.Rules.VotesPerPeriod = 1000
		c.Cities = []contest.Choice{{ID: "shanghai", Name: contest.Text{ZH: "上海", EN: "Shanghai"}}, {ID: "hangzhou", Name: contest.Text{ZH: "杭州", EN: "Hangzhou"}}}
	}, "--db", storetest.StartPostgres(t, "fsync=on", "full_page_writes=on").NewDatabase(t), "--media", "dir:"+filepath.Join(t.TempDir(), "media"),
		"--bus", bustest.StartNATS(t).URL())
	var entries []string
	for n := range 12 {
		entries = append(entries, i.publishedFrom(i.guest(), fmt.Sprint("#江边 ", n), []string{"shanghai", "hangzhou"}[n%2], ""))
	}
	i.close()
	replicas := []*replica{i.replica(t.TempDir()), i.replica(t.TempDir())}
	for _, r := range replicas {
		r.start()
	}
	shown := map[string][2]*atomic.Pointer[wire.Frame]{}
	for _, room := range []string{"night", "night/city/shanghai", "night/tag/江边", "night/friends/2.3.5", "night/cities", "night/cities/average"} {
		shown[room] = [2]*atomic.Pointer[wire.Frame]{newestFrame(t, replicas[0].url, room), newestFrame(t, replicas[1].url, room)}
	}
	c := newCrowd(entries, replicas[0].url, replicas[1].url)
	stop := c.run(t.Context(), 16, 0, nil)
	i.within(time.Minute, "fans have voted", func() bool { return c.acknowledged() >= 1500 })
	stop()
	var leaves []contest.Leaf
	var differs string
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("last seen to differ:", differs)
		}
	})
	i.eventually("what was under way has ended, and both replicas show what the log has", func() bool {
		leaves = i.leaves() // each time, because a vote whose fan went away may still come
		for room, frames := range shown {
			if differs = difference(frames[0].Load(), frames[1].Load(), leaves, !strings.Contains(room, "cities")); differs != "" {
				return false
			}
		}
		return true
	})
	c.verify(t, leaves)
}

// difference says in what the newest frames of two replicas differ from each other or from the log; empty where they do not. The
// rows of ranked boards are entries.
func difference(one, other *wire.Frame, leaves []contest.Leaf, ranked bool) string {
	if one.Room == "" || !reflect.DeepEqual(told(one), told(other)) {
		return fmt.Sprintf("%+v and %+v", told(one), told(other))
	}
	if one.Room == "night" && one.Votes != uint64(len(leaves)) {
		return fmt.Sprintf("%d votes, the log has %d", one.Votes, len(leaves))
	}
	tallies, err := contest.Recount(leaves)
	if err != nil {
		return err.Error()
	}
	for _, row := range one.Rows {
		if want := tallies[contest.EntryNumber(row.Number)].Score; ranked && row.Score != uint64(want) {
			return fmt.Sprintf("%s: entry %d has %d votes, the log %d", one.Room, row.Number, row.Score, want)
		}
	}
	return ""
}

// told is what a frame says of the board: not which replica cut it, nor what was new since its frame before.
func told(f *wire.Frame) wire.Frame {
	return wire.Frame{Room: f.Room, Shows: f.Shows, AsAt: f.AsAt, Entries: f.Entries, Votes: f.Votes, Rows: f.Rows}
}

// newestFrame watches a room until the test ends.
func newestFrame(t *testing.T, base, room string) *atomic.Pointer[wire.Frame] {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/api/v1/live", http.Header{"Origin": {hostOrigin}})
	if err != nil {
		t.Fatal(err)
	}
	newest, ended := new(atomic.Pointer[wire.Frame]), make(chan struct{})
	newest.Store(&wire.Frame{})
	go func() {
		defer close(ended)
		for {
			_, message, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if f := new(wire.Frame); f.Decode(message) == nil {
				newest.Store(f)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-ended })
	join := wire.Join{Room: room}
	if err := conn.WriteMessage(websocket.BinaryMessage, join.Append(nil)); err != nil {
		t.Fatal(err)
	}
	return newest
}
