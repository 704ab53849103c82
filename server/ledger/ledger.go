// Package ledger makes a challenge's vote log something that anyone can check: a Merkle tree over its leaves (RFC 6962), cut
// into tiles (C2SP tlog-tiles), signed checkpoints (C2SP tlog-checkpoint), and an export that is recounted with nothing else.
// It is the only user of golang.org/x/mod's tlog and note. It knows no database, no address and no clock.
//
// # Leaves
//
// A leaf is one line of JSON, whose exact bytes contest.Leaf.Append defines; its hash is SHA-256(0x00 ‖ bytes), that of a node
// SHA-256(0x01 ‖ left ‖ right). Each leaf has a secret salt of 128 bits, so that its hash says nothing of it before it is opened.
//
// In a log whose rules show the votes while they come, the leaf at position p of the database has the index p-1 of the tree.
// In every other log index order is the order of positions too, but pads stand between: every half hour a Block is added, whose
// size is a multiple of 256, and which of its leaves are pads is told by nothing but the leaves, when they are opened.
//
// # The export
//
// Lines of JSON in UTF-8. The first is a Header:
//
//	{"fanfare":"vote log","version":1,"origin":"photos.example/log/ch_1","key":"photos.example/log+7a5e…+AbCd…",
//	 "challenge":"ch_1","open":"all","size":512,"terms":"{…}","terms_hash":"…"}
//
// Terms is the text of the terms as they were frozen at the launch, and terms_hash its SHA-256 in hexadecimal, which the
// challenge's page shows. Size is the number of leaves that follow, in the order of their indexes, which count from 0:
//
//	{"index":0,"leaf":"{\"v\":1,\"kind\":\"cast\",…}","sum":"1a2b3c4d"}
//	{"index":1,"hash":"base64 of 32 bytes"}
//
// Of a leaf that is not open there is the hash alone. Sum is the beginning of an open leaf's hash in hexadecimal: it proves
// nothing, and tells which leaf was damaged. Open says what is open: "all"; "votes", which is casts and retractions alone, while
// the result is not certified; "none" where the rules hide tallies until then. A checkpoint, a signed note, comes right
// behind the leaf with which the tree has its size; the last one has all leaves, and its extension line, where there is one,
// is "result " and the SHA-256 of the last result in hexadecimal:
//
//	{"checkpoint":"photos.example/log/ch_1\n512\nroot in base64\n\n— photos.example/log signature\n"}
//
// Where anything is open the tally follows of every entry that was ever voted for, by its number: score is the weights of the
// votes that stand and count, votes their number, reached the position of the last one's cast (leaves are counted from 1, pads
// are not), held and excluded the numbers of those that stand and do not count:
//
//	{"tally":{"entry":12,"score":345,"votes":345,"reached":4567,"held":2,"excluded":1}}
//
// At the end, once the result is certified, its exact text (contest.Result), and that of each amendment:
//
//	{"result":"{…}"}
//
// # The recount
//
// A vote is (entry, voter, period). Its cast must not stand already, a retraction's must; a decision's must have been cast once.
// A vote is counted at first; hold leads from counted to held, release from held to counted, exclude from both to excluded,
// restore from excluded to counted, and nothing else is possible. A vote that is taken back keeps its state, for when it is cast
// again. What the rules allow (window, period, class, weight, limits) is judged by contest.Challenge.MayVote.
package ledger

import (
	"time"

	"fanfare/server/contest"
)

// Openness says which leaves the public may read.
type Openness string

// How far a log is open. Of leaves that are not, the public sees the hashes.
const (
	OpenNone  Openness = "none"
	OpenVotes Openness = "votes" // casts and retractions
	OpenAll   Openness = "all"
)

// OpennessOf says how far the log of a challenge is open at now: whole with its result, and before that as far as the board
// shows votes.
func OpennessOf(c contest.Challenge, now time.Time) Openness {
	switch {
	case c.Certified() || c.Ended(now) && !c.Rules.Certifies():
		return OpenAll
	case c.Padded():
		return OpenNone
	}
	return OpenVotes
}

// Shows reports whether a leaf of a kind is open.
func (o Openness) Shows(k contest.LeafKind) bool {
	return o == OpenAll || o == OpenVotes && (k == contest.Cast || k == contest.Retract)
}
