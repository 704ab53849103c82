package store

import (
	"strings"
	"sync"
	"time"
)

// watch knows whether what Session reads has been changed: by this process, whose statements it is told of, or by another one,
// for which the writer looks at the begin of each batch. Where other processes write all the time it knows nothing.
type watch struct {
	mu       sync.Mutex // guards what follows
	version  int64
	looked   time.Time // by the writer last; zero for never
	database int64     // the version of the database then, as other connections change it
}

// look takes note of the database's version.
func (w *watch) look(database int64, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looked.IsZero() || w.database != database {
		w.version++
	}
	w.database, w.looked = database, now
}

// change takes note of a commit that changes what sessions are.
func (w *watch) change() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++
}

// blink forgets the database's version: the next connection may be another one, whose versions say nothing.
func (w *watch) blink() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++
	w.looked = time.Time{}
}

// SessionsVersion returns a number that is another one after each change of what Session reads, but for fans' names, and how long
// ago nobody else had written yet, which is very long where nobody knows. What was read behind the number was so at that time,
// as long as the number is the same.
func (s *Store) SessionsVersion() (version int64, age time.Duration) {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return s.sessions.version, time.Since(s.sessions.looked)
}

// turning are the writes that make a session another one. New fans, voters and tokens do not: each session that is opened
// makes some.
var turning = []string{
	"UPDATE tokens", "DELETE FROM tokens", "UPDATE fans", "DELETE FROM fans", "UPDATE voters", "DELETE FROM voters",
	" bans", " confirmations", " mailboxes", " invitations",
}

// turns reports whether a statement may make a session another one.
func turns(query string) bool { return !reads(query) && contains(query, turning) }

// contains reports whether a statement has one of the words.
func contains(query string, words []string) bool {
	for _, w := range words {
		if strings.Contains(query, w) {
			return true
		}
	}
	return false
}
