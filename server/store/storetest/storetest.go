// Package storetest holds what every database behind a store must do, as a suite of claims, and opens stores for the
// tests of other packages.
package storetest

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Opener opens an empty, migrated store that lives as long as the test.
type Opener func(t testing.TB, committed func([]contest.Change), options ...store.Option) *store.Store

// Run holds a database to the suite.
func Run(t *testing.T, open Opener) {
	for name, claims := range map[string]map[string]func(*testing.T, Opener){
		"acts":       actClaims,
		"boards":     boardClaims,
		"challenges": challengeClaims,
		"copies":     copyClaims,
		"entries":    entryClaims,
		"erasures":   erasureClaims,
		"focuses":    focusClaims,
		"grants":     grantClaims,
		"judging":    judgingClaims,
		"keep":       keepClaims,
		"keys":       keyClaims,
		"links":      linkClaims,
		"notices":    noticeClaims,
		"numbers":    numberClaims,
		"orders":     orderClaims,
		"pages":      pageClaims,
		"plans":      planClaims,
		"people":     peopleClaims,
		"rulings":    rulingClaims,
		"reports":    reportClaims,
		"reposts":    repostClaims,
		"reviews":    reviewClaims,
		"rollups":    rollupClaims,
		"results":    resultClaims,
		"staff":      staffClaims,
		"passkeys":   passkeyClaims,
		"tiles":      tileClaims,
		"uploads":    uploadClaims,
		"votes":      voteClaims,
		"webhooks":   webhookClaims,
		"writer":     writerClaims,
	} {
		t.Run(name, func(t *testing.T) {
			for claim, hold := range claims {
				t.Run(claim, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { hold(t, open) })
				})
			}
		})
	}
}

// stage is a store with one challenge to act in.
type stage struct {
	*testing.T
	store     *store.Store
	challenge contest.Challenge
}

// Draft is a challenge that lacks nothing, with windows around now.
func Draft(campaign contest.CampaignID, slug string, now time.Time) contest.Challenge {
	window := contest.Window{Opens: now.Add(-time.Hour), Closes: now.Add(24 * time.Hour)}
	return contest.Challenge{
		Campaign: campaign, Slug: slug, Hashtag: "#夜景",
		Title: contest.Text{ZH: "百万夜景", EN: "A million nights"},
		Brief: contest.Text{ZH: "拍下你的城市", EN: "Show us your city at night"},
		Terms: contest.Terms{
			TimeZone: "Asia/Shanghai", Entries: window, Votes: window,
			Rules: contest.Rules{
				EntriesPerFan: 3, VotesPerPeriod: 5, Period: contest.PeriodDay, Moderation: contest.ModerateBefore, Guests: true,
				Capture: contest.CaptureRules{Cameras: []string{"Xiaomi"}},
			},
			Cities:   []contest.Choice{{ID: "chongqing", Name: contest.Text{ZH: "重庆", EN: "Chongqing"}}},
			Consents: []contest.ConsentID{"c_1"},
		},
	}
}

// setStage opens a store and creates a draft challenge in it.
func setStage(t *testing.T, open Opener, committed func([]contest.Change), options ...store.Option) *stage {
	t.Helper()
	s := &stage{T: t, store: open(t, committed, options...)}
	s.update(func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		s.challenge, err = tx.CreateChallenge(Draft(campaign.ID, "night", tx.Now()))
		return err
	})
	return s
}

// update runs fn as an update of the stage's challenge.
func (s *stage) update(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.UpdateIn(s.Context(), s.challenge.ID, fn); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) view(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.View(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// refused holds that an update of the stage's challenge fails with a kind of error.
func (s *stage) refused(want error, fn func(*store.Tx) error) {
	s.Helper()
	s.refusedIn(s.challenge.ID, want, fn)
}

func (s *stage) refusedIn(challenge contest.ChallengeID, want error, fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.UpdateIn(s.Context(), challenge, fn); !errors.Is(err, want) {
		s.Fatalf("got error %v, want %v", err, want)
	}
}

func (s *stage) fan(name string) (f contest.Fan) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		f, err = tx.FanFor("guest", name, name)
		return err
	})
	return f
}

// entry enters a photo of a fan in a status.
func (s *stage) entry(fan contest.Fan, status contest.Status) (e contest.Entry) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Author: fan.Name, Caption: "夜色 #夜景", Status: status})
		return err
	})
	return e
}

func (s *stage) entries(n int, status contest.Status) []contest.Entry {
	s.Helper()
	fan := s.fan("author")
	entries := make([]contest.Entry, n)
	for i := range entries {
		entries[i] = s.entry(fan, status)
	}
	return entries
}

func (s *stage) read(id contest.EntryID) (e contest.Entry) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		e, err = tx.Entry(id)
		return err
	})
	return e
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}
