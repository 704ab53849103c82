package uploads

import (
	"bytes"
	"testing"
	"time"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestAnAnnouncedPhotoMayComeWithinTheGraceAndNoOther(t *testing.T) {
	in(t, func(p *place) {
		announced, late, whole := photo(100_000), photo(100_000), photo(100_000)
		id, lateID := p.begin(announced), p.begin(late)
		plain, err := p.Create(p.Context(), p.fan, Announcement{Length: int64(len(whole)), Purpose: store.ForEntry})
		p.must(err)
		later(time.Until(p.challenge.Entries.Closes))
		_, err = p.Create(p.Context(), p.fan, Announcement{Length: 9, SHA256: sum(late), Purpose: store.ForEntry})
		p.refused("an upload that begins after the deadline", err, contest.EntriesClosed)
		for _, u := range []store.UploadID{id, plain.ID} {
			b := announced
			if u == plain.ID {
				b = whole
			}
			p.must(p.append(u, 0, b))
		}
		p.must(errorOf(p.enter(id)))
		p.refused("an entry whose photo was not announced", errorOf(p.enter(plain.ID)), contest.EntriesClosed)
		p.must(p.append(lateID, 0, late))
		later(p.challenge.Rules.Grace())
		p.refused("an entry after the grace", errorOf(p.enter(lateID)), contest.EntriesClosed)
	})
}

func TestUploadsOfAFanAreBounded(t *testing.T) {
	in(t, func(p *place) {
		begin := func(fan access.Session, length int64) error {
			return errorOf(p.Create(p.Context(), fan, Announcement{Length: length, Purpose: store.ForEntry}))
		}
		p.want("a photo that is too large", begin(p.fan, media.MaxBytes+1), blob.ErrTooLarge)
		for range maxUploads {
			p.must(begin(p.fan, 1))
		}
		p.want("one too many", begin(p.fan, 1), ErrTooManyUploads)
		bob := p.session("bob")
		for range maxBytes / media.MaxBytes {
			p.must(begin(bob, media.MaxBytes))
		}
		p.want("bytes too many", begin(bob, media.MaxBytes), ErrTooManyBytes)
		later(Life)
		p.must(p.expire(p.Context()))
		n := 0
		p.must(p.store.View(p.Context(), func(tx *store.Tx) (err error) {
			n, _, err = tx.Unfinished(p.challenge.ID, "")
			return err
		}))
		if n != 0 {
			p.Errorf("%d uploads after their life", n)
		}
	})
}

func TestBytesThatAreOnlyAnnouncedKeepNobodyElseOut(t *testing.T) {
	in(t, func(p *place) {
		p.begin(photo(2_000))
		bob := p.session("bob")
		after := func(column string) error {
			p.must(p.store.Update(p.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec("UPDATE uploads SET "+column+" = ?", maxChallenge)
				return err
			}))
			return errorOf(p.Create(p.Context(), bob, Announcement{Length: 1, Purpose: store.ForEntry}))
		}
		p.want("an upload when all room is announced", after("length"), nil)
		p.want("one when all of it is taken", after("received"), blob.ErrFull)
	})
}

func TestAnEntryGivesItsUploadsRoomBack(t *testing.T) {
	in(t, func(p *place) {
		for range maxUploads + 1 {
			whole := photo(2_000)
			id := p.begin(whole)
			p.must(p.append(id, 0, whole))
			p.must(errorOf(p.enter(id)))
		}
	})
}

func TestOneUploadIsOneEntry(t *testing.T) {
	in(t, func(p *place) {
		whole := photo(100_000)
		id := p.begin(whole)
		p.refused("an entry before its bytes", errorOf(p.enter(id)), contest.UploadUnfinished)
		p.must(p.append(id, 0, whole))
		first, err := p.enter(id)
		p.must(err)
		again, err := p.enter(id)
		if err != nil || again.ID != first.ID {
			p.Errorf("entered again: got %s, %v, want %s", again.ID, err, first.ID)
		}
		p.must(p.Remove(p.Context(), p.fan, id))
		p.holds(first.Original, whole)
		_, err = p.Create(p.Context(), p.fan, Announcement{Length: 9, SHA256: sum(whole), Purpose: store.ForEntry})
		p.refused("the same photo again", err, contest.DuplicatePhoto)
	})
}

func TestWhatIsGivenUpOrExpiredLeavesNothing(t *testing.T) {
	in(t, func(p *place) {
		part, whole := photo(600_000), photo(100_000)
		begun := func() (ids []store.UploadID) {
			ids = []store.UploadID{p.begin(part), p.begin(whole)}
			p.must(p.append(ids[0], 0, part[:400_000]))
			p.must(p.append(ids[1], 0, whole))
			return ids
		}
		for _, id := range begun() {
			p.must(p.Remove(p.Context(), p.fan, id))
			p.want("removed", errorOf(p.Upload(p.Context(), p.fan, id)), store.ErrNotFound)
		}
		p.none("")
		begun()
		later(Life)
		p.must(p.expire(p.Context()))
		p.none("")
	})
}

func TestWhatIsGivenUpWhileItsBytesComeLeavesNothing(t *testing.T) {
	in(t, func(p *place) {
		for _, all := range []bool{false, true} {
			whole := photo(500_000)
			id := p.begin(whole)
			p.must(p.append(id, 0, whole[:300_000]))
			s := p.send(id, 300_000)
			s.to.Write(whole[300_000:400_000])
			p.must(p.Remove(p.Context(), p.fan, id))
			if all {
				s.to.Write(whole[400_000:])
			}
			s.to.Close()
			p.want("the sender", s.ends(), store.ErrNotFound)
			p.none("")
		}
	})
}

func TestNothingThatIsToBecomeAnEntryIsSwept(t *testing.T) {
	in(t, func(p *place) {
		whole, orphan := photo(100_000), entries.OriginalKey(p.challenge.ID, "e_none")
		id := p.begin(whole)
		p.must(p.append(id, 0, whole))
		p.must(errorOf(p.entries.Keep(p.Context(), orphan, bytes.NewReader(whole))))
		key := p.original(id)
		for range 2 {
			later(Life / 2)
			p.age(orphan, key)
			p.must(p.entries.Tidy(p.Context()))
		}
		if kept := p.kept("original/"); len(kept) != 1 || kept[0] != key {
			p.Errorf("kept %v, want %s alone", kept, key)
		}
		p.must(p.expire(p.Context()))
		p.none("")
	})
}

func TestAnOriginalIsTakenOnceAndOnlyWhenAsked(t *testing.T) {
	in(t, func(p *place) {
		whole, raw := photo(100_000), []byte("II*\x00 a raw file")
		id := p.begin(whole)
		p.must(p.append(id, 0, whole))
		e, err := p.enter(id)
		p.must(err)
		begin := func(fan access.Session) (store.Upload, error) {
			return p.Create(p.Context(), fan, Announcement{Length: int64(len(raw)), Purpose: store.ForOriginal, Entry: e.ID})
		}
		p.want("an original that nobody asked for", errorOf(begin(p.fan)), store.ErrNotFound)
		p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error { return tx.AskOriginal(e.ID, true) }))
		p.want("another's", errorOf(begin(p.session("bob"))), store.ErrNotFound)
		first, err := begin(p.fan)
		p.must(err)
		second, err := begin(p.fan)
		p.must(err)
		p.refused("an entry of an original", errorOf(p.enter(first.ID)), contest.UploadUnknown)
		p.must(p.append(first.ID, 0, raw))
		p.want("a second one", p.append(second.ID, 0, raw), store.ErrNotFound)
		p.want("one that begins after it", errorOf(begin(p.fan)), store.ErrNotFound)
		e, err = p.entries.Entry(p.Context(), e.ID)
		p.must(err)
		p.holds(e.Evidence, raw)
		if e.EvidenceSHA256 != sum(raw) || len(p.kept("evidence/")) != 1 {
			p.Errorf("evidence %s of hash %s beside %v", e.Evidence, e.EvidenceSHA256, p.kept("evidence/"))
		}
	})
}
