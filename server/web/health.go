package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// checkTime is how long one backend may take to answer before it counts as down.
const checkTime = 2 * time.Second

// readyz tells a balancer whether to send requests here, and an operator which backend ails: "ok", "degraded" (a backend
// that the server can do without), "down".
func (s *site) readyz(w http.ResponseWriter, r *http.Request) {
	type line struct {
		Name   string `json:"name"`
		Status string `json:"status"`
		Error  string `json:"error,omitempty"`
	}
	answer := struct {
		Status       string `json:"status"`
		Dependencies []line `json:"dependencies"`
	}{Status: "ok"}
	for i, err := range Examine(r.Context(), s.Health) {
		d := s.Health[i]
		l := line{Name: d.Name, Status: "ok"}
		if err != nil {
			s.Log.Warn("backend does not answer", "backend", d.Name, "err", err)
			l.Error = "does not answer; see the log"
			l.Status = "degraded"
			if d.Needed {
				l.Status, answer.Status = "down", "down"
			} else if answer.Status == "ok" {
				answer.Status = "degraded"
			}
		}
		answer.Dependencies = append(answer.Dependencies, l)
	}
	status := http.StatusOK
	if !s.Ready() {
		answer.Status = "draining"
	}
	if answer.Status == "down" || answer.Status == "draining" {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// Examine asks all backends at the same time, each for checkTime at most, and returns what each answered, in order.
func Examine(ctx context.Context, backends []Dependency) []error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	answers := make([]chan error, len(backends))
	for i, b := range backends {
		answers[i] = make(chan error, 1) // with room, so that one who answers too late still ends
		go func() { answers[i] <- b.Check(ctx) }()
	}
	errs := make([]error, len(backends))
	for i, answer := range answers {
		select {
		case errs[i] = <-answer:
		case <-ctx.Done():
			errs[i] = answered(answer, ctx.Err())
		}
	}
	return errs
}

// answered returns an answer that is there already, and late otherwise: the time that one backend took is no fault of
// the next.
func answered(answer <-chan error, late error) error {
	select {
	case err := <-answer:
		return err
	default:
		return late
	}
}
