package ledger

import (
	"encoding/json"
	"strings"

	"fanfare/server/contest"
)

// ResultOf returns the result that a checkpoint names, without looking at the signature.
func ResultOf(signed string) string {
	body, _, _ := strings.Cut(signed, "\n\n")
	_, result, _ := strings.Cut(body, "\n"+resultLine)
	return strings.TrimSpace(result)
}

// result takes the text of the next certified result.
func (a *auditor) result(text string) error {
	var r contest.Result
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fault("the result cannot be read: %v", err)
	}
	amends := ""
	if a.Results > 0 {
		amends = hexHash(a.Result)
	}
	switch {
	case r.Challenge != a.Challenge || r.RulesHash != a.TermsHash:
		return fault("the result is of challenge %s with the rules %s", r.Challenge, r.RulesHash)
	case r.Amends != amends || r.Amendment != a.Results:
		return fault("result %d amends another one than the result before it", a.Results)
	}
	a.Result, a.outcome = text, r
	a.Results++
	return nil
}

// compareResult holds the newest result against the recount.
func (a *auditor) compareResult() error {
	switch {
	case a.Results == 0 && a.Last.Result == "":
		return nil
	case a.Results == 0:
		return fault("the last checkpoint names a result, and there is none")
	case a.Last.Result != hexHash(a.Result):
		return fault("the result is not the one that the last checkpoint names")
	}
	left, totals := map[contest.EntryNumber]bool{}, contest.VoteTotals{}
	for n, t := range a.Tallies {
		totals.Counted, totals.Held, totals.Excluded = totals.Counted+t.Votes, totals.Held+t.Held, totals.Excluded+t.Excluded
		left[n] = t.Votes > 0
	}
	if o := a.outcome.Votes; o != totals {
		return fault("the result is of %d votes counted, %d held, %d excluded, and the recount gives %d, %d, %d",
			o.Counted, o.Held, o.Excluded, totals.Counted, totals.Held, totals.Excluded)
	}
	if err := a.comparePlaces(left); err != nil {
		return err
	}
	for n, counted := range left {
		if counted {
			return fault("entry %d has votes, and the result does not know it", n)
		}
	}
	return nil
}

// comparePlaces compares scores and order, and strikes from left what the result knows.
func (a *auditor) comparePlaces(left map[contest.EntryNumber]bool) error {
	same := func(n contest.EntryNumber, score, reached int64) error {
		delete(left, n)
		if t := a.Tallies[n]; score != t.Score || reached != t.Reached {
			return fault("entry %d has the score %d by leaf %d in the result, and the recount gives %d by leaf %d", n, score, reached, t.Score, t.Reached)
		}
		return nil
	}
	for i, p := range a.outcome.Places {
		if err := same(p.Entry, p.Score, p.Reached); err != nil {
			return err
		}
		if i > 0 && before(p, a.outcome.Places[i-1]) {
			return fault("entry %d stands behind entry %d in the result, and the recount has it before", p.Entry, a.outcome.Places[i-1].Entry)
		}
	}
	for _, p := range a.outcome.PassedOver {
		if err := same(p.Entry, p.Score, p.Reached); err != nil {
			return err
		}
	}
	return nil
}

// before reports whether a place ranks before another: by the higher score, then by having reached it first.
func before(p, other contest.Placed) bool {
	if p.Score != other.Score {
		return p.Score > other.Score
	}
	return p.Reached < other.Reached
}
