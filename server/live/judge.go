package live

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// judge asks whether those who watch still may, and puts out who may not: a site can be taken off the register, and a session end, at
// any replica.
func (h *Hub) judge() {
	h.guarded("judge views", h.judgeViews)
	h.guarded("judge sessions", h.judgeSessions)
}

// every does something again and again, until the hub ends.
func (h *Hub) every(pause time.Duration, do func()) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}

// guarded does something within the time for an answer. A panic of Admit puts nobody out.
func (h *Hub) guarded(doing string, do func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			h.logger.Error(doing+": panic", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(h.ctx, h.timing.admit)
	defer cancel()
	do(ctx)
}

// view is what pages of one origin watch.
type view struct {
	origin    string
	challenge contest.ChallengeID
}

// judgeViews closes the sockets of pages that may not watch their challenge any more. Whatever fails is no refusal.
func (h *Hub) judgeViews(ctx context.Context) {
	views := map[view]string{} // to the name of one of its rooms
	h.eachJoined(func(s *socket, t *Ticket) { views[view{s.origin, t.Board.Challenge}] = t.Room })
	maps.DeleteFunc(views, func(v view, room string) bool {
		_, err := h.admit.Admit(ctx, v.origin, room, "")
		return !errors.Is(err, ErrRefused)
	})
	if len(views) == 0 {
		return
	}
	h.eachJoined(func(s *socket, t *Ticket) {
		if _, refused := views[view{s.origin, t.Board.Challenge}]; refused {
			s.shut(ending{code: wire.CloseRefused})
		}
	})
}

// judgeSessions closes the sockets whose session is over: whoever watches without one comes back without it.
func (h *Hub) judgeSessions(ctx context.Context) {
	sessions := map[string]bool{} // whether it is over
	h.eachJoined(func(_ *socket, t *Ticket) {
		if t.Session != "" {
			sessions[t.Session] = false
		}
	})
	if len(sessions) == 0 {
		return
	}
	ended, err := h.admit.Ended(ctx, slices.Collect(maps.Keys(sessions)))
	if err != nil {
		if h.ctx.Err() == nil {
			h.logger.Warn("judge sessions", "error", err)
		}
		return
	}
	if len(ended) == 0 {
		return
	}
	for _, session := range ended {
		sessions[session] = true
	}
	h.eachJoined(func(s *socket, t *Ticket) {
		if sessions[t.Session] {
			s.shut(ending{code: wire.CloseRevoked})
		}
	})
}
