package store

import (
	"fmt"

	"fanfare/server/contest"
)

const appealColumns = "id, challenge, fan, entry, ban, text, created_at, decided_at, upheld, note, staff"

func scanAppeal(row scanner) (a contest.Appeal, err error) {
	err = row.Scan(&a.ID, &a.Challenge, &a.Fan, &a.Entry, &a.Ban, &a.Text, timeColumn{&a.CreatedAt}, timeColumn{&a.DecidedAt},
		boolColumn{&a.Upheld}, &a.Note, &a.Staff)
	return a, err
}

// InsertAppeal stores an appeal, and its time with what it is against; ErrConflict where there was one before.
func (tx *Tx) InsertAppeal(a contest.Appeal) error {
	a.ID = orNew(a.ID, "a_")
	_, err := tx.Exec("INSERT INTO appeals ("+appealColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, '', '')",
		a.ID, a.Challenge, a.Fan, a.Entry, a.Ban, a.Text, millis(tx.now))
	if err == nil && a.Entry != "" {
		err = tx.mustChange("UPDATE entries SET appealed_at = ? WHERE id = ?", millis(tx.now), a.Entry)
	}
	if err == nil && a.Ban != "" {
		err = tx.mustChange("UPDATE bans SET appealed_at = ? WHERE id = ?", millis(tx.now), a.Ban)
	}
	if err != nil {
		return fmt.Errorf("insert appeal of fan %s: %w", a.Fan, err)
	}
	return nil
}

// Appeal returns an appeal.
func (tx *Tx) Appeal(id contest.AppealID) (contest.Appeal, error) {
	a, err := first(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals WHERE id = ?", id)
	if err != nil {
		return a, fmt.Errorf("read appeal %s: %w", id, err)
	}
	return a, nil
}

// OpenAppeals lists the appeals that wait for a decision, the oldest first.
func (tx *Tx) OpenAppeals(limit int) ([]contest.Appeal, error) {
	appeals, err := list(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals WHERE decided_at = 0 ORDER BY created_at, id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("list open appeals: %w", err)
	}
	return appeals, nil
}

// CountAppeals counts the appeals that wait for a decision.
func (tx *Tx) CountAppeals() (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM appeals WHERE decided_at = 0", nil, &n); err != nil {
		return 0, fmt.Errorf("count open appeals: %w", err)
	}
	return n, nil
}

// DecideAppeal closes an appeal; ErrNotFound where it was closed before.
func (tx *Tx) DecideAppeal(a contest.Appeal) error {
	err := tx.mustChange("UPDATE appeals SET decided_at = ?, upheld = ?, note = ?, staff = ? WHERE id = ? AND decided_at = 0",
		millis(tx.now), bit(a.Upheld), a.Note, a.Staff, a.ID)
	if err != nil {
		return fmt.Errorf("decide appeal %s: %w", a.ID, err)
	}
	return nil
}
