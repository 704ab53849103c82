package store

import (
	"errors"

	"fanfare/server/contest"
)

// errUndone is what the writer is told of a function that panicked or ended its goroutine.
var errUndone = errors.New("update did not return")

// lane lets updates share commits, one commit after the other: all updates of a SQLite database, or those of one
// challenge. Its goroutine ends when nobody uses it any more.
type lane struct {
	*Store
	challenge contest.ChallengeID // empty where there is one lane for all
	queue     chan *request       // unbuffered: who waits in it can still leave
	kept      kept                // of SQLite's only lane; the writer's
	users     int                 // guarded by Store.mu
	left      chan struct{}       // closed when there is no user
}

// laneOf names the lane of a challenge.
func (s *Store) laneOf(challenge contest.ChallengeID) contest.ChallengeID {
	if s.dialect == SQLite {
		return ""
	}
	return challenge
}

func (s *Store) join(challenge contest.ChallengeID) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[challenge]
	if l == nil {
		l = &lane{Store: s, challenge: challenge, queue: make(chan *request), left: make(chan struct{})}
		s.lanes[challenge] = l
		s.writers.Go(l.run)
	}
	l.users++
	return l
}

func (s *Store) leave(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(s.lanes, l.challenge)
		close(l.left)
	}
}

// run commits what waits until nobody uses the lane.
func (l *lane) run() {
	for {
		select {
		case r := <-l.queue:
			l.commit(r)
		case <-l.left:
			return
		}
	}
}

// request is one update. The writer gives the turn, the caller runs its function and says how it went, perhaps again, and
// the writer answers after the commit.
type request struct {
	challenge contest.ChallengeID // empty for an Update
	ballots   []Ballot
	actor     Actor
	said      chan word  // by the writer; holds one
	ran       chan error // holds one
	gone      bool       // the function ended its caller; the writer's
}

// word is what the writer says to a caller: that it is their turn, or else how it ended.
type word struct {
	tx  *Tx // nil at the end
	err error
}

// run runs fn at each turn, until the answer.
func (r *request) run(fn func(*Tx) error) error {
	for {
		w := <-r.said
		if w.tx == nil {
			return w.err
		}
		r.take(w.tx, fn)
	}
}

// take runs fn once. A panic goes on in the caller, after its writes have been undone.
func (r *request) take(tx *Tx, fn func(*Tx) error) {
	returned := false
	defer func() {
		if !returned {
			r.ran <- errUndone
			<-r.said // the panic says more
		}
	}()
	tx.actor = r.actor
	err := fn(tx)
	returned = true
	r.ran <- err
}

// newest keeps the last change of each entry, in the order of the last ones.
func newest(changes []contest.Change) []contest.Change {
	last := make(map[contest.EntryID]int, len(changes))
	for i, c := range changes {
		last[c.Entry] = i
	}
	kept := changes[:0]
	for i, c := range changes {
		if last[c.Entry] == i {
			kept = append(kept, c)
		}
	}
	return kept
}

// tell tells of a commit's changes, one commit at a time, and calls the hooks.
func (s *Store) tell(changes []contest.Change, hooks []func()) {
	if len(changes) > 0 && s.committed != nil {
		s.telling.Lock()
		s.committed(newest(changes))
		s.telling.Unlock()
	}
	for _, hook := range hooks {
		hook()
	}
}
