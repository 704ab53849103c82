package entries

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"fanfare/server/contest"
)

func TestARepeatedRequestIsKnownByItsWordsAndByWhetherItsPlaceIsShown(t *testing.T) {
	sub := Submission{Submission: contest.Submission{Author: "Ann", Caption: "夜", City: "wuhan"}}
	sum := sha256.Sum256([]byte(`["Ann","夜","wuhan",""]`)) // as the release before there was a place has stored it
	if want := hex.EncodeToString(sum[:]); sub.hash() != want {
		t.Errorf("got %s, want %s", sub.hash(), want)
	}
	before := sub.hash()
	if sub.SharePlace = true; sub.hash() == before {
		t.Error("a request that shows the place is taken for one that does not")
	}
}
