package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// LogTile is a tile of the tree over a vote log: hashes of 32 bytes, one after the other.
type LogTile struct {
	Level  int
	N      int64
	Hashes []byte
}

// LogCheckpoint is a signed note of a log's size and root.
type LogCheckpoint struct {
	Size int64
	Note string
	At   time.Time
}

// LogBlock says where leaves stand in a log that is padded: so many, behind a position, among Size leaves from index First.
type LogBlock struct {
	First, Size   int64
	After, Leaves int64
	At            time.Time
}

// Seal is what a log's tree grows by at once.
type Seal struct {
	Before     int64 // the size that it goes on from
	Tiles      []LogTile
	Block      *LogBlock // nil where the log is not padded
	Checkpoint LogCheckpoint
}

// SealLog writes what a log's tree grew by, and takes the time for its checkpoint. ErrConflict where the tree is no more
// as it was before: another process has sealed.
func (tx *Tx) SealLog(challenge contest.ChallengeID, s Seal) error {
	if err := tx.sealLog(challenge, s); err != nil {
		return fmt.Errorf("seal log of challenge %s: %w", challenge, err)
	}
	return nil
}

func (tx *Tx) sealLog(challenge contest.ChallengeID, s Seal) error {
	if err := tx.Lock("vote log of " + string(challenge)); err != nil {
		return err
	}
	newest, err := tx.LogCheckpoint(challenge)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if newest.Size != s.Before {
		return fmt.Errorf("%w: it has %d leaves, not %d", ErrConflict, newest.Size, s.Before)
	}
	for _, t := range s.Tiles {
		_, err := tx.Exec(`INSERT INTO log_tiles (challenge, level, tile, hashes) VALUES (?, ?, ?, ?)
			ON CONFLICT (challenge, level, tile) DO UPDATE SET hashes = excluded.hashes`, challenge, t.Level, t.N, t.Hashes)
		if err != nil {
			return err
		}
	}
	if b := s.Block; b != nil {
		_, err := tx.Exec("INSERT INTO log_blocks (challenge, first, size, after, leaves, at) VALUES (?, ?, ?, ?, ?, ?)",
			challenge, b.First, b.Size, b.After, b.Leaves, millis(tx.now))
		if err != nil {
			return err
		}
	}
	return tx.saveCheckpoint(challenge, s.Checkpoint)
}

// saveCheckpoint puts a checkpoint in the place of the newest, unless that was the first of its hour.
func (tx *Tx) saveCheckpoint(challenge contest.ChallengeID, c LogCheckpoint) error {
	var kept int
	hour := millis(tx.now.Truncate(time.Hour))
	err := tx.one("SELECT COUNT(*) FROM log_checkpoints WHERE challenge = ? AND kept = 1 AND at >= ?", []any{challenge, hour}, &kept)
	if err == nil {
		_, err = tx.Exec("DELETE FROM log_checkpoints WHERE challenge = ? AND kept = 0", challenge)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO log_checkpoints (challenge, size, note, at, kept) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (challenge, size) DO UPDATE SET note = excluded.note, at = excluded.at`, challenge, c.Size, c.Note, millis(tx.now), bit(kept == 0))
	return err
}

func scanCheckpoint(row scanner) (c LogCheckpoint, err error) {
	err = row.Scan(&c.Size, &c.Note, timeColumn{&c.At})
	return c, err
}

// LogCheckpoint returns the newest checkpoint of a challenge's log; ErrNotFound before the first.
func (tx *Tx) LogCheckpoint(challenge contest.ChallengeID) (LogCheckpoint, error) {
	c, err := first(tx, scanCheckpoint, "SELECT size, note, at FROM log_checkpoints WHERE challenge = ? ORDER BY size DESC LIMIT 1", challenge)
	if err != nil {
		return c, fmt.Errorf("read checkpoint of challenge %s: %w", challenge, err)
	}
	return c, nil
}

// LogCheckpoints lists the checkpoints of a challenge's log that are kept, the smallest first and the newest last.
func (tx *Tx) LogCheckpoints(challenge contest.ChallengeID) ([]LogCheckpoint, error) {
	list, err := list(tx, scanCheckpoint, "SELECT size, note, at FROM log_checkpoints WHERE challenge = ? ORDER BY size", challenge)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints of challenge %s: %w", challenge, err)
	}
	return list, nil
}

// LogTile returns the hashes of a tile as far as the log goes; ErrNotFound where it does not come to it.
func (tx *Tx) LogTile(challenge contest.ChallengeID, level int, n int64) (hashes []byte, err error) {
	err = tx.one("SELECT hashes FROM log_tiles WHERE challenge = ? AND level = ? AND tile = ?", []any{challenge, level, n}, &hashes)
	if err != nil {
		return nil, fmt.Errorf("read tile %d of level %d of challenge %s: %w", n, level, challenge, err)
	}
	return hashes, nil
}

// LogBlocks lists the blocks of a padded log, in order.
func (tx *Tx) LogBlocks(challenge contest.ChallengeID) ([]LogBlock, error) {
	scan := func(row scanner) (b LogBlock, err error) {
		err = row.Scan(&b.First, &b.Size, &b.After, &b.Leaves, timeColumn{&b.At})
		return b, err
	}
	list, err := list(tx, scan, "SELECT first, size, after, leaves, at FROM log_blocks WHERE challenge = ? ORDER BY first", challenge)
	if err != nil {
		return nil, fmt.Errorf("list blocks of challenge %s: %w", challenge, err)
	}
	return list, nil
}

// VotesByState counts the votes of a challenge that stand, by what became of them.
func (tx *Tx) VotesByState(challenge contest.ChallengeID) (t contest.VoteTotals, err error) {
	err = tx.one(`SELECT CAST(COALESCE(SUM(votes), 0) AS BIGINT), CAST(COALESCE(SUM(held), 0) AS BIGINT), CAST(COALESCE(SUM(excluded), 0) AS BIGINT)
		FROM tallies WHERE challenge = ?`,
		[]any{challenge}, &t.Counted, &t.Held, &t.Excluded)
	if err != nil {
		return t, fmt.Errorf("count votes of challenge %s: %w", challenge, err)
	}
	return t, nil
}

// DoubtfulVotes is how many votes that stand are held or excluded for a reason, which is empty where none was kept.
type DoubtfulVotes struct {
	State  contest.VoteState
	Reason contest.Reason
	Votes  int64
}

// selectDoubtful finds the votes by an index that has nothing but keys, because SQLite would else go through all votes of the challenge.
const selectDoubtful = `SELECT state, reason, CAST(SUM(votes) AS BIGINT) FROM (
		SELECT v.state, v.votes, COALESCE((SELECT l.reason FROM vote_log l WHERE l.batch = v.batch AND l.batch <> '' AND l.challenge = v.challenge LIMIT 1), '') AS reason
		FROM (SELECT o.challenge, o.state, o.batch, COUNT(*) AS votes FROM votes k CROSS JOIN votes o
			WHERE k.challenge = ? AND k.state <> 'counted' AND o.challenge = k.challenge AND o.voter = k.voter AND o.period = k.period
				AND o.entry = k.entry AND o.position > 0 GROUP BY o.challenge, o.state, o.batch) AS v) AS d
	GROUP BY state, reason ORDER BY state, 3 DESC, reason`

// DoubtfulVotes counts the votes of a challenge that stand and do not count, by state and reason, the most first.
func (tx *Tx) DoubtfulVotes(challenge contest.ChallengeID) ([]DoubtfulVotes, error) {
	scan := func(row scanner) (d DoubtfulVotes, err error) {
		err = row.Scan(&d.State, &d.Reason, &d.Votes)
		return d, err
	}
	list, err := list(tx, scan, selectDoubtful, challenge)
	if err != nil {
		return nil, fmt.Errorf("count doubtful votes of challenge %s: %w", challenge, err)
	}
	return list, nil
}
