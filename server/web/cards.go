package web

import (
	"context"
	"sync"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/standing"
)

// maxLocated bounds of how many entries it is known in which challenge they are, about 10 MB; beyond that all are asked for anew.
const maxLocated = 100_000

// located says of entries which challenge they are in, and as what number. Neither ever changes, so only what is there is kept;
// whether it may be seen, its board tells.
type located struct {
	mu    sync.RWMutex
	known map[contest.EntryID]location // guarded by mu
}

type location struct {
	challenge contest.ChallengeID
	number    contest.EntryNumber
}

func newLocated() *located { return &located{known: map[contest.EntryID]location{}} }

func (l *located) find(id contest.EntryID) (location, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	at, ok := l.known[id]
	return at, ok
}

func (l *located) keep(e contest.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLocated {
		clear(l.known)
	}
	l.known[e.ID] = location{e.Challenge, e.Number}
}

// public returns a published entry with its challenge and its place: all of it from memory where that has it. Anything else is
// store.ErrNotFound.
func (s *site) public(ctx context.Context, id contest.EntryID) (c contest.Challenge, e contest.Entry, p standing.Place, err error) {
	if at, ok := s.located.find(id); ok {
		c, e, err = s.onBoard(ctx, at, id)
	}
	if err == nil && e.ID == "" {
		c, e, err = s.stored(ctx, id)
	}
	if err != nil {
		return c, e, p, err
	}
	rankOf, err := s.rankOf(ctx, c, contest.Scope{})
	if err != nil {
		return c, e, p, err
	}
	p, _, err = rankOf(e.Number)
	return c, e, p, err
}

// onBoard returns an entry by its row on the board of all; a zero one where that has it not, or not all of it.
func (s *site) onBoard(ctx context.Context, at location, id contest.EntryID) (contest.Challenge, contest.Entry, error) {
	c, err := s.Campaigns.Launched(ctx, at.challenge)
	if err != nil {
		return c, contest.Entry{}, err
	}
	board, on, err := s.Boards.Around(ctx, standing.Overall(c.ID), at.number, 0)
	if err != nil || !on || !board.Rows[0].HasCard || board.Rows[0].Entry != id {
		return c, contest.Entry{}, err
	}
	return c, entryOf(c.ID, board.Rows[0]), nil
}

// entryOf is what a row's card says of its entry.
func entryOf(c contest.ChallengeID, row standing.Row) contest.Entry {
	return contest.Entry{
		ID: row.Entry, Challenge: c, Number: row.Number, Status: contest.Published, Caption: row.Caption, Author: row.Author, City: row.City,
		Partner: row.Partner, Tags: row.Tags, SubmittedAt: row.SubmittedAt, Photo: row.Photo, Score: row.Score,
	}
}

// stored returns an entry as the database has it, and keeps in mind where it is.
func (s *site) stored(ctx context.Context, id contest.EntryID) (contest.Challenge, contest.Entry, error) {
	e, err := s.Entries.Visible(ctx, nil, id)
	if err != nil {
		return contest.Challenge{}, e, err
	}
	s.located.keep(e)
	c, err := s.Campaigns.Launched(ctx, e.Challenge)
	return c, e, err
}

type cardInput struct {
	EntryInput
	Conditional
}

// readEntry answers all who have no session alike.
func (s *site) readEntry(ctx context.Context, in *cardInput) (*renderedOutput, error) {
	viewer, err := s.viewer(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	id := contest.EntryID(in.ID)
	if viewer != nil {
		out, err := once(Conditional{AcceptEncoding: in.AcceptEncoding}, func() (any, error) { return s.bodyFor(ctx, viewer, id) })
		return out, s.answer(ctx, err)
	}
	render := func() (any, error) { return s.publicBody(ctx, id) }
	board, ok := s.undecided(ctx, id)
	if !ok {
		out, err := once(in.Conditional, render)
		return out, s.answer(ctx, err)
	}
	out, err := s.ofBoard(ctx, rendering{board, id}, in.Conditional, render)
	return out, s.answer(ctx, err)
}

// undecided is the board that alone says of an entry what everybody may know; false where it is not known which one, and where
// a certified result says it.
func (s *site) undecided(ctx context.Context, id contest.EntryID) (standing.Key, bool) {
	at, ok := s.located.find(id)
	if !ok {
		return standing.Key{}, false
	}
	c, err := s.Campaigns.Launched(ctx, at.challenge)
	return standing.Overall(at.challenge), err == nil && !c.Certified()
}

func (s *site) publicBody(ctx context.Context, id contest.EntryID) (entryBody, error) {
	c, e, place, err := s.public(ctx, id)
	return s.entryBody(c, e, place), err
}

// bodyFor is an entry as one visitor may see it.
func (s *site) bodyFor(ctx context.Context, viewer *access.Session, id contest.EntryID) (entryBody, error) {
	e, err := s.Entries.Visible(ctx, viewer, id)
	if err != nil {
		return entryBody{}, err
	}
	one, err := s.one(ctx, viewer, e)
	if err != nil {
		return entryBody{}, err
	}
	return one.Body, nil
}
