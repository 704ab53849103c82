package store

import (
	"fmt"

	"fanfare/server/contest"
)

const complaintColumns = "id, challenge, entry, fan, statement, created_at, answered_at, answer, staff"

func scanComplaint(row scanner) (c contest.Complaint, err error) {
	err = row.Scan(&c.ID, &c.Challenge, &c.Entry, &c.Fan, &c.Statement, timeColumn{&c.CreatedAt}, timeColumn{&c.AnsweredAt}, &c.Answer, &c.Staff)
	return c, err
}

// InsertComplaint stores a complaint and returns it with its identifier and time; ErrConflict where an earlier one about
// the entry is open.
func (tx *Tx) InsertComplaint(c contest.Complaint) (contest.Complaint, error) {
	c.ID, c.CreatedAt = orNew(c.ID, "vc_"), tx.now
	_, err := tx.Exec("INSERT INTO complaints ("+complaintColumns+") VALUES (?, ?, ?, ?, ?, ?, 0, '', '')",
		c.ID, c.Challenge, c.Entry, c.Fan, c.Statement, millis(c.CreatedAt))
	if err != nil {
		return c, fmt.Errorf("insert complaint about entry %s: %w", c.Entry, err)
	}
	return c, nil
}

// Complaint returns a complaint.
func (tx *Tx) Complaint(id contest.ComplaintID) (contest.Complaint, error) {
	c, err := first(tx, scanComplaint, "SELECT "+complaintColumns+" FROM complaints WHERE id = ?", id)
	if err != nil {
		return c, fmt.Errorf("read complaint %s: %w", id, err)
	}
	return c, nil
}

// LastComplaint returns the newest complaint about an entry, open or answered; ErrNotFound where there was none.
func (tx *Tx) LastComplaint(entry contest.EntryID) (contest.Complaint, error) {
	c, err := first(tx, scanComplaint, "SELECT "+complaintColumns+" FROM complaints WHERE entry = ? ORDER BY created_at DESC, id DESC LIMIT 1", entry)
	if err != nil {
		return c, fmt.Errorf("read last complaint about entry %s: %w", entry, err)
	}
	return c, nil
}

// OpenComplaints lists the complaints in a challenge that wait for an answer, the oldest first.
func (tx *Tx) OpenComplaints(challenge contest.ChallengeID, limit int) ([]contest.Complaint, error) {
	complaints, err := list(tx, scanComplaint, "SELECT "+complaintColumns+
		" FROM complaints WHERE answered_at = 0 AND challenge = ? ORDER BY created_at, id LIMIT ?", challenge, limit)
	if err != nil {
		return nil, fmt.Errorf("list open complaints of challenge %s: %w", challenge, err)
	}
	return complaints, nil
}

// CountComplaints counts the complaints that wait for an answer, by challenge.
func (tx *Tx) CountComplaints() (map[contest.ChallengeID]int, error) {
	return tx.countByChallenge("SELECT challenge, COUNT(*) FROM complaints WHERE answered_at = 0 GROUP BY challenge")
}

// AnswerComplaint closes a complaint; ErrNotFound where it was closed before.
func (tx *Tx) AnswerComplaint(c contest.Complaint) error {
	err := tx.mustChange("UPDATE complaints SET answered_at = ?, answer = ?, staff = ? WHERE id = ? AND answered_at = 0",
		millis(tx.now), c.Answer, c.Staff, c.ID)
	if err != nil {
		return fmt.Errorf("answer complaint %s: %w", c.ID, err)
	}
	return nil
}

// countByChallenge runs a query of challenges with a count each.
func (tx *Tx) countByChallenge(query string) (map[contest.ChallengeID]int, error) {
	type line struct {
		challenge contest.ChallengeID
		n         int
	}
	scan := func(row scanner) (l line, err error) {
		err = row.Scan(&l.challenge, &l.n)
		return l, err
	}
	lines, err := list(tx, scan, query)
	if err != nil {
		return nil, fmt.Errorf("count by challenge: %w", err)
	}
	counts := make(map[contest.ChallengeID]int, len(lines))
	for _, l := range lines {
		counts[l.challenge] = l.n
	}
	return counts, nil
}
