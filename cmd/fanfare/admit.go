package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fanfare/server/app/campaigns"
	"fanfare/server/app/people"
	"fanfare/server/contest"
	"fanfare/server/live"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// admit answers the live rooms with the use cases' rules.
type admit struct {
	campaigns *campaigns.Service
	people    *people.Service
}

// Origin lets pages of registered sites and our own open a socket.
func (a admit) Origin(ctx context.Context, origin string) error {
	ok, err := a.campaigns.Registered(ctx, origin)
	if err == nil && !ok {
		return live.ErrRefused
	}
	return err
}

// Admit lets a page watch the boards of the campaigns that its site is registered for. A room is named by the challenge's slug
// and, behind a slash, by the board's scope.
func (a admit) Admit(ctx context.Context, origin, room, token string) (live.Ticket, error) {
	slug, scoped, named := strings.Cut(room, "/")
	scope, ok := contest.ParseScope(scoped)
	if !ok || named == (scope == contest.Scope{}) {
		return live.Ticket{}, fmt.Errorf("%w: no board %q", live.ErrRefused, room)
	}
	c, err := a.campaigns.Public(ctx, slug)
	if err == nil {
		_, err = a.campaigns.Embedder(ctx, origin, c.Campaign)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, campaigns.ErrOriginNotRegistered) {
		return live.Ticket{}, fmt.Errorf("%w: %w", live.ErrRefused, err)
	}
	if err != nil {
		return live.Ticket{}, err
	}
	if !c.HasBoard(scope) {
		return live.Ticket{}, fmt.Errorf("%w: no board %q", live.ErrRefused, room)
	}
	ticket := live.Ticket{Board: standing.Key{Challenge: c.ID, Scope: scope}, Room: c.Slug}
	if named {
		ticket.Room += "/" + scope.String()
	}
	if token == "" {
		return ticket, nil
	}
	session, _, err := a.people.Session(ctx, token, origin)
	if errors.Is(err, people.ErrNoSession) || err == nil && session.Challenge != c.ID {
		return live.Ticket{}, live.ErrToken
	}
	ticket.Session = session.TokenHash
	return ticket, err
}

// Ended returns the sessions that are over.
func (a admit) Ended(ctx context.Context, sessions []string) ([]string, error) {
	return a.people.Ended(ctx, sessions)
}
