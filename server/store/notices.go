package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Notice is something that somebody is to be told by a letter.
type Notice struct {
	Key      string // the same one is never stored twice
	Person   string // FanPerson, StaffPerson or MailPerson
	Topic    string // notices of one person and topic that wait together become one letter
	Kind     string
	Address  string // of somebody without an account; empty once it is done
	Language string
	About    string // JSON; empty once it is done
	Letter   string // which it is in, or empty

	CreatedAt, DueAt, DoneAt time.Time
}

// FanPerson names a fan among those who get letters.
func FanPerson(id contest.FanID) string { return "fan/" + string(id) }

// StaffPerson names somebody who works at the console among those who get letters.
func StaffPerson(id contest.StaffID) string { return "staff/" + string(id) }

// MailPerson names somebody without an account by the keyed hash of an address.
func MailPerson(hash string) string { return "mail/" + hash }

const noticeColumns = "key, person, topic, kind, address, language, about, letter, created_at, due_at, done_at"

func scanNotice(row scanner) (n Notice, err error) {
	err = row.Scan(&n.Key, &n.Person, &n.Topic, &n.Kind, &n.Address, &n.Language, &n.About, &n.Letter,
		timeColumn{&n.CreatedAt}, timeColumn{&n.DueAt}, timeColumn{&n.DoneAt})
	return n, err
}

// InsertNotice stores a notice and reports whether it is new: where its key is known, nothing happens.
func (tx *Tx) InsertNotice(n Notice) (isNew bool, err error) {
	result, err := tx.Exec("INSERT INTO notices ("+noticeColumns+", sent) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, 0) ON CONFLICT (key) DO NOTHING",
		n.Key, n.Person, n.Topic, n.Kind, n.Address, n.Language, n.About, millis(tx.now), millis(n.DueAt))
	if err != nil {
		return false, fmt.Errorf("insert notice %s: %w", n.Key, err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

const selectWaitingNotices = "SELECT " + noticeColumns + " FROM notices WHERE done_at = 0 AND person = ? AND topic = ? ORDER BY due_at, created_at, key LIMIT ?"

// WaitingNotices lists a person's notices of a topic that are not done, the first due leading.
func (tx *Tx) WaitingNotices(person, topic string, limit int) ([]Notice, error) {
	waiting, err := list(tx, scanNotice, selectWaitingNotices, person, topic, limit)
	if err != nil {
		return nil, fmt.Errorf("list notices to %s: %w", person, err)
	}
	return waiting, nil
}

// PutInLetter says in which letter notices are.
func (tx *Tx) PutInLetter(keys []string, letter string) error {
	in, args := among(keys)
	if _, err := tx.Exec("UPDATE notices SET letter = ? WHERE key IN "+in, append([]any{letter}, args...)...); err != nil {
		return fmt.Errorf("put notices in letter %s: %w", letter, err)
	}
	return nil
}

// EndNotices ends notices, which were sent or are not to be, and keeps no more of them than that they were.
func (tx *Tx) EndNotices(keys []string, sent bool) error {
	in, args := among(keys)
	_, err := tx.Exec("UPDATE notices SET done_at = ?, sent = ?, address = '', about = '' WHERE key IN "+in, append([]any{millis(tx.now), bit(sent)}, args...)...)
	if err != nil {
		return fmt.Errorf("end notices: %w", err)
	}
	return nil
}

const countNoticeLetters = "SELECT COUNT(DISTINCT letter), COALESCE(MIN(done_at), 0) FROM notices WHERE sent = 1 AND person = ? AND done_at > ?"

// CountNoticeLetters counts the letters that a person was sent after a time, and returns when the first of them went.
func (tx *Tx) CountNoticeLetters(person string, after time.Time) (n int, first time.Time, err error) {
	if err := tx.one(countNoticeLetters, []any{person, millis(after)}, &n, timeColumn{&first}); err != nil {
		return 0, first, fmt.Errorf("count letters to %s: %w", person, err)
	}
	return n, first, nil
}

// ForgetNotices removes up to so many notices that were stored before a time, and returns how many it were.
func (tx *Tx) ForgetNotices(before time.Time, limit int) (int64, error) {
	result, err := tx.Exec("DELETE FROM notices WHERE key IN (SELECT key FROM notices WHERE created_at < ? ORDER BY created_at LIMIT ?)", millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("forget notices: %w", err)
	}
	return result.RowsAffected()
}

// NoticeLine is what waits for one person under one topic.
type NoticeLine struct{ Person, Topic string }

const selectOverdueLines = `SELECT person, topic FROM notices WHERE done_at = 0 AND (person, topic) > (?, ?)
	GROUP BY person, topic HAVING MIN(due_at) < ? ORDER BY person, topic LIMIT ?`

// OverdueNotices lists the lines in which something was due before a time, behind one of them; the zero one leads to the first.
func (tx *Tx) OverdueNotices(before time.Time, after NoticeLine, limit int) ([]NoticeLine, error) {
	scan := func(row scanner) (l NoticeLine, err error) {
		err = row.Scan(&l.Person, &l.Topic)
		return l, err
	}
	lines, err := list(tx, scan, selectOverdueLines, after.Person, after.Topic, millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("list overdue notices: %w", err)
	}
	return lines, nil
}

// Correspondent is how somebody wants letters.
type Correspondent struct {
	Person    string
	Address   string // a fan's, who confirmed it; the others' is their account's
	Language  string // empty where none was chosen
	Refused   []string
	CreatedAt time.Time
}

const correspondentColumns = "person, address, language, refused, created_at"

func scanCorrespondent(row scanner) (c Correspondent, err error) {
	err = row.Scan(&c.Person, &c.Address, &c.Language, jsonColumn{&c.Refused}, timeColumn{&c.CreatedAt})
	return c, err
}

// Correspondent returns how a person wants letters; ErrNotFound where they never said.
func (tx *Tx) Correspondent(person string) (Correspondent, error) {
	c, err := first(tx, scanCorrespondent, "SELECT "+correspondentColumns+" FROM correspondents WHERE person = ?", person)
	if err != nil {
		return c, fmt.Errorf("read correspondent %s: %w", person, err)
	}
	return c, nil
}

// SaveCorrespondent stores how a person wants letters, from now on.
func (tx *Tx) SaveCorrespondent(c Correspondent) error {
	if c.Refused == nil {
		c.Refused = []string{}
	}
	_, err := tx.Exec("INSERT INTO correspondents ("+correspondentColumns+`) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET address = excluded.address, language = excluded.language, refused = excluded.refused, created_at = excluded.created_at`,
		c.Person, c.Address, c.Language, asJSON{c.Refused}, millis(tx.now))
	if err != nil {
		return fmt.Errorf("save correspondent %s: %w", c.Person, err)
	}
	return nil
}

// RemoveCorrespondent forgets a person's address and wishes, and what they were still to be told.
func (tx *Tx) RemoveCorrespondent(person string) error {
	err := tx.each(
		statement{"DELETE FROM correspondents WHERE person = ?", []any{person}},
		statement{"DELETE FROM notices WHERE person = ? AND done_at = 0", []any{person}},
	)
	if err != nil {
		return fmt.Errorf("remove correspondent %s: %w", person, err)
	}
	return nil
}

// ForgetFanAddresses removes the addresses of fans that were given before a time and belong to nobody with an entry in a challenge that
// may still send them a letter: one that ends after that time, or whose result was certified after it.
func (tx *Tx) ForgetFanAddresses(before time.Time) error {
	ms := millis(before)
	_, err := tx.Exec(`DELETE FROM correspondents WHERE address <> '' AND created_at < ? AND NOT EXISTS (
		SELECT 1 FROM challenges c CROSS JOIN entries e
		WHERE e.challenge = c.id AND e.fan = SUBSTR(correspondents.person, 5) AND e.status <> ?
		AND (c.votes_close > ? OR c.entries_close > ? OR c.certified_at > ?))`,
		ms, contest.Withdrawn, ms, ms, ms)
	if err != nil {
		return fmt.Errorf("forget addresses of fans: %w", err)
	}
	return nil
}
