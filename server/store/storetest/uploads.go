package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var uploadClaims = map[string]func(*testing.T, Opener){
	"an upload comes back as it was stored":                   uploadReturns,
	"one of many takes the lease of an upload":                uploadTakenOnce,
	"a lease that ran out is taken, and its holder is told":   uploadTakenOver,
	"whoever waits for a lease is known to its holder":        uploadWanted,
	"parts count in their order, and a longer one replaces":   uploadParts,
	"a finished upload is used once and not forgotten":        uploadUsed,
	"uploads that became nothing count until they are gone":   uploadsCounted,
	"expired uploads are listed unless somebody receives one": uploadsExpire,
}

const leaseTerm = 10 * time.Second

// uploading begins an upload of 100 bytes by a fan.
func (s *stage) uploading(fan contest.Fan) (u store.Upload) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		u, err = tx.InsertUpload(store.Upload{
			Challenge: s.challenge.ID, Fan: fan.ID, Purpose: store.ForEntry, Entry: contest.EntryID(store.NewID("e_")), Length: 100,
			Announced: "ff", Metadata: "filename 5aSc", ExpiresAt: tx.Now().Add(time.Hour),
		})
		return err
	})
	return u
}

func (s *stage) take(id store.UploadID, offset int64) (u store.Upload) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		u, err = tx.TakeUpload(id, offset, leaseTerm)
		return err
	})
	return u
}

func (s *stage) addPart(u store.Upload, p store.UploadPart) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.AddPart(u, p) })
}

func (s *stage) upload(id store.UploadID) (u store.Upload) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		u, err = tx.Upload(id)
		return err
	})
	return u
}

func uploadReturns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	u := s.uploading(s.fan("a"))
	if u.ID == "" || u.CreatedAt.IsZero() || u.State != store.UploadOpen {
		t.Errorf("got %+v", u)
	}
	same(t, "upload", s.upload(u.ID), u)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Upload("u_none"); return err })
	s.view(func(tx *store.Tx) error {
		its, err := tx.Uploading(u.Entry)
		equal(t, "its entry is on its way", its, true)
		other, errOther := tx.Uploading("e_none")
		equal(t, "another is", other, false)
		return errors.Join(err, errOther)
	})
}

func uploadTakenOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	u := s.uploading(s.fan("a"))
	taken := make([]error, 8)
	together(len(taken), func(i int) {
		taken[i] = s.store.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.TakeUpload(u.ID, 0, leaseTerm)
			return err
		})
	})
	n := 0
	for _, err := range taken {
		switch {
		case err == nil:
			n++
		case !errors.Is(err, store.ErrNotFound):
			t.Error(err)
		}
	}
	equal(t, "leases", n, 1)
	equal(t, "claim", s.upload(u.ID).Claim, 1)
}

func uploadTakenOver(t *testing.T, open Opener) {
	clock := noon
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	u := s.uploading(s.fan("a"))
	first := s.take(u.ID, 0)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeUpload(u.ID, 0, leaseTerm); return err })
	clock = clock.Add(leaseTerm)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeUpload(u.ID, 7, leaseTerm); return err })
	second := s.take(u.ID, 0)
	for what, err := range map[string]func(*store.Tx) error{
		"keep":   func(tx *store.Tx) error { _, err := tx.KeepUpload(first, leaseTerm); return err },
		"add":    func(tx *store.Tx) error { return tx.AddPart(first, store.UploadPart{Size: 9}) },
		"cut":    func(tx *store.Tx) error { return tx.CutUpload(first, 0) },
		"finish": func(tx *store.Tx) error { return tx.FinishUpload(first, store.UploadDone, "o", "ff") },
	} {
		if got := s.store.Update(t.Context(), err); !errors.Is(got, store.ErrNotFound) {
			t.Errorf("%s without the lease: got %v, want not found", what, got)
		}
	}
	s.update(func(tx *store.Tx) error { return tx.ReleaseUpload(first) }) // is not the holder any more
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeUpload(u.ID, 0, leaseTerm); return err })
	s.update(func(tx *store.Tx) error { return tx.ReleaseUpload(second) })
	equal(t, "third claim", s.take(u.ID, 0).Claim, 3)
}

func uploadWanted(t *testing.T, open Opener) {
	clock := noon
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	u := s.uploading(s.fan("a"))
	want := func(held bool) {
		t.Helper()
		s.update(func(tx *store.Tx) error {
			got, err := tx.WantUpload(u.ID)
			equal(t, "held", got, held)
			return err
		})
	}
	kept := func(u store.Upload, wanted time.Time) {
		t.Helper()
		s.update(func(tx *store.Tx) error {
			got, err := tx.KeepUpload(u, leaseTerm)
			same(t, "wanted", got, wanted)
			return err
		})
	}
	want(false)
	first := s.take(u.ID, 0)
	kept(first, time.Time{})
	clock = clock.Add(time.Second)
	want(true)
	kept(first, clock)
	s.update(func(tx *store.Tx) error { return tx.ReleaseUpload(first) })
	kept(s.take(u.ID, 0), time.Time{})
}

func uploadParts(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	u := s.uploading(s.fan("a"))
	u = s.take(u.ID, 0)
	a, b, c := store.UploadPart{Start: 0, Size: 30, Object: "a", SHA256: "1"}, store.UploadPart{Start: 30, Size: 9, Object: "b", SHA256: "2"}, store.UploadPart{Start: 30, Size: 20, Object: "c", SHA256: "3"}
	hold := func(received int64, want ...store.UploadPart) {
		t.Helper()
		s.view(func(tx *store.Tx) error {
			got, err := tx.Parts(u.ID)
			same(t, "parts", got, want)
			return err
		})
		equal(t, "received", s.upload(u.ID).Received, received)
	}
	s.addPart(u, a)
	s.addPart(u, b)
	hold(39, a, b)
	s.addPart(u, c)
	hold(50, a, c)
	s.update(func(tx *store.Tx) error { return tx.CutUpload(u, 30) })
	hold(30, a)
	s.update(func(tx *store.Tx) error { return tx.FinishUpload(u, store.UploadDone, "whole", "ff") })
	hold(100)
}

func uploadUsed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	u := s.uploading(s.fan("a"))
	use := func(tx *store.Tx) error { return tx.UseUpload(u.ID) }
	s.refused(store.ErrNotFound, use)
	u = s.take(u.ID, 0)
	s.update(func(tx *store.Tx) error { return tx.FinishUpload(u, store.UploadDone, "whole", "ff") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.AddPart(u, store.UploadPart{Size: 9}) })
	s.update(use)
	s.refused(store.ErrNotFound, use)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteUpload(u.ID) })
	got := s.upload(u.ID)
	same(t, "used", []any{got.State, got.Object, got.SHA256, got.Received}, []any{store.UploadUsed, "whole", "ff", 100})
}

func uploadsCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	a, b := s.fan("a"), s.fan("b")
	used, gone := s.uploading(a), s.uploading(a)
	s.uploading(a)
	s.uploading(b)
	used = s.take(used.ID, 0)
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.FinishUpload(used, store.UploadUsed, "whole", "ff"), tx.DeleteUpload(gone.ID))
	})
	for fan, want := range map[contest.FanID]int{a.ID: 1, b.ID: 1, "f_none": 0, "": 2} {
		s.view(func(tx *store.Tx) error {
			n, bytes, err := tx.Unfinished(s.challenge.ID, fan)
			same(t, "uploads and bytes", []any{n, bytes}, []any{want, want * 100})
			return err
		})
	}
	begun := s.take(s.uploading(b).ID, 0)
	s.addPart(begun, store.UploadPart{Size: 30, Object: "o", SHA256: "ff"})
	for challenge, want := range map[contest.ChallengeID]int64{s.challenge.ID: 30, "ch_none": 0} {
		s.view(func(tx *store.Tx) error {
			came, err := tx.UnfinishedCame(challenge)
			equal(t, "bytes that came", came, want)
			return err
		})
	}
}

func uploadsExpire(t *testing.T, open Opener) {
	clock := noon
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	fan := s.fan("a")
	left, held, used := s.uploading(fan), s.uploading(fan), s.uploading(fan)
	used = s.take(used.ID, 0)
	s.update(func(tx *store.Tx) error { return tx.FinishUpload(used, store.UploadUsed, "whole", "ff") })
	clock = clock.Add(time.Hour - time.Second)
	s.take(held.ID, 0)
	clock = clock.Add(time.Second)
	var expired []store.Upload
	s.update(func(tx *store.Tx) (err error) {
		if err := tx.DeleteUsedUploads(); err != nil {
			return err
		}
		expired, err = tx.ExpiredUploads(10)
		return err
	})
	same(t, "expired", expired, []store.Upload{left})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeUpload(left.ID, 0, leaseTerm); return err })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Upload(used.ID); return err })
}
