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
	for _, d := range s.Health {
		l := line{Name: d.Name, Status: "ok"}
		if err := timed(r.Context(), d.Check); err != nil {
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

func timed(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return check(ctx)
}
