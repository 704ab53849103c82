// Package kits holds the use cases of a partner's kit: the pictures of an entry that it may repost, cut for each outlet and credited to
// their fan.
//
// Whether the fan allows it is asked at every request, and once more when the pictures are made. Nothing is kept: a picture is made for
// who asks, and gone with the answer.
package kits

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fanfare/media"
	"fanfare/media/focus"
	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

const (
	// together is how many kits are made at once: they share the renderers with photos that fans enter, which come first.
	together = 2
	// outside is how many made kits wait on the disk for those who fetch them, some by slow lines: each takes about 20 MB.
	outside = 40
	// perPerson is how many of them are one person's: a page asks for six at once, and whoever fetches slowly waits for themselves.
	perPerson = 8
	// patience is how long somebody waits for their turn before they are asked to come again.
	patience = 20 * time.Second
)

// ErrBusy says that too many kits are being made.
var ErrBusy = errors.New("too many kits are being made")

// Service carries out the use cases.
type Service struct {
	store    *store.Store
	partners *partners.Service
	entries  *entries.Service
	renderer *media.Renderer
	slots    chan struct{} // one for each kit that is being made
	shelf    chan struct{} // one for each that is there
	patience time.Duration

	mu    sync.Mutex
	parts map[contest.StaffID]*part // guarded by mu; of who is there
}

// part is one person's part of the shelf.
type part struct {
	slots chan struct{}
	users int // guarded by Service.mu; who hold one of them, or wait for one
}

// New returns a service.
func New(s *store.Store, p *partners.Service, e *entries.Service, r *media.Renderer) *Service {
	return &Service{
		store: s, partners: p, entries: e, renderer: r, slots: make(chan struct{}, together), shelf: make(chan struct{}, outside), patience: patience,
		parts: map[contest.StaffID]*part{},
	}
}

// Kit is what a partner may make of an entry now.
type Kit struct {
	partners.Opened
	// Focus is the point that pictures are cut around: the one that the partner chose, or else the one that is found.
	Focus  partner.Focus
	Chosen bool
}

// Kit returns the kit of an entry for somebody who works for a partner. Errors are those of partners.Service.Open.
func (s *Service) Kit(ctx context.Context, me access.Staff, id contest.EntryID) (k Kit, err error) {
	if k.Opened, err = s.partners.Open(ctx, me, id); err != nil {
		return k, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		k.Focus, k.Chosen, err = tx.Focus(id, me.Partner)
		return err
	})
	if err != nil || k.Chosen {
		return k, err
	}
	k.Focus, err = s.find(ctx, k.Entry)
	return k, err
}

// looked is the rendition that the focus is found in: the smallest that keeps the photo's shape.
const looked = "480"

// find finds the focus of an entry's photo.
func (s *Service) find(ctx context.Context, e contest.Entry) (partner.Focus, error) {
	f, err := s.entries.Open(ctx, e, looked)
	if err != nil {
		return partner.Focus{}, err
	}
	defer f.Content.Close()
	at, err := focus.Read(f.Content)
	if err != nil {
		return partner.Focus{}, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return partner.Focus{X: thousandths(at.X), Y: thousandths(at.Y)}, nil
}

func thousandths(at float64) int { return int(at*partner.FocusWhole + 0.5) }

// ErrFocus says that a focus is not in the photo.
var ErrFocus = errors.New("the focus is not in the photo")

// SetFocus has a partner's pictures of an entry cut around a point. Errors: ErrFocus, and those of partners.Service.Open.
func (s *Service) SetFocus(ctx context.Context, me access.Staff, id contest.EntryID, f partner.Focus) error {
	if !f.Valid() {
		return ErrFocus
	}
	return s.change(ctx, me, id, func(tx *store.Tx) error { return tx.SetFocus(id, me.Partner, f) })
}

// DropFocus has them cut around the point that is found again.
func (s *Service) DropFocus(ctx context.Context, me access.Staff, id contest.EntryID) error {
	return s.change(ctx, me, id, func(tx *store.Tx) error { return tx.DropFocus(id, me.Partner) })
}

func (s *Service) change(ctx context.Context, me access.Staff, id contest.EntryID, do func(*store.Tx) error) error {
	if _, err := s.partners.Open(ctx, me, id); err != nil {
		return err
	}
	return s.store.Update(ctx, do)
}
