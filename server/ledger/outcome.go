package ledger

import (
	"encoding/json"

	"fanfare/server/contest"
)

// outcome is what a recount can compare of a result (contest.Result).
type outcome struct {
	Challenge contest.ChallengeID `json:"challenge"`
	RulesHash string              `json:"rules_hash"`
	Votes     struct {
		Counted  int64 `json:"counted"`
		Held     int64 `json:"held"`
		Excluded int64 `json:"excluded"`
	} `json:"votes"`
	Places     []place `json:"places"`
	PassedOver []place `json:"passed_over"`
}

type place struct {
	Entry   contest.EntryNumber `json:"entry"`
	Score   int64               `json:"score"`
	Reached *int64              `json:"reached"` // not there for an entry that was passed over
}

// compareResult holds the newest result against the recount.
func (a *auditor) compareResult() error {
	if a.Results == 0 {
		if a.Last.Result != "" {
			return fault("the checkpoint names a result, and there is none")
		}
		return nil
	}
	var o outcome
	if err := json.Unmarshal([]byte(a.Result), &o); err != nil {
		return fault("the result cannot be read: %v", err)
	}
	switch {
	case a.Last.Result != hexHash(a.Result):
		return fault("the result is not the one that the checkpoint names")
	case o.Challenge != a.Challenge || o.RulesHash != a.TermsHash:
		return fault("the result is of challenge %s with the rules %s", o.Challenge, o.RulesHash)
	}
	return a.compareOutcome(o)
}

func (a *auditor) compareOutcome(o outcome) error {
	var all contest.Tally
	left := map[contest.EntryNumber]bool{}
	for n, t := range a.Tallies {
		all.Votes, all.Held, all.Excluded = all.Votes+t.Votes, all.Held+t.Held, all.Excluded+t.Excluded
		left[n] = t.Votes > 0
	}
	if o.Votes.Counted != all.Votes || o.Votes.Held != all.Held || o.Votes.Excluded != all.Excluded {
		return fault("the result is of %d votes counted, %d held, %d excluded, and the recount gives %d, %d, %d",
			o.Votes.Counted, o.Votes.Held, o.Votes.Excluded, all.Votes, all.Held, all.Excluded)
	}
	for i, p := range append(o.Places, o.PassedOver...) {
		t := a.Tallies[p.Entry]
		if p.Score != t.Score || p.Reached != nil && *p.Reached != t.Reached {
			return fault("entry %d has the score %d in the result, and the recount gives %d", p.Entry, p.Score, t.Score)
		}
		if i > 0 && i < len(o.Places) && before(a.Tallies, p.Entry, o.Places[i-1].Entry) {
			return fault("entry %d stands behind entry %d in the result, and the recount has it before", p.Entry, o.Places[i-1].Entry)
		}
		delete(left, p.Entry)
	}
	for n, counted := range left {
		if counted {
			return fault("entry %d has votes, and the result does not know it", n)
		}
	}
	return nil
}

// before reports whether an entry ranks before another: by the higher score, then by having reached it first.
func before(tallies map[contest.EntryNumber]contest.Tally, a, b contest.EntryNumber) bool {
	x, y := tallies[a], tallies[b]
	if x.Score != y.Score {
		return x.Score > y.Score
	}
	if x.Reached != y.Reached {
		return x.Reached < y.Reached
	}
	return a < b
}
