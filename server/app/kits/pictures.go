package kits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"fanfare/media"
	"fanfare/media/credit"
	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Credit is what the pictures say of themselves.
type Credit = credit.Credit

// Caption is a caption of Credit in a language.
type Caption = credit.Caption

// Picture is a picture of a kit: a JPEG with its credit, and without anything else that the fan's file said.
type Picture struct {
	partner.Size
	Pixels  [2]int // width and height: less than the size's where the photo has fewer
	Content []byte
}

// Pixels are a picture's width and height for a photo.
func Pixels(k Kit, size partner.Size) (width, height int) {
	return cut(k, size).Size(k.Entry.Photo.Width, k.Entry.Photo.Height)
}

// cut is what a picture is made as. Equal ones have one name.
func cut(k Kit, size partner.Size) media.Cut {
	return media.Cut{
		Name: fmt.Sprintf("%dx%d", size.Width, size.Height), Width: size.Width, Height: size.Height,
		X: float64(k.Focus.X) / partner.FocusWhole, Y: float64(k.Focus.Y) / partner.FocusWhole,
	}
}

// Pictures makes pictures of a kit and calls each with one after the other, in the order of the sizes. Errors: ErrBusy,
// entries.ErrMediaUnavailable, and those of partners.Service.Open where the fan allows it no longer by the time they are made.
func (s *Service) Pictures(ctx context.Context, me access.Staff, k Kit, sizes []partner.Size, c Credit, each func(Picture) error) error {
	leave, err := s.takeShelf(ctx, me.ID)
	if err != nil {
		return err
	}
	defer leave()
	rendering, err := s.made(ctx, k, sizes)
	if err != nil {
		return fmt.Errorf("make kit of %s: %w", k.Entry.ID, err)
	}
	defer rendering.Close() //nolint:errcheck // what stays behind is swept at the next start
	files := map[string]media.File{}
	for _, f := range rendering.Files {
		files[f.Name] = f
	}
	for _, size := range sizes {
		if err := s.allowed(ctx, me, k.Entry.ID, size.Outlet); err != nil { // making them takes a while
			return err
		}
		p, err := credited(files[cut(k, size).Name], c)
		if err != nil {
			return fmt.Errorf("credit picture of %s: %w", k.Entry.ID, err)
		}
		p.Size = size
		if err := each(p); err != nil {
			return err
		}
	}
	return nil
}

// made makes the pictures in one's turn. Whoever fetches them slowly keeps nobody else from making theirs.
func (s *Service) made(ctx context.Context, k Kit, sizes []partner.Size) (*media.Rendering, error) {
	leave, err := s.enter(ctx, s.slots)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.render(ctx, k, sizes)
}

// takeShelf waits for room on the shelf, in somebody's own part first: what they fetch slowly keeps nobody else waiting.
func (s *Service) takeShelf(ctx context.Context, id contest.StaffID) (leave func(), err error) {
	own := s.partOf(id)
	defer func() {
		if err != nil {
			s.leavePart(id, own)
		}
	}()
	leaveOwn, err := s.enter(ctx, own.slots)
	if err != nil {
		return nil, err
	}
	leaveAll, err := s.enter(ctx, s.shelf)
	if err != nil {
		leaveOwn()
		return nil, err
	}
	return func() {
		leaveAll()
		leaveOwn()
		s.leavePart(id, own)
	}, nil
}

func (s *Service) partOf(id contest.StaffID) *part {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parts[id]
	if p == nil {
		p = &part{slots: make(chan struct{}, perPerson)}
		s.parts[id] = p
	}
	p.users++
	return p
}

func (s *Service) leavePart(id contest.StaffID, p *part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(s.parts, id)
	}
}

// enter waits for one of some slots.
func (s *Service) enter(ctx context.Context, slots chan struct{}) (leave func(), err error) {
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, ErrBusy
	}
}

// allowed asks whether an entry may be reposted on an outlet now.
func (s *Service) allowed(ctx context.Context, me access.Staff, id contest.EntryID, o partner.Outlet) error {
	now, err := s.partners.Open(ctx, me, id)
	if err == nil && !slices.Contains(now.Allowed(), o) {
		return &partners.RightsError{Refusal: partner.NotHere, Outlet: o, Allowed: now.Allowed()}
	}
	return err
}

// largest is the rendition that pictures are cut from where the rules had the original removed.
const largest = "2048"

// render cuts the original, and the largest rendition where there is none, or none that can be read any more.
func (s *Service) render(ctx context.Context, k Kit, sizes []partner.Size) (*media.Rendering, error) {
	rendering, err := s.renderFile(ctx, k, sizes, entries.OriginalFile)
	_, refused := errors.AsType[*media.Refused](err)
	if refused || errors.Is(err, store.ErrNotFound) {
		return s.renderFile(ctx, k, sizes, largest)
	}
	return rendering, err
}

func (s *Service) renderFile(ctx context.Context, k Kit, sizes []partner.Size, name string) (*media.Rendering, error) {
	f, err := s.entries.Open(ctx, k.Entry, name)
	if err != nil {
		return nil, err
	}
	defer f.Content.Close()
	var o media.Options
	seen := map[string]bool{}
	for _, size := range sizes {
		if c := cut(k, size); !seen[c.Name] {
			seen[c.Name] = true
			o.Cuts = append(o.Cuts, c)
		}
	}
	rendering, err := s.renderer.Render(ctx, f.Content, o)
	if errors.Is(err, media.ErrStarved) {
		err = fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return rendering, err
}

// credited reads a picture and writes its credit into it.
func credited(f media.File, c Credit) (p Picture, err error) {
	jpeg, err := os.ReadFile(f.Path)
	if err != nil {
		return p, err
	}
	var b bytes.Buffer
	if err := credit.Write(&b, jpeg, c); err != nil {
		return p, err
	}
	return Picture{Pixels: [2]int{f.Width, f.Height}, Content: b.Bytes()}, nil
}
