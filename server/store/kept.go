package store

import (
	"time"

	"fanfare/server/contest"
)

// maxKept bounds what is kept from one batch to the next, in voters and entries: a few megabytes. Names of entries that are
// not there are among them, so that asking for many of those cannot fill the memory.
const maxKept = 8192

// kept is what a batch of SQLite's only lane knew at its end, so that the next one need not read it again: nearly every vote
// is for an entry that the last commits had votes for as well. It holds until another connection writes the database.
type kept struct {
	version int64 // of the database, as other connections change it
	ledgers map[contest.ChallengeID]*ledger
}

// recall goes on from what the batch before knew.
func (b *batch) recall() error {
	if b.dialect != SQLite {
		return nil
	}
	before := b.kept
	b.kept = kept{} // until this batch has committed
	if err := one(direct{b.own}, "PRAGMA data_version", nil, &b.version); err != nil {
		return err
	}
	b.sessions.look(b.version, time.Now())
	if before.ledgers != nil && before.version == b.version {
		b.ledgers = before.ledgers
	}
	return nil
}

// keep keeps what the batch knows, when everything has been written and committed.
func (b *batch) keep() {
	if b.dialect != SQLite || b.spoiled {
		return
	}
	size := 0
	for _, l := range b.ledgers {
		size += 1 + len(l.votes) + len(l.everywhere) + len(l.candidates)
	}
	if size <= maxKept {
		b.kept = kept{b.version, b.ledgers}
	}
}

// concerning are the tables that ledgers know of, and what makes a voter nobody's. New fans and voters are of no concern: each
// session that is opened makes some.
var concerning = []string{
	"votes", "vote_log", "tallies", "entries", "heads", "DELETE FROM voters", "UPDATE voters", "DELETE FROM fans", "UPDATE fans",
}

// concerns reports whether a statement may have to do with what ledgers know or have still to write.
func concerns(query string) bool { return contains(query, concerning) }
