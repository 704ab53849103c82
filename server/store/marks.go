package store

import (
	"fmt"

	"fanfare/server/contest"
)

const markColumns = "entry, kind, challenge, text, staff, at"

func scanMark(row scanner) (m contest.Mark, err error) {
	err = row.Scan(&m.Entry, &m.Kind, &m.Challenge, jsonColumn{&m.Text}, &m.Staff, timeColumn{&m.At})
	return m, err
}

// SetMark stores a mark, in place of the entry's one of that kind. What was featured first stays before what follows.
func (tx *Tx) SetMark(m contest.Mark) error {
	_, err := tx.Exec("INSERT INTO marks ("+markColumns+`) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (entry, kind) DO UPDATE SET text = excluded.text, staff = excluded.staff`,
		m.Entry, m.Kind, m.Challenge, asJSON{m.Text}, m.Staff, millis(tx.now))
	if err != nil {
		return fmt.Errorf("mark entry %s as %s: %w", m.Entry, m.Kind, err)
	}
	return nil
}

// DeleteMark removes a mark; one that is not there is fine.
func (tx *Tx) DeleteMark(entry contest.EntryID, kind contest.MarkKind) error {
	if _, err := tx.Exec("DELETE FROM marks WHERE entry = ? AND kind = ?", entry, kind); err != nil {
		return fmt.Errorf("take mark %s of entry %s away: %w", kind, entry, err)
	}
	return nil
}

// Marks lists the marks of a challenge's entries, the oldest first.
func (tx *Tx) Marks(challenge contest.ChallengeID) ([]contest.Mark, error) {
	marks, err := list(tx, scanMark, "SELECT "+markColumns+" FROM marks WHERE challenge = ? ORDER BY at, entry, kind", challenge)
	if err != nil {
		return nil, fmt.Errorf("list marks of challenge %s: %w", challenge, err)
	}
	return marks, nil
}
