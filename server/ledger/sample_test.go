package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"fanfare/server/contest"
)

var opens = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// sample is a log as a test changes it before it is exported.
type sample struct {
	Header
	key     Key
	terms   contest.Terms
	salts   contest.LogKey
	lines   [][]byte // leaves by index
	tallies map[contest.EntryNumber]contest.Tally
	result  string
	every   int // a checkpoint behind so many leaves
}

func voterID(n int) contest.VoterID { return contest.VoterID(fmt.Sprintf("%032x", n)) }

// history is a log in which everything happens.
func history() (leaves []contest.Leaf) {
	add := func(l contest.Leaf) {
		l.Position, l.Period = int64(len(leaves)+1), "2026-11-20"
		l.At = opens.Add(time.Duration(len(leaves)) * time.Second)
		leaves = append(leaves, l)
	}
	cast := func(voter int, entry contest.EntryNumber, class contest.VoterClass, weight int) {
		add(contest.Leaf{Kind: contest.Cast, Voter: voterID(voter), Entry: entry, Class: class, Weight: weight})
	}
	decide := func(k contest.LeafKind, voter int, entry contest.EntryNumber, reason contest.Reason) {
		add(contest.Leaf{Kind: k, Voter: voterID(voter), Entry: entry, Reason: reason, Actor: contest.StaffActor("st_1")})
	}
	for voter := range 12 {
		cast(voter, contest.EntryNumber(1+voter%3), contest.GuestVoter, 1)
	}
	cast(20, 1, contest.MailVoter, 2)
	cast(21, 2, contest.JuryVoter, 5)
	add(contest.Leaf{Kind: contest.Retract, Voter: voterID(3), Entry: 1})
	decide(contest.Hold, 4, 2, contest.Burst)
	decide(contest.Hold, 5, 3, contest.SameSource)
	decide(contest.Release, 5, 3, contest.Cleared)
	decide(contest.Exclude, 7, 2, contest.Automated)
	decide(contest.Exclude, 8, 3, contest.Automated)
	decide(contest.Restore, 8, 3, contest.Undone)
	cast(3, 2, contest.GuestVoter, 1)
	return leaves
}

// open returns a log of leaves of which all is open, without pads.
func open(t testing.TB, leaves []contest.Leaf) *sample {
	t.Helper()
	s := &sample{every: 5, salts: contest.LogKey{1}, terms: contest.Terms{
		TimeZone: "Asia/Shanghai", Votes: contest.Window{Opens: opens, Closes: opens.Add(48 * time.Hour)},
		Rules: contest.Rules{
			VotesPerPeriod: 3, Period: contest.PeriodDay, JuryPoints: 10, Winners: 1,
			Weights: map[contest.VoterClass]int{contest.MailVoter: 2, contest.JuryVoter: 3},
		},
	}}
	secret, err := NewKey("photos.example/log")
	if err == nil {
		s.key, err = OpenKey(secret)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leaves {
		s.lines = append(s.lines, l.Append(nil, s.salts.Salt(l.Position)))
	}
	if s.tallies, err = contest.Recount(leaves); err != nil {
		t.Fatal(err)
	}
	s.Header = Header{
		Origin: s.key.Origin("ch_1"), Key: s.key.Public(), Challenge: "ch_1", Open: OpenAll,
		Terms: string(s.terms.JSON()), TermsHash: s.terms.Hash(),
	}
	return s
}

// certified is a log with its result.
func certified(t testing.TB) *sample {
	s := open(t, history())
	s.result = string(contest.Result{
		Version: 1, Challenge: s.Challenge, RulesHash: s.TermsHash, Leaves: 22, Winners: 1,
		Votes:      contest.VoteTotals{Counted: 12, Held: 1, Excluded: 1},
		Places:     []contest.Placed{{Rank: 1, Entry: 2, Score: 8, Reached: 22}, {Rank: 2, Entry: 1, Score: 5, Reached: 13}},
		PassedOver: []contest.PassedOver{{Entry: 3, Score: 4, Reached: 12, Reason: "banned"}},
	}.JSON())
	return s
}

// padded puts the leaves among pads.
func (s *sample) padded() *sample {
	leaves := s.lines
	b := Block{Size: BlockSize(int64(len(leaves))), Leaves: int64(len(leaves))}
	s.lines, s.every = make([][]byte, b.Size), 100
	for i, slot := range b.Slots(s.salts[:]) {
		s.lines[slot] = leaves[i]
	}
	for i, l := range s.lines {
		if l == nil {
			s.lines[i] = contest.AppendPad(nil, s.salts.PadSalt(int64(i)))
		}
	}
	return s
}

// closed shows only as much of the log as an openness does.
func (s *sample) closed(o Openness) *sample {
	s.Open, s.result = o, ""
	if o == OpenNone {
		s.tallies = nil
	}
	return s
}

// export writes the log.
func (s *sample) export(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	s.Size = int64(len(s.lines))
	e, err := NewExport(&b, s.Header)
	tree := &Tree{}
	for i, l := range s.lines {
		index := int64(i)
		if leaf, _, _ := contest.ParseLeaf(l); s.Open.Shows(leaf.Kind) || leaf.Kind == "" {
			err = errors.Join(err, e.Leaf(index, l))
		} else {
			err = errors.Join(err, e.Sealed(index, HashLeaf(l)))
		}
		if tree.Append(HashLeaf(l), nil); tree.Size()%int64(s.every) == 0 && i < len(s.lines)-1 {
			err = errors.Join(err, e.Checkpoint(s.sign(t, tree, "")))
		}
	}
	result := ""
	if s.result != "" {
		result = hexHash(s.result)
	}
	err = errors.Join(err, e.Checkpoint(s.sign(t, tree, result)))
	for n := range contest.EntryNumber(200) {
		if tally, ok := s.tallies[n]; ok {
			err = errors.Join(err, e.Tally(n, tally))
		}
	}
	if s.result != "" {
		err = errors.Join(err, e.Result(s.result))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (s *sample) sign(t testing.TB, tree *Tree, result string) string {
	t.Helper()
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.key.Sign(Checkpoint{s.Origin, tree.Size(), root, result})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
