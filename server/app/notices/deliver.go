package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fanfare/server/job"
	"fanfare/server/store"
)

// What one person gets at most.
const (
	maxPerLetter = 100 // notices that one letter tells of
	// maxPerDay is how many letters go to a person within letterWindow. More of them nobody reads; what is above waits, and becomes
	// one letter a topic.
	maxPerDay    = 12
	letterWindow = 24 * time.Hour
)

// deliver does a letterJob: it sends one letter about all that waits and is due. One that was cut off is sent under the same name, by
// which mail programs know a letter that came twice, because nobody can tell whether the mail server had taken it.
func (s *Service) deliver(ctx context.Context, j job.Job) error {
	person, topic, _ := strings.Cut(j.Key, " ")
	var l Letter
	var keys []string
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		l, keys, err = s.compose(tx, person, topic)
		return err
	})
	if err != nil || len(keys) == 0 {
		return err
	}
	if err := s.mail.Send(ctx, l); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.EndNotices(keys, true) })
}

// compose writes the next letter to a person under a topic, and returns the notices that it tells of: none where there is nothing to
// tell now. What waits for later has its job armed again.
func (s *Service) compose(tx *store.Tx, person, topic string) (l Letter, keys []string, err error) {
	waiting, err := tx.WaitingNotices(person, topic, maxPerLetter)
	if err != nil || len(waiting) == 0 {
		return l, nil, err
	}
	now, again := ripe(waiting, tx.Now())
	if len(now) > 0 && now[0].Letter == "" {
		later, err := crowded(tx, person)
		if err != nil {
			return l, nil, err
		}
		if !later.IsZero() {
			now, again = nil, later
		}
	}
	if !again.IsZero() {
		if err := s.arm(tx, person, topic, again); err != nil {
			return l, nil, err
		}
	}
	if len(now) == 0 {
		return l, nil, nil
	}
	return s.write(tx, now)
}

// ripe returns the notices that the next letter tells of, and when to look again: those of a letter that was cut off, or else those
// that are due.
func ripe(waiting []store.Notice, now time.Time) (due []store.Notice, again time.Time) {
	for _, n := range waiting {
		if n.Letter != "" && n.Letter == waiting[0].Letter {
			due = append(due, n)
		}
	}
	if len(due) > 0 {
		if len(due) < len(waiting) {
			again = now
		}
		return due, again
	}
	for _, n := range waiting {
		if n.DueAt.After(now) {
			return due, n.DueAt
		}
		due = append(due, n)
	}
	if len(waiting) == maxPerLetter {
		again = now
	}
	return due, again
}

// crowded returns when a person may get the next letter where they got as many as they can read; zero for now.
func crowded(tx *store.Tx, person string) (time.Time, error) {
	sent, first, err := tx.CountNoticeLetters(person, tx.Now().Add(-letterWindow))
	if err != nil || sent < maxPerDay {
		return time.Time{}, err
	}
	return first.Add(letterWindow), nil
}

// write draws up the letter about notices, and ends those that are nobody's concern any more.
func (s *Service) write(tx *store.Tx, notices []store.Notice) (l Letter, keys []string, err error) {
	to, err := recipientOf(tx, notices[0])
	gone := errors.Is(err, store.ErrNotFound)
	if err != nil && !gone {
		return l, nil, err
	}
	kind := Kind(notices[0].Kind)
	person := notices[0].Person
	l = Letter{ID: notices[0].Letter, To: to.Address, Language: to.Language, Kind: kind, Fan: isFan(person), Staff: isStaff(person)}
	concerns, err := concernsOf(tx, person, kind)
	if err != nil {
		return l, nil, err
	}
	var over []string
	r := newReader(tx, kind)
	for _, n := range notices {
		var about About
		if err := json.Unmarshal([]byte(n.About), &about); err != nil {
			return l, nil, job.Permanent(fmt.Errorf("read notice %s: %w", n.Key, err))
		}
		item, stands, err := r.read(about)
		switch {
		case err != nil:
			return l, nil, err
		case gone || !concerns(about) || !stands || refuses(to.Refused, kind):
			over = append(over, n.Key)
		default:
			l.Items, keys = append(l.Items, item), append(keys, n.Key)
		}
	}
	if len(over) > 0 {
		if err := tx.EndNotices(over, false); err != nil {
			return l, nil, err
		}
	}
	if len(keys) == 0 {
		return l, nil, nil
	}
	if l.ID == "" {
		l.ID = store.NewID("l_")
		if err := tx.PutInLetter(keys, l.ID); err != nil {
			return l, nil, err
		}
	}
	if kind.Refusable() {
		l.Stop, err = stopToken(tx, person, kind)
	}
	return l, keys, err
}
