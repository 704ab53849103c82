package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

const (
	entryColumns = `e.id, e.challenge, e.number, e.fan, e.author, e.caption, e.tags, e.city, e.partner, e.status, e.reason,
	e.note, e.original, e.sha256, e.photo, e.consents, e.submitted_at, e.decided_at, e.share_place, e.flags, e.takedown, e.appealed_at,
	e.original_asked_at, e.evidence, e.evidence_sha256, e.passed_over, t.shown, t.version, t.shown_reached`
	selectEntries = "SELECT " + entryColumns + " FROM entries e JOIN tallies t ON t.entry = e.id "
)

func scanEntry(row scanner) (e contest.Entry, err error) {
	err = row.Scan(&e.ID, &e.Challenge, &e.Number, &e.Fan, &e.Author, &e.Caption, jsonColumn{&e.Tags}, &e.City, &e.Partner,
		&e.Status, &e.Reason, &e.Note, &e.Original, &e.SHA256, jsonColumn{&e.Photo}, jsonColumn{&e.Consents},
		timeColumn{&e.SubmittedAt}, timeColumn{&e.DecidedAt}, boolColumn{&e.SharePlace}, jsonColumn{&e.Flags}, &e.Takedown,
		timeColumn{&e.Appealed}, timeColumn{&e.OriginalAsked}, &e.Evidence, &e.EvidenceSHA256, &e.PassedOver, &e.Score, &e.Version, &e.Reached)
	return e, err
}

// InsertEntry stores a new entry and returns it with its number, its time, and an identifier where it had none.
func (tx *Tx) InsertEntry(e contest.Entry) (contest.Entry, error) {
	e.ID, e.SubmittedAt = orNew(e.ID, "e_"), tx.now
	e.Score, e.Reached, e.Version = 0, 0, 1
	l, err := tx.ledger(e.Challenge)
	if err != nil {
		return e, fmt.Errorf("number entry in challenge %s: %w", e.Challenge, err)
	}
	l.entries++
	e.Number, l.changed = l.entries, true
	_, err = tx.Exec(`INSERT INTO entries (id, challenge, number, fan, author, caption, tags, city, partner, status, reason, note,
		original, sha256, photo, consents, submitted_at, decided_at, share_place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.ID, e.Challenge, e.Number, e.Fan, e.Author, e.Caption, asJSON{e.Tags}, e.City, e.Partner, e.Status, e.Reason, e.Note,
		e.Original, e.SHA256, asJSON{e.Photo}, asJSON{e.Consents}, millis(e.SubmittedAt), millis(e.DecidedAt), bit(e.SharePlace))
	if err == nil {
		_, err = tx.Exec("INSERT INTO tallies (entry, challenge, number, score, version, reached, visible) VALUES (?, ?, ?, 0, 1, 0, ?)",
			e.ID, e.Challenge, e.Number, visible(e.Status))
	}
	if err != nil {
		return e, fmt.Errorf("insert entry %s: %w", e.ID, err)
	}
	tx.changes = append(tx.changes, e.Change())
	return e, nil
}

// visible is how the board's column says that a status is shown.
func visible(s contest.Status) int { return bit(s == contest.Published) }

// SetPhoto stores what rendering yielded and why moderators should look at it, with the status and reason that follow,
// and returns the entry as it is then.
func (tx *Tx) SetPhoto(id contest.EntryID, photo contest.Photo, flags []contest.Flag, status contest.Status, reason contest.Reason) (contest.Entry, error) {
	if err := tx.mustChange("UPDATE entries SET photo = ?, flags = ? WHERE id = ?", asJSON{photo}, asJSON{flags}, id); err != nil {
		return contest.Entry{}, fmt.Errorf("set photo of entry %s: %w", id, err)
	}
	return tx.Decide(id, status, reason, "")
}

// Decide moves an entry to a status, with the reason and note that the fan reads, and returns the entry as it is then.
// Its version rises and its change is told at commit.
func (tx *Tx) Decide(id contest.EntryID, status contest.Status, reason contest.Reason, note string) (contest.Entry, error) {
	err := tx.mustChange("UPDATE entries SET status = ?, reason = ?, note = ?, decided_at = ? WHERE id = ?",
		status, reason, note, decided(status, tx.now), id)
	if err != nil {
		return contest.Entry{}, fmt.Errorf("decide entry %s: %w", id, err)
	}
	return tx.showOnBoard(id)
}

// showOnBoard has an entry's place on the board follow what the entry is by now, tells of it at commit, and returns the entry.
func (tx *Tx) showOnBoard(id contest.EntryID) (contest.Entry, error) {
	err := tx.mustChange(`UPDATE tallies SET version = version + 1, visible = (SELECT CASE WHEN status = ? AND passed_over = '' THEN 1 ELSE 0 END
		FROM entries WHERE id = tallies.entry) WHERE entry = ?`, contest.Published, id)
	if err != nil {
		return contest.Entry{}, fmt.Errorf("show entry %s on the board: %w", id, err)
	}
	e, err := tx.Entry(id)
	if err == nil {
		err = tx.mustBeIn(e.Challenge)
	}
	if err != nil {
		return e, err
	}
	tx.changes = append(tx.changes, e.Change())
	return e, nil
}

// decided is when an entry got its status, and none for those that still wait for a decision.
func decided(s contest.Status, now time.Time) int64 {
	if s == contest.Processing || s == contest.Pending {
		return 0
	}
	return millis(now)
}

// Entry returns an entry.
func (tx *Tx) Entry(id contest.EntryID) (contest.Entry, error) {
	e, err := first(tx, scanEntry, selectEntries+"WHERE e.id = ?", id)
	if err != nil {
		return e, fmt.Errorf("read entry %s: %w", id, err)
	}
	return e, nil
}

// EntryByNumber returns the entry with that number in its challenge.
func (tx *Tx) EntryByNumber(challenge contest.ChallengeID, number contest.EntryNumber) (contest.Entry, error) {
	e, err := first(tx, scanEntry, selectEntries+"WHERE e.challenge = ? AND e.number = ?", challenge, number)
	if err != nil {
		return e, fmt.Errorf("read entry %d of challenge %s: %w", number, challenge, err)
	}
	return e, nil
}

// EntriesByFan lists a fan's entries in a challenge, the newest first.
func (tx *Tx) EntriesByFan(challenge contest.ChallengeID, fan contest.FanID) ([]contest.Entry, error) {
	entries, err := list(tx, scanEntry, selectEntries+"WHERE e.challenge = ? AND e.fan = ? ORDER BY e.number DESC", challenge, fan)
	if err != nil {
		return nil, fmt.Errorf("list entries of fan %s: %w", fan, err)
	}
	return entries, nil
}

// CountEntries counts a fan's entries in a challenge that were neither withdrawn nor rejected.
func (tx *Tx) CountEntries(challenge contest.ChallengeID, fan contest.FanID) (n int, err error) {
	err = tx.one("SELECT COUNT(*) FROM entries WHERE challenge = ? AND fan = ? AND status IN (?, ?, ?)",
		[]any{challenge, fan, contest.Processing, contest.Pending, contest.Published}, &n)
	if err != nil {
		return 0, fmt.Errorf("count entries of fan %s: %w", fan, err)
	}
	return n, nil
}

// Counts counts a challenge's entries by status.
func (tx *Tx) Counts(challenge contest.ChallengeID) (map[contest.Status]int, error) {
	rows, err := tx.Query("SELECT status, COUNT(*) FROM entries WHERE challenge = ? GROUP BY status", challenge)
	if err != nil {
		return nil, fmt.Errorf("count entries of challenge %s: %w", challenge, err)
	}
	defer rows.Close()
	counts := map[contest.Status]int{}
	for rows.Next() {
		var status contest.Status
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			return nil, fmt.Errorf("count entries of challenge %s: %w", challenge, classify(err))
		}
		counts[status] = n
	}
	return counts, classify(rows.Err())
}

// SetFlags stores why moderators should look at an entry.
func (tx *Tx) SetFlags(id contest.EntryID, flags []contest.Flag) error {
	if err := tx.mustChange("UPDATE entries SET flags = ? WHERE id = ?", asJSON{flags}, id); err != nil {
		return fmt.Errorf("flag entry %s: %w", id, err)
	}
	return nil
}

// AskOriginal stores whether the entry's fan is asked for the camera's own file.
func (tx *Tx) AskOriginal(id contest.EntryID, asked bool) error {
	at := int64(0)
	if asked {
		at = millis(tx.now)
	}
	if err := tx.mustChange("UPDATE entries SET original_asked_at = ? WHERE id = ?", at, id); err != nil {
		return fmt.Errorf("ask for original of entry %s: %w", id, err)
	}
	return nil
}

// SetEvidence stores where the file is that the entry's fan sent when asked.
func (tx *Tx) SetEvidence(id contest.EntryID, key, sha256 string) error {
	if err := tx.mustChange("UPDATE entries SET evidence = ?, evidence_sha256 = ? WHERE id = ?", key, sha256, id); err != nil {
		return fmt.Errorf("set evidence of entry %s: %w", id, err)
	}
	return nil
}

// selectTwin reads the number in an expression, or SQLite would go through all of the challenge in its order.
const selectTwin = "SELECT number FROM entries WHERE challenge = ? AND sha256 = ? AND status IN (?, ?, ?) ORDER BY number + 0 LIMIT 1"

// TwinNumber returns the number of the challenge's entry with the same original that was neither rejected nor withdrawn;
// ErrNotFound where there is none.
func (tx *Tx) TwinNumber(challenge contest.ChallengeID, sha256 string) (n contest.EntryNumber, err error) {
	err = tx.one(selectTwin, []any{challenge, sha256, contest.Processing, contest.Pending, contest.Published}, &n)
	if err != nil {
		return 0, fmt.Errorf("find twin in challenge %s: %w", challenge, err)
	}
	return n, nil
}
