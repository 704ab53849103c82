package uploads

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestPiecesOfAnySizeBecomeTheirWhole(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(1 << 20)
		for _, size := range []int{len(whole), len(whole) - 1, 600_000, leastPart, leastPart - 1, 100_000} {
			whole[len(whole)-1]++ // another photo
			id := p.begin(whole)
			offset := 0
			for piece := range slices.Chunk(whole, size) {
				p.must(p.append(id, offset, piece))
				offset += len(piece)
				p.at(id, offset)
			}
			e, err := p.enter(id)
			p.must(err)
			p.holds(e.Original, whole)
			p.none(Prefix)
		}
	})
}

func TestSmallPiecesMakeFewParts(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(1 << 20)
		id, offset := p.begin(whole), 0
		for piece := range slices.Chunk(whole[:len(whole)-1], 5_000) {
			p.must(p.append(id, offset, piece))
			offset += len(piece)
		}
		if n := len(p.kept(Prefix)); n > len(whole)/leastPart+1 {
			p.Errorf("%d parts of %d bytes", n, offset)
		}
		p.must(p.append(id, offset, whole[offset:]))
		p.holds(p.kept("original/")[0], whole)
	})
}

func TestWhatCameBeforeAConnectionBrokeIsKept(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(500_000)
		id := p.begin(whole)
		s := p.send(id, 0)
		s.to.Write(whole[:300_000])
		s.to.CloseWithError(io.ErrUnexpectedEOF)
		p.want("the broken request", s.ends(), ErrBroken)
		p.at(id, 300_000)
		p.must(p.append(id, 300_000, whole[300_000:]))
		e, err := p.enter(id)
		p.must(err)
		p.holds(e.Original, whole)
	})
}

func TestLongRequestsCountWhileTheyLast(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(20 << 20)
		id := p.begin(whole)
		s := p.send(id, 0)
		s.to.Write(whole[:17<<20])
		later(time.Second)
		if u, err := p.own(p.Context(), p.fan, id); err != nil || u.Received != 16<<20 {
			p.Errorf("received %d of 17 MiB, want two pieces: %v", u.Received, err)
		}
		for n := range 8 { // slowly, too
			s.to.Write(whole[17<<20+n : 17<<20+n+1])
			later(pieceTime / 7)
		}
		if u, err := p.own(p.Context(), p.fan, id); err != nil || u.Received < 17<<20 {
			p.Errorf("received %d, want what came in %v: %v", u.Received, pieceTime, err)
		}
		s.to.Close()
		p.must(s.ends())
		p.at(id, 17<<20+8)
	})
}

func TestBytesUnderAChecksumCountAllOrNone(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(12 << 20)
		id := p.begin(whole)
		checked := func(of, b []byte, ended error) error {
			h := sha256.Sum256(of)
			body := io.MultiReader(bytes.NewReader(b), &ending{ended})
			_, err := p.Append(p.Context(), p.fan, id, Pieces{Body: still{body}, Length: -1, Checksum: &Checksum{sha256.New(), h[:]}})
			return err
		}
		p.want("other bytes", checked(whole, whole[:11<<20], io.EOF), ErrChecksum)
		p.at(id, 0)
		p.want("a broken connection", checked(whole, whole[:11<<20], io.ErrUnexpectedEOF), ErrBroken)
		p.at(id, 0)
		p.want("the bytes", checked(whole, whole, io.EOF), nil)
		p.at(id, len(whole))
	})
}

// ending ends a body in some way.
type ending struct{ err error }

func (e *ending) Read([]byte) (int, error) { return 0, e.err }

func TestOnlyASilentConnectionMakesWay(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		living := p.send(id, 0)
		stop := make(chan struct{})
		go func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					living.to.Write(whole[n : n+1])
				}
			}
		}()
		later(time.Second)
		p.want("bytes beside a living connection", p.append(id, 0, whole), ErrHeld)
		close(stop)
		later(time.Second)
		u, err := p.Upload(p.Context(), p.fan, id) // asks a silent one to make way
		if err != nil || u.Received == 0 {
			p.Errorf("received %d of a silent connection: %v", u.Received, err)
		}
		p.want("the silent connection", living.ends(), ErrHeld)
		p.want("bytes from where it was", p.append(id, int(u.Received), whole[u.Received:]), nil)
	})
}

func TestTheLeaseOfADeadProcessEndsSoon(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		_, err := p.take(p.Context(), id, 0) // by one that never comes back
		p.must(err)
		began := time.Now()
		p.want("bytes of another", p.append(id, 0, whole), nil)
		if took := time.Since(began); took < term-time.Second || took > term+time.Second {
			p.Errorf("they were taken after %v, want the term of %v", took, term)
		}
	})
}

func TestALongStandingConnectionKeepsItsLease(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		s := p.send(id, 0)
		s.to.Write(whole[:50_000])
		later(10 * term) // nobody else asks
		s.to.Write(whole[50_000:])
		s.to.Close()
		p.must(s.ends())
		p.at(id, len(whole))
	})
}

func TestAProcessThatEndsKeepsWhatCame(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		s := p.send(id, 0)
		s.to.Write(whole[:50_000])
		later(0)
		s.leaving.Store(true)
		began := time.Now()
		p.want("the request", s.ends(), ErrLeaving)
		if took := time.Since(began); took > 2*renewal {
			p.Errorf("ended after %v", took)
		}
		p.at(id, 50_000)
	})
}

func TestWrongOffsetsAndTooManyBytesChangeNothing(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		p.want("bytes from behind", p.append(id, 1, whole[1:]), ErrOffset)
		p.want("bytes from behind its end", p.append(id, len(whole)+1, whole), ErrOffset)
		p.want("too many bytes", p.append(id, 0, append(whole, 0)), blob.ErrTooLarge)
		s := p.send(id, 0)
		go func() { s.to.Write(append(whole, 0)); s.to.Close() }()
		p.want("too many bytes of unknown number", s.ends(), blob.ErrTooLarge)
		p.at(id, 0)
		p.must(p.append(id, 0, whole))
		p.want("bytes from the beginning of the whole", p.append(id, 0, whole), ErrOffset)
		p.want("none at its end", p.append(id, len(whole), nil), nil)
		p.want("one at its end", p.append(id, len(whole), []byte("x")), blob.ErrTooLarge)
		p.want("of another's", errorOf(p.Upload(p.Context(), p.session("bob"), id)), store.ErrNotFound)
	})
}

func errorOf[T any](_ T, err error) error { return err }

func TestOtherBytesThanAnnouncedEndTheUpload(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(600_000)
		id := p.begin(whole)
		p.must(p.append(id, 0, whole[:300_000]))
		whole[500_000]++
		p.refused("the last bytes", p.append(id, 300_000, whole[300_000:]), contest.HashMismatch)
		p.want("the upload", errorOf(p.Upload(p.Context(), p.fan, id)), store.ErrNotFound)
		p.refused("an entry of it", errorOf(p.enter(id)), contest.UploadUnknown)
		p.none("")
	})
}

func TestWhatIsNoPhotoEndsTheUpload(t *testing.T) {
	in(t, func(p *place) {
		page := bytes.Repeat([]byte("<svg/>"), 100_000)
		id := p.begin(page)
		p.must(p.append(id, 0, page[:300_000]))
		err := p.append(id, 300_000, page[300_000:])
		var refused *media.Refused
		if !errors.As(err, &refused) || refused.Reason != media.UnsupportedType {
			p.Errorf("got %v", err)
		}
		p.want("the upload", errorOf(p.Upload(p.Context(), p.fan, id)), store.ErrNotFound)
		p.none("")
	})
}

func TestAHolderThatLostItsLeaseHarmsNothingOfTheNext(t *testing.T) {
	for name, announced := range map[string]bool{"announced": true, "unknown before": false} {
		t.Run(name, func(t *testing.T) {
			in(t, func(p *place) {
				whole := photo(100_000)
				a := Announcement{Length: int64(len(whole)), Purpose: store.ForEntry}
				if announced {
					a.SHA256 = sum(whole)
				}
				u, err := p.Create(p.Context(), p.fan, a)
				p.must(err)
				late := p.send(u.ID, 0)
				late.to.Write(whole[:50_000])
				later(0)
				p.must(p.store.Update(p.Context(), func(tx *store.Tx) error { // as when its process stood still
					_, err := tx.Exec("UPDATE uploads SET held_until = 0")
					return err
				}))
				p.must(p.append(u.ID, 0, whole))
				spoiled := bytes.Clone(whole[50_000:])
				spoiled[9]++
				late.to.Write(spoiled)
				late.to.Close()
				if late.ends() == nil {
					p.Error("the late one was answered as if its bytes counted")
				}
				e, err := p.enter(u.ID)
				p.must(err)
				p.holds(e.Original, whole)
				if kept := p.kept("original/"); len(kept) != 1 {
					p.Errorf("kept %v, want the entry's alone", kept)
				}
			})
		})
	}
}

func TestAPhotoStoreThatIsAwayCostsOnePiece(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(600_000)
		id := p.begin(whole)
		p.must(p.append(id, 0, whole[:300_000]))
		p.driver.set(true)
		p.want("a piece", p.append(id, 300_000, whole[300_000:500_000]), entries.ErrMediaUnavailable)
		p.want("the last piece", p.append(id, 300_000, whole[300_000:]), entries.ErrMediaUnavailable)
		p.at(id, 300_000)
		p.driver.set(false)
		p.must(p.append(id, 300_000, whole[300_000:]))
		e, err := p.enter(id)
		p.must(err)
		p.holds(e.Original, whole)
	})
}

func TestADamagedPartIsSentAgain(t *testing.T) {
	for name, remove := range map[string]bool{"flipped": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			in(t, func(p *place) {
				whole := photo(900_000)
				id := p.begin(whole)
				p.must(p.append(id, 0, whole[:300_000]))
				p.must(p.append(id, 300_000, whole[300_000:600_000]))
				second := slices.IndexFunc(p.kept(Prefix), func(key string) bool { return key != "" && key[len(key)-6:] == "600000" })
				p.spoil(p.kept(Prefix)[second], remove)
				p.want("the last bytes", p.append(id, 600_000, whole[600_000:]), blob.ErrCorrupt)
				p.at(id, 300_000)
				p.must(p.append(id, 300_000, whole[300_000:]))
				e, err := p.enter(id)
				p.must(err)
				p.holds(e.Original, whole)
			})
		})
	}
}
