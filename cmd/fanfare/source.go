package main

import (
	"context"
	"time"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// source is the database as the boards read it.
type source struct{ store *store.Store }

func (s source) Read(ctx context.Context, c contest.ChallengeID) (r standing.Reading, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		challenge, err := tx.Challenge(c)
		if err != nil {
			return err
		}
		head, err := tx.Head(c)
		if err != nil {
			return err
		}
		r.Shows = challenge.Shows()
		if r.Shows == contest.ScoresShown && head.Concealed {
			r.AsAt = later(head.ShownAt, challenge.LaunchedAt) // when there was nothing to show yet
		}
		r.Cities, r.Partners = ids(challenge.Cities), ids(challenge.Partners)
		r.Changes, err = tx.Changes(c)
		return err
	})
	return r, err
}

func ids(choices []contest.Choice) (list []string) {
	for _, c := range choices {
		list = append(list, c.ID)
	}
	return list
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s source) Cards(ctx context.Context, _ contest.ChallengeID, ids []contest.EntryID) (cards []standing.Card, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err := tx.EntriesByIDs(ids)
		for _, e := range list {
			if e.Status == contest.Published {
				cards = append(cards, standing.Card{
					Number: e.Number, Entry: e.ID, Caption: e.Caption, Author: e.Author, City: e.City, Partner: e.Partner, Tags: e.Tags,
					Photo: e.Photo, SubmittedAt: e.SubmittedAt,
				})
			}
		}
		return err
	})
	return cards, err
}

func (s source) Members(ctx context.Context, c contest.ChallengeID, first, last contest.EntryNumber) (members []standing.Member, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Memberships(c, first, last)
		for _, m := range list {
			members = append(members, standing.Member(m))
		}
		return err
	})
	return members, err
}

func (s source) Gains(ctx context.Context, c contest.ChallengeID, since time.Time) (g standing.Gains, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		gains, changes, err := tx.Gains(c, since)
		for _, gain := range gains {
			g.Gains = append(g.Gains, standing.Gain(gain))
		}
		g.Changes = changes
		return err
	})
	return g, err
}
