package store

import "fanfare/server/contest"

// maxKept is how many entries of a challenge are remembered from commit to commit: some megabytes. Names of entries that are not
// there are among them, so that asking for many of those cannot fill the memory.
const maxKept = 20_000

// kept is what SQLite's only lane remembers of entries from one commit to the next, because nearly every vote is for one that
// the last commits had votes for as well. The lane's goroutine alone uses it, between commits.
type kept struct {
	version    int64 // of the database, as other connections change it
	candidates map[contest.ChallengeID]map[contest.EntryID]*candidate
}

// take hands out what is remembered of a challenge's entries at a version of the database; what was of another one is forgotten.
// Whoever took it gives it back when its commit has succeeded.
func (k *kept) take(challenge contest.ChallengeID, version int64) map[contest.EntryID]*candidate {
	if k.version != version {
		k.version, k.candidates = version, nil
	}
	candidates := k.candidates[challenge]
	delete(k.candidates, challenge)
	if candidates == nil {
		candidates = map[contest.EntryID]*candidate{}
	}
	return candidates
}

// giveBack remembers what the ledgers of a commit know.
func (k *kept) giveBack(ledgers map[contest.ChallengeID]*ledger) {
	for challenge, l := range ledgers {
		if len(l.candidates) == 0 || len(l.candidates) > maxKept {
			continue
		}
		if k.candidates == nil {
			k.candidates = map[contest.ChallengeID]map[contest.EntryID]*candidate{}
		}
		k.candidates[challenge] = l.candidates
	}
}

// forget lets go of everything.
func (k *kept) forget() { k.candidates = nil }
