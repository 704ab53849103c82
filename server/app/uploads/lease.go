package uploads

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"fanfare/server/store"
)

const (
	// term is how long the lease of a dead process lasts; renewal is how often a living one renews it. The term is short,
	// because losing a lease to nobody costs nothing: only the same fan's next connection takes it.
	term    = 4 * time.Second
	renewal = term / 4
	// silence is how long a connection may send nothing before it has to make way for another of the same upload: phones
	// change networks, and nobody tells the server.
	silence = 2 * time.Second
	// patience is how long another connection waits for the lease: until that of a dead process has ended.
	patience  = term + time.Second
	askedEach = 200 * time.Millisecond // while it waits
)

// await calls try until the upload that it asks for is not held any more. ErrHeld says that patience ended before.
func await(ctx context.Context, try func() (held bool, err error)) error {
	for until := time.Now().Add(patience); ; {
		held, err := try()
		if err != nil || !held {
			return err
		}
		if time.Now().After(until) {
			return ErrHeld
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askedEach):
		}
	}
}

// take leases an upload for bytes from the offset.
func (s *Service) take(ctx context.Context, id store.UploadID, offset int64) (u store.Upload, err error) {
	err = await(ctx, func() (held bool, err error) {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			held = false
			if u, err = tx.TakeUpload(id, offset, term); !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if held, err = tx.WantUpload(id); err != nil || held {
				return err
			}
			if u, err = tx.Upload(id); err == nil {
				err = ErrOffset
			}
			return err
		})
		return held, err
	})
	if err != nil {
		return u, fmt.Errorf("take upload %s: %w", id, err)
	}
	return u, nil
}

// holder keeps a lease while bytes are received and stored.
type holder struct {
	*Service
	lease store.Upload // as it was taken
	body  Body
	stop  func()
	work  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	waiting bool       // for bytes
	heard   time.Time  // when bytes came last
	over    error      // why no more bytes are wanted; nil while they are
}

// hold begins to keep the lease, until release.
func (s *Service) hold(ctx context.Context, u store.Upload, body Body) *holder {
	h := &holder{Service: s, lease: u, body: body, heard: time.Now()}
	ctx, h.stop = context.WithCancel(ctx)
	h.work.Go(func() { h.keep(ctx) })
	return h
}

// release ends the keeping and gives the lease back.
func (h *holder) release(ctx context.Context) {
	h.stop()
	h.work.Wait()
	err := h.store.Update(ctx, func(tx *store.Tx) error { return tx.ReleaseUpload(h.lease) })
	if err != nil {
		h.log.Warn("an upload stays held until its lease ends", "upload", h.lease.ID, "err", err)
	}
}

func (h *holder) keep(ctx context.Context) {
	ticker := time.NewTicker(renewal)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		wanted := false
		err := h.store.Update(ctx, func(tx *store.Tx) error {
			at, err := tx.KeepUpload(h.lease, term)
			wanted = tx.Now().Sub(at) < renewal
			return err
		})
		if h.judge(err, wanted) {
			h.body.Break() // each time: a Read may just have begun
		}
	}
}

// judge decides whether the connection goes on. A database that does not answer ends nothing: whoever commits needs the
// lease anyway.
func (h *holder) judge(err error, wanted bool) (over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.over != nil:
	case errors.Is(err, store.ErrNotFound):
		h.over = err
	case h.body.Leaving():
		h.over = ErrLeaving
	case wanted && h.waiting && time.Since(h.heard) > silence:
		h.over = ErrHeld
	}
	return h.over != nil
}

// Read reads from the body and notes when bytes came.
func (h *holder) Read(p []byte) (int, error) {
	if err := h.wait(); err != nil {
		return 0, err
	}
	n, err := h.body.Read(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = false
	if n > 0 {
		h.heard = time.Now()
	}
	switch {
	case err == nil, errors.Is(err, io.EOF):
	case h.over != nil:
		err = h.over
	default:
		err = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return n, err
}

func (h *holder) wait() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting = h.over == nil; h.waiting {
		h.heard = time.Now()
	}
	return h.over
}
