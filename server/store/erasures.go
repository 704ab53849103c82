package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

const (
	// ErasedIssuer is the issuer of a fan of whom nothing is left but the identifier, which rows of others refer to.
	ErasedIssuer = "erased"
	// ErasedSource stands for where the votes of erased voters came from. They are one group to whoever looks for votes that
	// were stuffed: erasing oneself must not scatter them.
	ErasedSource = "erased"
)

// Persons returns a fan, and the guests who turned out to be that fan.
func (tx *Tx) Persons(fan contest.FanID) ([]contest.FanID, error) {
	if _, err := tx.Fan(fan); err != nil {
		return nil, err
	}
	guests, err := list(tx, scalar[contest.FanID], "SELECT id FROM fans WHERE became = ? AND became <> '' ORDER BY id", fan)
	if err != nil {
		return nil, fmt.Errorf("list guests who became fan %s: %w", fan, err)
	}
	return append([]contest.FanID{fan}, guests...), nil
}

// TakeIdentity begins an erasure: it leaves no way to know again who a fan was, or to go on as that fan, and returns the
// challenges in which there is more of them, for EraseIn. Whoever has votes in a challenge, or is banned there, is kept from
// coming back to it; see Departed. Done again it does what is left. ErrNotFound says that there is no such fan.
func (tx *Tx) TakeIdentity(fan contest.FanID, at time.Time) ([]contest.ChallengeID, error) {
	f, err := tx.Fan(fan)
	if err != nil {
		return nil, err
	}
	challenges, err := tx.challengesOf(fan)
	if err == nil {
		err = tx.depart(f)
	}
	if err == nil {
		err = tx.forget(fan, at)
	}
	if err != nil {
		return nil, fmt.Errorf("erase fan %s: %w", fan, err)
	}
	return challenges, nil
}

// The statements of an erasure that are of large tables.
const (
	forgetInvited = "UPDATE invitations SET fan = '', label = '' WHERE fan = ? AND fan <> ''" // the second half is the index's
	forgetKeys    = `DELETE FROM idempotency WHERE scope IN (SELECT CAST(? AS TEXT)
		UNION ALL SELECT CAST(? AS TEXT) || voter FROM voters WHERE challenge = ? AND fan = ?)`
)

// forget empties what names a fan or was written by them, outside their entries.
func (tx *Tx) forget(fan contest.FanID, at time.Time) error {
	ms := millis(at)
	return tx.each(
		statement{"UPDATE fans SET issuer = ?, subject = id, name = '', became = '' WHERE id = ?", []any{ErasedIssuer, fan}},
		statement{"DELETE FROM confirmations WHERE token IN (SELECT hash FROM tokens WHERE fan = ?)", []any{fan}},
		statement{"DELETE FROM tokens WHERE fan = ?", []any{fan}},
		statement{"DELETE FROM mailboxes WHERE fan = ?", []any{fan}},
		statement{"DELETE FROM correspondents WHERE person = ?", []any{FanPerson(fan)}},
		statement{"DELETE FROM notices WHERE person = ?", []any{FanPerson(fan)}},
		statement{forgetInvited, []any{fan}},
		statement{"DELETE FROM bans WHERE fan = ?", []any{fan}}, // it names the batch of the votes that were held with it
		statement{"UPDATE appeals SET text = '', note = '', decided_at = CASE WHEN decided_at = 0 THEN ? ELSE decided_at END WHERE fan = ?", []any{ms, fan}},
		statement{"UPDATE complaints SET statement = '', answer = '', answered_at = CASE WHEN answered_at = 0 THEN ? ELSE answered_at END WHERE fan = ?", []any{ms, fan}},
		statement{"UPDATE reports SET note = '' WHERE fan = ?", []any{fan}},
		statement{"UPDATE acts SET object = 'fan', note = '' WHERE object = ?", []any{"fan/" + string(fan)}},
	)
}

// EraseIn goes on with an erasure in a challenge, in an update of that. The fan's entries are withdrawn, and nothing of what
// they showed or what others wrote about them is left; their votes stay as they are, of a voter whom nobody knows any more.
// It returns the entries as they were, whose photos are still to be removed.
func (tx *Tx) EraseIn(challenge contest.ChallengeID, fan contest.FanID, at time.Time) ([]contest.Entry, error) {
	if err := tx.mustBeIn(challenge); err != nil {
		return nil, err
	}
	err := tx.dissolve(challenge, fan)
	entries, listErr := tx.EntriesByFan(challenge, fan)
	if err = errors.Join(err, listErr); err == nil && len(entries) > 0 {
		err = tx.empty(challenge, fan, at)
	}
	for _, e := range entries {
		if err == nil && e.Status != contest.Withdrawn {
			err = tx.vanish(e.ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("erase fan %s in challenge %s: %w", fan, challenge, err)
	}
	return entries, nil
}

// dissolve forgets who a voter is, and from where the votes came.
func (tx *Tx) dissolve(challenge contest.ChallengeID, fan contest.FanID) error {
	return tx.each(
		statement{"UPDATE votes SET source = ?, agent = '' WHERE challenge = ? AND voter = (SELECT voter FROM voters WHERE challenge = ? AND fan = ?)",
			[]any{ErasedSource, challenge, challenge, fan}},
		statement{forgetKeys, []any{"entry/" + string(challenge) + "/" + string(fan), VoteScope(challenge, ""), challenge, fan}},
		statement{"DELETE FROM voters WHERE challenge = ? AND fan = ?", []any{challenge, fan}},
	)
}

// empty takes out of a fan's entries in a challenge, and of what was said about them, all that somebody wrote or that a photo
// yielded. The keys of originals stay until those are removed; they are made of identifiers.
func (tx *Tx) empty(challenge contest.ChallengeID, fan contest.FanID, at time.Time) error {
	const theirs = " IN (SELECT id FROM entries WHERE challenge = ? AND fan = ?)"
	ms := millis(at)
	return tx.each(
		statement{"UPDATE takedowns SET name = '', contact = '', statement = '', removed = CASE WHEN decided_at = 0 THEN 1 ELSE removed END," +
			" decided_at = CASE WHEN decided_at = 0 THEN ? ELSE decided_at END WHERE entry" + theirs, []any{ms, challenge, fan}},
		statement{"UPDATE reports SET note = '', resolved_at = CASE WHEN resolved_at = 0 THEN ? ELSE resolved_at END WHERE entry" + theirs, []any{ms, challenge, fan}},
		statement{"UPDATE decisions SET from_note = '', note = '' WHERE entry" + theirs, []any{challenge, fan}},
		statement{"DELETE FROM likenesses WHERE entry" + theirs, []any{challenge, fan}},
		statement{"DELETE FROM marks WHERE entry" + theirs, []any{challenge, fan}},
		statement{"UPDATE reposts SET granted = 0 WHERE entry" + theirs, []any{challenge, fan}}, // it names a grant
		statement{"DELETE FROM grants WHERE entry" + theirs, []any{challenge, fan}},
		statement{"DELETE FROM focuses WHERE entry" + theirs, []any{challenge, fan}},
		statement{`UPDATE entries SET author = '', caption = '', tags = '[]', city = '', partner = '', reason = '', note = '', sha256 = '', photo = ?,
			share_place = 0, flags = '[]', takedown = '', original_asked_at = 0, evidence_sha256 = '',
			decided_at = CASE WHEN status = ? THEN decided_at ELSE ? END WHERE challenge = ? AND fan = ?`,
			[]any{asJSON{contest.Photo{}}, contest.Withdrawn, ms, challenge, fan}},
	)
}

// vanish withdraws an entry, whatever it was, and tells of it.
func (tx *Tx) vanish(id contest.EntryID) error {
	err := tx.each(
		statement{"UPDATE entries SET status = ? WHERE id = ?", []any{contest.Withdrawn, id}},
		statement{"UPDATE tallies SET visible = 0, version = version + 1 WHERE entry = ?", []any{id}},
	)
	if err != nil {
		return err
	}
	e, err := tx.Entry(id)
	tx.changes = append(tx.changes, e.Change())
	return err
}

// Holdings is what is kept about a fan, in all challenges.
type Holdings struct {
	Fan     contest.Fan
	Entries int // that were not withdrawn
	Votes   int // that stand
	// Binding are the challenges to which the fan could not come back while they run; see Departed.
	Binding []contest.ChallengeID
}

const selectHoldings = `SELECT (SELECT COUNT(*) FROM challenges c CROSS JOIN entries e WHERE e.challenge = c.id AND e.fan = ? AND e.status <> ?),
	(SELECT COUNT(*)` + personsVotes + ")"

// Holdings counts what is kept about a fan. ErrNotFound says that there is no such fan, or nothing left but the identifier.
func (tx *Tx) Holdings(fan contest.FanID) (h Holdings, err error) {
	h.Fan, err = tx.Fan(fan)
	if err == nil && h.Fan.Issuer == ErasedIssuer {
		err = ErrNotFound
	}
	if err == nil {
		err = tx.one(selectHoldings, []any{fan, contest.Withdrawn, fan, fan}, &h.Entries, &h.Votes)
	}
	if err == nil {
		h.Binding, err = tx.binding(h.Fan)
	}
	if err != nil {
		return h, fmt.Errorf("count what is kept of fan %s: %w", fan, err)
	}
	return h, nil
}

// challengesOf lists the challenges that have a fan among their voters or entrants.
func (tx *Tx) challengesOf(fan contest.FanID) ([]contest.ChallengeID, error) {
	return list(tx, scalar[contest.ChallengeID], `SELECT id FROM challenges c WHERE EXISTS (SELECT 1 FROM voters WHERE challenge = c.id AND fan = ?)
		OR EXISTS (SELECT 1 FROM entries WHERE challenge = c.id AND fan = ?) ORDER BY id`, fan, fan)
}

// EndErasure remembers that a fan is erased, by the hash that the journal of erasures has, and since when.
func (tx *Tx) EndErasure(hash string, at time.Time) error {
	_, err := tx.Exec("INSERT INTO erasures (fan_sha256, at) VALUES (?, ?) ON CONFLICT (fan_sha256) DO NOTHING", hash, millis(at))
	if err != nil {
		return fmt.Errorf("remember erasure: %w", err)
	}
	return nil
}

// Erasures returns the hashes of all who were erased.
func (tx *Tx) Erasures() (hashes map[string]bool, err error) {
	rows, err := list(tx, scalar[string], "SELECT fan_sha256 FROM erasures")
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	hashes = make(map[string]bool, len(rows))
	for _, hash := range rows {
		hashes[hash] = true
	}
	return hashes, nil
}

// FansAfter lists the identifiers of fans who were not erased behind one, in their order.
func (tx *Tx) FansAfter(id contest.FanID, limit int) ([]contest.FanID, error) {
	fans, err := list(tx, scalar[contest.FanID], "SELECT id FROM fans WHERE id > ? AND issuer <> ? ORDER BY id LIMIT ?", id, ErasedIssuer, limit)
	if err != nil {
		return nil, fmt.Errorf("list fans after %s: %w", id, err)
	}
	return fans, nil
}

// each runs statements one after the other.
func (tx *Tx) each(statements ...statement) error {
	for _, s := range statements {
		if _, err := tx.Exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// statement is one of several that are to be run.
type statement struct {
	query string
	args  []any
}
