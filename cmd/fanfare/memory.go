package main

import (
	"context"
	"runtime/debug"
	"time"
)

// How memory is given back after a rush of browsers.
const (
	rush       = 2_000           // sockets that came or went, which is tens of megabytes
	calm       = 50              // sockets that may come or go between two looks for it to be over
	calmPause  = 2 * time.Second // between two looks
	spareAgain = time.Minute     // between two times: each takes a collection
)

// spare gives memory back to the system after many sockets came or went: connecting takes several times what a connection holds, and the
// collector by itself keeps that for as long as little is allocated.
func (s *server) spare(ctx context.Context) {
	ticker := time.NewTicker(calmPause)
	defer ticker.Stop()
	for t := (tide{}); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if t.turned(s.hub.Stats().Sockets, now) {
				debug.FreeOSMemory()
			}
		}
	}
}

// tide knows how many sockets there were when memory was last given back.
type tide struct {
	spared, before int // sockets: then, and at the look before this one
	at             time.Time
}

// turned reports whether a rush is over.
func (t *tide) turned(sockets int, now time.Time) bool {
	moved := max(sockets-t.before, t.before-sockets)
	t.before = sockets
	if moved > calm || max(sockets-t.spared, t.spared-sockets) < rush || now.Sub(t.at) < spareAgain {
		return false
	}
	t.spared, t.at = sockets, now
	return true
}
