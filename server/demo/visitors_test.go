package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"
)

// follow leads on from a tracked link, with its token.
func (s *fakeServer) follow(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", s.URL+"/c/"+Slug+"?ff=token-of-"+r.PathValue("code"))
	w.WriteHeader(http.StatusFound)
}

// events takes a visitor's report.
func (s *fakeServer) events(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Batch, Challenge, Via string
		Events                []event
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	if err != nil || len(in.Batch) != 32 || in.Challenge != Slug || len(in.Events) < 2 || in.Via != "" && in.Via != "token-of-weibo" {
		s.t.Errorf("got report %+v, %v", in, err)
	}
	s.state(func() { s.seen++ })
	w.WriteHeader(http.StatusNoContent)
}

// order takes an order of the shop.
func (s *fakeServer) order(r *http.Request) (int, any) {
	var in struct {
		Type string
		Data struct {
			Order, Currency string
			Amount          int64
		}
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	bearer := r.Header.Get("Authorization")
	if err != nil || in.Type != "order.paid" || in.Data.Amount <= 0 || in.Data.Order == "" || bearer != "Bearer key" || r.Header.Get("Idempotency-Key") == "" {
		s.t.Errorf("got order %+v by %q, %v", in, bearer, err)
	}
	s.sold++
	return http.StatusOK, map[string]any{}
}

func TestVisitorsComeByLinksLookAndSometimesBuy(t *testing.T) {
	s := newFakeServer(t)
	ctx, leave := context.WithCancel(t.Context())
	pace := hurried
	pace.visit = 200 * time.Microsecond
	done := make(chan error, 1)
	go func() {
		trade := Trade{Links: []string{"weibo"}, Shop: "sh_1", ShopKey: "key"}
		done <- run(ctx, Config{BaseURL: s.URL, Origin: testOrigin, Trade: trade, Logger: slog.New(slog.DiscardHandler)}, pace, sketch)
	}()
	s.eventually(t, "reports and an order", func() bool { return s.seen >= 20 && s.sold >= 1 })
	leave()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
