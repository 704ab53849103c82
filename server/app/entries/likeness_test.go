package entries

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/disintegration/imaging"

	"fanfare/media"
	"fanfare/media/pipeline"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// looks has a photo look like a hash, and returns its flags.
func (p *place) looks(e contest.Entry, hash uint64) []contest.Flag {
	p.Helper()
	return p.looksTo(p.Service, e, hash)
}

func (p *place) looksTo(s *Service, e contest.Entry, hash uint64) []contest.Flag {
	p.Helper()
	flags, err := s.twin(p.Context(), e, contest.Photo{Perceptual: fmt.Sprintf("%016x", hash)})
	p.must(err)
	return flags
}

func (p *place) expectTwin(flags []contest.Flag, twin contest.Entry, distance int) {
	p.Helper()
	if want := []contest.Flag{{Kind: contest.NearDuplicate, Twin: twin.ID, Distance: distance}}; fmt.Sprint(flags) != fmt.Sprint(want) {
		p.Errorf("got flags %v, want %v", flags, want)
	}
}

// elsewhere is a published entry in a challenge of its own.
func (p *place) elsewhere() (e contest.Entry) {
	p.Helper()
	c := p.challenge
	c.ID, c.Slug, c.LaunchedAt = "", "day", time.Time{}
	p.must(p.store.Update(p.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.CreateChallenge(c)
		return err
	}))
	p.must(p.store.UpdateIn(p.Context(), c.ID, func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{Challenge: c.ID, Fan: p.fan.ID, Status: contest.Published})
		return err
	}))
	return e
}

func TestANearDuplicateNamesTheNearestOfItsOwnChallengeFirst(t *testing.T) {
	in(t, func(p *place) {
		far, near, old := p.put(p.fan, contest.Rejected), p.elsewhere(), p.put(p.fan, contest.Published)
		time.Sleep(time.Second)
		young := p.put(p.fan, contest.Pending)
		if flags := p.looks(far, 0b111111); flags != nil {
			p.Errorf("the first one: got %v", flags)
		}
		p.looks(near, 1<<60)
		e := p.put(p.fan, contest.Processing)
		p.expectTwin(p.looks(e, 0), far, 6) // the other one is nearer, but elsewhere
		p.looks(young, 0b111)
		p.looks(old, 0b1110)
		p.expectTwin(p.looks(e, 0), old, 3) // as near as the young one, but older
		if flags := p.looks(e, 0xffff0000); flags != nil {
			p.Errorf("far from all: got %v", flags)
		}
	})
}

func TestAPhotoOfAnotherChallengeMustBeNearer(t *testing.T) {
	in(t, func(p *place) {
		twin, e := p.elsewhere(), p.put(p.fan, contest.Processing)
		p.looks(twin, 1<<farRadius-1)
		p.expectTwin(p.looks(e, 0), twin, farRadius)
		p.looks(twin, 1<<(farRadius+1)-1)
		if flags := p.looks(e, 0); flags != nil {
			p.Errorf("got %v", flags)
		}
	})
}

func TestAWithdrawnPhotoIsNobodysTwin(t *testing.T) {
	in(t, func(p *place) {
		twin, e := p.put(p.fan, contest.Published), p.put(p.fan, contest.Processing)
		p.looks(twin, 0)
		p.expectTwin(p.looks(e, 0), twin, 0)
		p.must(p.Withdraw(p.Context(), p.session(p.fan), twin.ID))
		if flags := p.looks(e, 0); flags != nil {
			p.Errorf("got %v", flags)
		}
		if n := p.lookalikes.index.Len(); n != 1 {
			p.Errorf("%d hashes are remembered, want that of the one left", n)
		}
	})
}

func TestWithdrawnPhotosDoNotHideATwin(t *testing.T) {
	in(t, func(p *place) {
		twin, e := p.put(p.fan, contest.Published), p.put(p.fan, contest.Processing)
		p.looks(twin, 0b111)
		for range twinsLooked + 1 {
			nearer := p.put(p.fan, contest.Published)
			p.looks(nearer, 0)
			p.must(p.Withdraw(p.Context(), p.session(p.fan), nearer.ID))
			p.lookalikes.index.Put(nearer.ID, 0) // as another replica has it, which was asked nothing since
		}
		p.expectTwin(p.looks(e, 0), twin, 3)
	})
}

// Replicas agree, also about what was rendered while they did not look, and what a commit brings late.
func TestAReplicaFindsWhatAnotherRendered(t *testing.T) {
	in(t, func(p *place) {
		replica := &Service{store: p.store, lookalikes: newLookalikes()}
		first, second, third := p.put(p.fan, contest.Published), p.put(p.fan, contest.Published), p.put(p.fan, contest.Published)
		p.looks(first, 0)
		p.expectTwin(p.looksTo(replica, second, 1), first, 1)
		time.Sleep(time.Hour)
		p.looks(third, 1<<40-1)
		p.must(p.store.Update(p.Context(), func(tx *store.Tx) error { // begun before that, committed after it
			_, err := tx.Exec("UPDATE likenesses SET hash = ?, hashed_at = hashed_at + ? WHERE entry = ?",
				1<<50-1, (time.Hour - lateHashes + time.Second).Milliseconds(), string(first.ID))
			return err
		}))
		for _, s := range []*Service{p.Service, replica} {
			e := p.put(p.fan, contest.Processing)
			p.expectTwin(p.looksTo(s, e, 1<<50-2), first, 1)
			p.must(p.Withdraw(p.Context(), p.session(p.fan), e.ID))
		}
	})
}

func TestPhotosOfBeforeAreFoundToo(t *testing.T) {
	in(t, func(p *place) {
		old, unread := p.put(p.fan, contest.Published), p.put(p.fan, contest.Rejected)
		p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
			_, err := tx.SetPhoto(old.ID, contest.Photo{Perceptual: "00000000000000ff"}, nil, contest.Published, "")
			_, errUnread := tx.SetPhoto(unread.ID, contest.Photo{}, nil, contest.Rejected, contest.Unreadable)
			return errors.Join(err, errUnread)
		}))
		p.expectTwin(p.looks(p.put(p.fan, contest.Processing), 0xff), old, 0)
	})
}

// The distances of real photos were measured by fanbench likeness; this holds their ends on blurred patches, which are soon
// drawn.
func TestCopiesOfAPhotoAreNearAndOtherPhotosAreNot(t *testing.T) {
	if testing.Short() {
		t.Skip("renders forty pictures, which is slow under the race detector")
	}
	changes := map[string]func(image.Image) image.Image{
		"encoded again":  func(m image.Image) image.Image { return m },
		"resized to 180": func(m image.Image) image.Image { return imaging.Fit(m, 180, 180, imaging.Lanczos) },
		"cropped by 2 %": func(m image.Image) image.Image {
			return imaging.CropCenter(m, m.Bounds().Dx()*98/100, m.Bounds().Dy()*98/100)
		},
		"brighter by 15 %": func(m image.Image) image.Image { return imaging.AdjustBrightness(m, 15) },
	}
	random := rand.New(rand.NewPCG(1, 2))
	var seen []uint64
	for n := range 8 {
		patches := image.NewNRGBA(image.Rect(0, 0, 16, 12))
		for i := range patches.Pix {
			patches.Pix[i] = uint8(30+random.IntN(180)) | uint8(i%4/3*255) // opaque, with room to be brighter
		}
		picture := imaging.Resize(patches, 320, 240, imaging.Linear)
		original := hashOf(t, picture, 92)
		for change, of := range changes {
			if d := bits.OnesCount64(hashOf(t, of(picture), 60) ^ original); d > twinRadius {
				t.Errorf("picture %d, %s: %d bits away", n, change, d)
			}
		}
		for other, hash := range seen {
			if d := bits.OnesCount64(hash ^ original); d <= twinRadius {
				t.Errorf("picture %d is only %d bits away from %d", n, d, other)
			}
		}
		seen = append(seen, original)
	}
}

// hashOf is what the pipeline makes of a picture that was encoded.
func hashOf(t *testing.T, m image.Image, quality int) uint64 {
	t.Helper()
	var file bytes.Buffer
	folder := t.TempDir()
	original := filepath.Join(folder, "original")
	err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality})
	if err == nil {
		err = os.WriteFile(original, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	photo, err := pipeline.Render(t.Context(), media.Task{Original: original, Dir: folder})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := strconv.ParseUint(photo.Perceptual, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}
