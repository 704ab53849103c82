package live

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Each socket is looked at once, at the first turn to its tick or a later one, as in a list that is searched through.
func TestAWheelLooksAtEachSocketWhenItsTimeHasCome(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		var w wheel
		set := map[*socket]int64{} // the naive wheel
		var sockets []*socket
		for range 40 {
			sockets = append(sockets, &socket{})
		}
		for range 500 {
			switch s := sockets[random.IntN(len(sockets))]; random.IntN(4) {
			case 0, 1:
				tick := w.turned + random.Int64N(wheelSlots+20) - 10
				w.set(s, tick)
				set[s] = min(max(tick, w.turned+1), w.turned+wheelSlots-1)
			case 2:
				w.remove(s)
				delete(set, s)
			default:
				to := w.turned + random.Int64N(5)
				var looked []*socket
				w.turn(to, func(s *socket) { looked = append(looked, s) })
				for s, tick := range set {
					if due := tick <= to; due != slices.Contains(looked, s) {
						t.Fatalf("seed %d: turned to %d: a socket set to %d was looked at: %v", seed, to, tick, !due)
					} else if due {
						delete(set, s)
						looked = slices.DeleteFunc(looked, func(other *socket) bool { return other == s })
					}
				}
				if len(looked) > 0 {
					t.Fatalf("seed %d: turned to %d: %d sockets were looked at twice, or were not set", seed, to, len(looked))
				}
			}
		}
	}
}

func TestAWheelThatStoodStillForLongLooksAtEachSocketOnce(t *testing.T) {
	var w wheel
	s, looks := &socket{}, 0
	w.set(s, 3)
	w.turn(1_000_000, func(*socket) { looks++ })
	if looks != 1 || w.turned != 1_000_000 {
		t.Errorf("looked %d times and turned to %d, want once and 1000000", looks, w.turned)
	}
}
