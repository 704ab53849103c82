package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// UploadID names a file on its way here.
type UploadID string

// Purpose says what becomes of an upload.
type Purpose string

// The purposes of uploads.
const (
	ForEntry    Purpose = "entry"    // a photo to enter
	ForOriginal Purpose = "original" // the camera's own file, which staff asked for
)

// UploadState says how far an upload is.
type UploadState string

// The states of uploads.
const (
	UploadOpen UploadState = "open" // bytes are to come
	UploadDone UploadState = "done" // all are here, in one object
	UploadUsed UploadState = "used" // the object belongs to the entry
)

// Upload is a file on its way here.
type Upload struct {
	ID        UploadID
	Challenge contest.ChallengeID
	Fan       contest.FanID
	Purpose   Purpose
	Entry     contest.EntryID // the one that it becomes, or belongs to
	Length    int64
	Received  int64  // bytes that are safe
	Announced string // SHA-256 that the whole must have; empty where none was named
	Metadata  string // as the client sent it
	State     UploadState
	Object    string // key of the whole, once it is done
	SHA256    string // of the whole, once it is done
	Claim     int64  // of who receives it, or received it last
	HeldUntil time.Time
	CreatedAt time.Time
	ExpiresAt time.Time
}

// UploadPart is a piece of an upload, from its Start.
type UploadPart struct {
	Start, Size int64
	Object      string
	SHA256      string
}

const uploadColumns = `id, challenge, fan, purpose, entry, length, received, announced, metadata, state, object, sha256, claim,
	held_until, created_at, expires_at`

func scanUpload(row scanner) (u Upload, err error) {
	err = row.Scan(&u.ID, &u.Challenge, &u.Fan, &u.Purpose, &u.Entry, &u.Length, &u.Received, &u.Announced, &u.Metadata, &u.State,
		&u.Object, &u.SHA256, &u.Claim, timeColumn{&u.HeldUntil}, timeColumn{&u.CreatedAt}, timeColumn{&u.ExpiresAt})
	return u, err
}

// InsertUpload stores a new upload of which nothing has come, and returns it with its identifier and time.
func (tx *Tx) InsertUpload(u Upload) (Upload, error) {
	u.ID, u.State, u.CreatedAt = UploadID(NewID("u_")), UploadOpen, tx.now
	_, err := tx.Exec("INSERT INTO uploads ("+uploadColumns+`, wanted_at)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, '', '', 0, 0, ?, ?, 0)`,
		u.ID, u.Challenge, u.Fan, u.Purpose, u.Entry, u.Length, u.Announced, u.Metadata, u.State, millis(u.CreatedAt), millis(u.ExpiresAt))
	if err != nil {
		return u, fmt.Errorf("insert upload of fan %s: %w", u.Fan, err)
	}
	return u, nil
}

// Upload returns an upload.
func (tx *Tx) Upload(id UploadID) (Upload, error) {
	u, err := first(tx, scanUpload, "SELECT "+uploadColumns+" FROM uploads WHERE id = ?", id)
	if err != nil {
		return u, fmt.Errorf("read upload %s: %w", id, err)
	}
	return u, nil
}

// Unfinished counts a fan's uploads in a challenge that became nothing yet, and the bytes that they may take. An empty fan
// stands for all.
func (tx *Tx) Unfinished(challenge contest.ChallengeID, fan contest.FanID) (uploads int, bytes int64, err error) {
	query, args := "SELECT COUNT(*), COALESCE(SUM(length), 0) FROM uploads WHERE state <> 'used' AND challenge = ?", []any{challenge}
	if fan != "" {
		query, args = query+" AND fan = ?", append(args, fan)
	}
	if err := tx.one(query, args, &uploads, &bytes); err != nil {
		return 0, 0, fmt.Errorf("count uploads in challenge %s: %w", challenge, err)
	}
	return uploads, bytes, nil
}

// UnfinishedCame sums the bytes that came of a challenge's uploads that became nothing yet.
func (tx *Tx) UnfinishedCame(challenge contest.ChallengeID) (bytes int64, err error) {
	err = tx.one("SELECT COALESCE(SUM(received), 0) FROM uploads WHERE state <> 'used' AND challenge = ?", []any{challenge}, &bytes)
	if err != nil {
		return 0, fmt.Errorf("sum uploads in challenge %s: %w", challenge, err)
	}
	return bytes, nil
}

// TakeUpload leases an upload that waits for bytes from the offset, for a term. Without a lease ErrNotFound is returned: the
// upload is gone, held, or elsewhere.
func (tx *Tx) TakeUpload(id UploadID, offset int64, term time.Duration) (Upload, error) {
	u, err := first(tx, scanUpload, `UPDATE uploads SET claim = claim + 1, held_until = ?, wanted_at = 0
		WHERE id = ? AND state = 'open' AND received = ? AND held_until <= ? AND expires_at > ? RETURNING `+uploadColumns,
		millis(tx.now.Add(term)), id, offset, millis(tx.now), millis(tx.now))
	if err != nil {
		return u, fmt.Errorf("take upload %s: %w", id, err)
	}
	return u, nil
}

// WantUpload tells whoever holds an upload that somebody asks for it, and reports whether it is held.
func (tx *Tx) WantUpload(id UploadID) (held bool, err error) {
	err = tx.mustChange("UPDATE uploads SET wanted_at = ? WHERE id = ? AND held_until > ?", millis(tx.now), id, millis(tx.now))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("want upload %s: %w", id, err)
	}
	return true, nil
}

// KeepUpload renews the lease of a claim and returns when somebody asked for it last. ErrNotFound says that the lease is
// lost.
func (tx *Tx) KeepUpload(u Upload, term time.Duration) (wanted time.Time, err error) {
	wanted, err = first(tx, func(row scanner) (at time.Time, err error) { err = row.Scan(timeColumn{&at}); return at, err },
		"UPDATE uploads SET held_until = ? WHERE id = ? AND claim = ? RETURNING wanted_at", millis(tx.now.Add(term)), u.ID, u.Claim)
	if err != nil {
		return wanted, fmt.Errorf("keep upload %s: %w", u.ID, err)
	}
	return wanted, nil
}

// ReleaseUpload gives the lease of a claim back, if it still stands.
func (tx *Tx) ReleaseUpload(u Upload) error {
	if _, err := tx.Exec("UPDATE uploads SET held_until = 0, wanted_at = 0 WHERE id = ? AND claim = ?", u.ID, u.Claim); err != nil {
		return fmt.Errorf("release upload %s: %w", u.ID, err)
	}
	return nil
}

// AddPart stores that a part is safe, and what is received with it. It takes the place of one that begins where it does.
// ErrNotFound says that the claim's lease is lost.
func (tx *Tx) AddPart(u Upload, p UploadPart) error {
	err := tx.mustChange("UPDATE uploads SET received = ? WHERE id = ? AND claim = ? AND state = 'open'", p.Start+p.Size, u.ID, u.Claim)
	if err == nil {
		_, err = tx.Exec(`INSERT INTO upload_parts (upload, start, size, object, sha256) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (upload, start) DO UPDATE SET size = excluded.size, object = excluded.object, sha256 = excluded.sha256`,
			u.ID, p.Start, p.Size, p.Object, p.SHA256)
	}
	if err != nil {
		return fmt.Errorf("add part to upload %s: %w", u.ID, err)
	}
	return nil
}

// CutUpload has an upload go on from a part's start: that part and those behind it are forgotten. ErrNotFound says that the
// claim's lease is lost.
func (tx *Tx) CutUpload(u Upload, start int64) error {
	err := tx.mustChange("UPDATE uploads SET received = ? WHERE id = ? AND claim = ? AND state = 'open'", start, u.ID, u.Claim)
	if err == nil {
		_, err = tx.Exec("DELETE FROM upload_parts WHERE upload = ? AND start >= ?", u.ID, start)
	}
	if err != nil {
		return fmt.Errorf("cut upload %s: %w", u.ID, err)
	}
	return nil
}

// Parts lists the parts of an upload in their order.
func (tx *Tx) Parts(id UploadID) ([]UploadPart, error) {
	parts, err := list(tx, func(row scanner) (p UploadPart, err error) {
		err = row.Scan(&p.Start, &p.Size, &p.Object, &p.SHA256)
		return p, err
	}, "SELECT start, size, object, sha256 FROM upload_parts WHERE upload = ? ORDER BY start", id)
	if err != nil {
		return nil, fmt.Errorf("list parts of upload %s: %w", id, err)
	}
	return parts, nil
}

// FinishUpload stores that the whole is safe in one object, in place of the parts. ErrNotFound says that the claim's lease is
// lost.
func (tx *Tx) FinishUpload(u Upload, state UploadState, object, sha256 string) error {
	err := tx.mustChange(`UPDATE uploads SET received = length, state = ?, object = ?, sha256 = ?
		WHERE id = ? AND claim = ? AND state = 'open'`, state, object, sha256, u.ID, u.Claim)
	if err == nil {
		_, err = tx.Exec("DELETE FROM upload_parts WHERE upload = ?", u.ID)
	}
	if err != nil {
		return fmt.Errorf("finish upload %s: %w", u.ID, err)
	}
	return nil
}

// UseUpload stores that the object of an upload belongs to its entry. ErrNotFound says that none is there to be used.
func (tx *Tx) UseUpload(id UploadID) error {
	if err := tx.mustChange("UPDATE uploads SET state = 'used' WHERE id = ? AND state = 'done'", id); err != nil {
		return fmt.Errorf("use upload %s: %w", id, err)
	}
	return nil
}

// DeleteUpload forgets an upload that became nothing, and its parts. ErrNotFound says that there is none, or that it was
// used.
func (tx *Tx) DeleteUpload(id UploadID) error {
	if err := tx.mustChange("DELETE FROM uploads WHERE id = ? AND state <> 'used'", id); err != nil {
		return fmt.Errorf("delete upload %s: %w", id, err)
	}
	return nil
}

// DeleteUsedUploads forgets what is remembered of uploads that became entries, once their time is over.
func (tx *Tx) DeleteUsedUploads() error {
	if _, err := tx.Exec("DELETE FROM uploads WHERE state = 'used' AND expires_at <= ?", millis(tx.now)); err != nil {
		return fmt.Errorf("delete used uploads: %w", err)
	}
	return nil
}

// ExpiredUploads lists up to limit uploads that became nothing in their time and that nobody receives.
func (tx *Tx) ExpiredUploads(limit int) ([]Upload, error) {
	uploads, err := list(tx, scanUpload, "SELECT "+uploadColumns+` FROM uploads
		WHERE state <> 'used' AND expires_at <= ? AND held_until <= ? ORDER BY expires_at LIMIT ?`, millis(tx.now), millis(tx.now), limit)
	if err != nil {
		return nil, fmt.Errorf("list expired uploads: %w", err)
	}
	return uploads, nil
}

// UploadsOf lists a fan's uploads that became nothing yet, in all challenges.
func (tx *Tx) UploadsOf(fan contest.FanID) ([]Upload, error) {
	uploads, err := list(tx, scanUpload, "SELECT "+uploadColumns+" FROM uploads WHERE fan = ? AND state <> 'used' ORDER BY id", fan)
	if err != nil {
		return nil, fmt.Errorf("list uploads of fan %s: %w", fan, err)
	}
	return uploads, nil
}

// DeleteUsedUploadsOf forgets what is remembered of a fan's uploads that became entries.
func (tx *Tx) DeleteUsedUploadsOf(fan contest.FanID) error {
	if _, err := tx.Exec("DELETE FROM uploads WHERE fan = ? AND state = 'used'", fan); err != nil {
		return fmt.Errorf("delete used uploads of fan %s: %w", fan, err)
	}
	return nil
}

// Uploading reports whether an upload is to become an entry.
func (tx *Tx) Uploading(entry contest.EntryID) (bool, error) {
	var n int
	if err := tx.one("SELECT COUNT(*) FROM uploads WHERE entry = ? AND state <> 'used'", []any{entry}, &n); err != nil {
		return false, fmt.Errorf("look for an upload of entry %s: %w", entry, err)
	}
	return n > 0, nil
}
