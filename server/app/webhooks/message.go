package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// says are what is kept of a happening until it is told: identifiers.
type says struct {
	At        time.Time           `json:"at"`
	Campaign  contest.CampaignID  `json:"campaign,omitempty"`
	Challenge contest.ChallengeID `json:"challenge,omitempty"`
	Entry     contest.EntryID     `json:"entry,omitempty"`
	Partner   kpi.PartnerID       `json:"partner,omitempty"`
	Repost    partner.RepostID    `json:"repost,omitempty"`
}

func saysOf(i news.Item) says {
	return says{i.At, i.Campaign, i.Challenge, i.Entry, i.Partner, i.Repost}
}

// message is what a program is told.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      about     `json:"data"`
}

type about struct {
	Campaign  string          `json:"campaign,omitempty"`
	Challenge *aboutChallenge `json:"challenge,omitempty"`
	Entry     *aboutEntry     `json:"entry,omitempty"`
	Partner   string          `json:"partner,omitempty"`
	Repost    string          `json:"repost,omitempty"`
}

// aboutChallenge has no more than the identifier where the challenge is gone.
type aboutChallenge struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	Page string `json:"page,omitempty"`
}

// aboutEntry has no more than the identifier where the entry is not public.
type aboutEntry struct {
	ID       string `json:"id"`
	Number   int64  `json:"number,omitempty"`
	Author   string `json:"author,omitempty"` // whom the photo is credited to
	City     string `json:"city,omitempty"`
	Page     string `json:"page,omitempty"`
	Resource string `json:"resource,omitempty"` // of the API
}

// write writes what a delivery says, as things are now.
func (s *Service) write(tx *store.Tx, d store.Delivery) ([]byte, error) {
	var said says
	if err := json.Unmarshal([]byte(d.Says), &said); err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", d.ID, err)
	}
	m := message{Type: d.Kind, Timestamp: said.At.UTC(), Data: about{
		Campaign: string(said.Campaign), Partner: string(said.Partner), Repost: string(said.Repost),
	}}
	var err error
	if said.Challenge != "" {
		if m.Data.Challenge, err = s.challenge(tx, said.Challenge); err != nil {
			return nil, err
		}
	}
	if said.Entry != "" {
		if m.Data.Entry, err = s.entry(tx, said.Entry); err != nil {
			return nil, err
		}
	}
	return json.Marshal(m)
}

func (s *Service) challenge(tx *store.Tx, id contest.ChallengeID) (*aboutChallenge, error) {
	c, err := tx.Challenge(id)
	if errors.Is(err, store.ErrNotFound) {
		return &aboutChallenge{ID: string(id)}, nil
	}
	if err != nil {
		return nil, err
	}
	return &aboutChallenge{string(c.ID), c.Slug, s.Public + "/c/" + c.Slug}, nil
}

func (s *Service) entry(tx *store.Tx, id contest.EntryID) (*aboutEntry, error) {
	e, err := shown(tx, id)
	if err != nil || e.ID == "" {
		return &aboutEntry{ID: string(id)}, err
	}
	return &aboutEntry{
		ID: string(id), Number: int64(e.Number), Author: e.Author, City: e.City,
		Page: s.Public + "/e/" + string(id), Resource: s.Public + "/api/v1/entries/" + string(id),
	}, nil
}

// shown returns an entry that is public, and none where it is not, or not there any more.
func shown(tx *store.Tx, id contest.EntryID) (contest.Entry, error) {
	e, err := tx.Entry(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return contest.Entry{}, nil
	case err != nil, e.Status != contest.Published, e.Takedown != "":
		return contest.Entry{}, err
	}
	return e, nil
}
