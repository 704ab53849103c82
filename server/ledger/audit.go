package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"fanfare/server/contest"
)

// maxLine is how long a line of an export may be, in bytes: a result of 100,000 entries has a third of it.
const maxLine = 32 << 20

// Fault says what is wrong with an export: of the leaf From, of one among From to To, or, where From is -1, of no leaf.
type Fault struct {
	From, To int64
	Why      string
}

// Error implements error.
func (f *Fault) Error() string {
	switch {
	case f.From < 0:
		return f.Why
	case f.From == f.To:
		return fmt.Sprintf("leaf %d: %s", f.From, f.Why)
	}
	return fmt.Sprintf("one of the leaves %d to %d: %s", f.From, f.To, f.Why)
}

func fault(format string, args ...any) error { return &Fault{-1, -1, fmt.Sprintf(format, args...)} }

func faultAt(index int64, format string, args ...any) error {
	return &Fault{index, index, fmt.Sprintf(format, args...)}
}

// Report is what an export says that was found sound.
type Report struct {
	Header
	// Last is the checkpoint of the whole log, Signed the note that says so, Checkpoints the number of all.
	Last        Checkpoint
	Signed      string
	Checkpoints int
	Kinds       map[contest.LeafKind]int64 // open leaves, pads among them
	Sealed      int64                      // leaves that are not open
	// Tallies are the recount of what is open.
	Tallies map[contest.EntryNumber]contest.Tally
	// Result is the text of the newest certified result, Results their number.
	Result  string
	Results int
}

// Audit recounts an export with nothing else, and returns a *Fault that names the first bad leaf. The signatures are those
// of the key that the export names: whether that is the installation's is for the reader to compare. A log that does not
// begin with the one of an earlier checkpoint, where since is one, is a fault as well.
func Audit(r io.Reader, since *Checkpoint) (Report, error) {
	a := &auditor{tree: &Tree{}, since: since, Report: Report{Kinds: map[contest.LeafKind]int64{}}}
	lines := bufio.NewReaderSize(r, 64<<10)
	text, err := readLine(lines)
	if err == nil {
		err = a.header(text)
	}
	for err == nil {
		if text, err = readLine(lines); err == nil {
			err = a.line(text)
		}
	}
	if errors.Is(err, io.EOF) {
		err = a.end()
	}
	return a.Report, err
}

// auditor is how far a recount is.
type auditor struct {
	Report
	since    *Checkpoint
	terms    contest.Challenge
	tree     *Tree
	position int64
	votes    contest.Ledger
	used     usage
	sure     int64 // so many leaves are those of a signed checkpoint
	told     map[contest.EntryNumber]contest.Tally
	outcome  contest.Result // the newest
}

// readLine returns the next line; io.EOF behind the last.
func readLine(r *bufio.Reader) (text []byte, err error) {
	for {
		part, more, err := r.ReadLine()
		if err != nil {
			if len(text) > 0 && errors.Is(err, io.EOF) {
				return text, nil
			}
			return nil, err
		}
		if text = append(text, part...); len(text) > maxLine {
			return nil, fault("a line is longer than %d bytes", maxLine)
		}
		if !more {
			return text, nil
		}
	}
}

// decode reads one JSON value of known fields.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}

func (a *auditor) header(text []byte) error {
	if err := decode(text, &a.Header); err != nil {
		return fault("the first line is no header: %v", err)
	}
	switch h := a.Header; {
	case h.Fanfare != exportName || h.Version != exportVersion:
		return fault("the first line is no header of a vote log in version %d", exportVersion)
	case h.Open != OpenNone && h.Open != OpenVotes && h.Open != OpenAll:
		return fault("the header says that %q is open", h.Open)
	case h.TermsHash != hexHash(h.Terms):
		return fault("the terms are not those of the hash %s", h.TermsHash)
	}
	if err := json.Unmarshal([]byte(a.Terms), &a.terms.Terms); err != nil {
		return fault("the terms cannot be read: %v", err)
	}
	a.terms.LaunchedAt = a.terms.Votes.Opens // which launch it was does not matter to a recount
	return nil
}

func hexHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (a *auditor) line(text []byte) error {
	var l line
	if err := decode(text, &l); err != nil {
		return faultAt(a.tree.Size(), "its line cannot be read: %v", err)
	}
	switch {
	case l.Index != nil:
		return a.leaf(l)
	case l.Checkpoint != "":
		return a.checkpoint(l.Checkpoint)
	case l.Tally != nil:
		return a.tally(*l.Tally)
	case l.Result != "":
		return a.result(l.Result)
	}
	return faultAt(a.tree.Size(), "its line says nothing")
}

// leaf takes the next leaf, open or not.
func (a *auditor) leaf(l line) error {
	index := a.tree.Size()
	switch {
	case a.told != nil || a.Results > 0 || index >= a.Size:
		return faultAt(*l.Index, "it comes behind the last of %d leaves", a.Size)
	case *l.Index > index:
		return faultAt(index, "it is missing")
	case *l.Index < index:
		return faultAt(*l.Index, "it comes a second time, or too late")
	}
	var h Hash
	if l.Leaf == "" {
		b, err := base64.StdEncoding.Strict().DecodeString(l.Hash)
		if err != nil || len(b) != HashSize {
			return faultAt(index, "its hash is %q", l.Hash)
		}
		h = Hash(b)
		a.Sealed++
		a.position++
	} else {
		if h = HashLeaf([]byte(l.Leaf)); l.Sum != sum(h) {
			return faultAt(index, "its hash begins with %s, and %q was written beside it", sum(h), l.Sum)
		}
		if err := a.apply(index, l.Leaf); err != nil {
			return err
		}
	}
	a.tree.Append(h, nil)
	return a.compareSince()
}

// apply takes an open leaf into the recount.
func (a *auditor) apply(index int64, text string) error {
	l, _, err := contest.ParseLeaf([]byte(text))
	if err != nil {
		return faultAt(index, "%v", err)
	}
	if !a.Open.Shows(l.Kind) {
		return faultAt(index, "a %s is open where the header says %q", l.Kind, a.Open)
	}
	a.Kinds[l.Kind]++
	if l.Kind == contest.Pad {
		return nil
	}
	a.position++
	l.Position = a.position
	if err := a.votes.Apply(l); err != nil {
		return faultAt(index, "%v", err)
	}
	if err := a.used.apply(a.terms, l); err != nil {
		return faultAt(index, "%v", err)
	}
	return nil
}

// compareSince looks at the tree when it is as large as it was before.
func (a *auditor) compareSince() error {
	if a.since == nil || a.tree.Size() != a.since.Size {
		return nil
	}
	got, err := a.tree.Root()
	if err == nil && got != a.since.Root {
		err = &Fault{0, a.since.Size - 1, "it was another one in the earlier checkpoint"}
	}
	return err
}

func (a *auditor) checkpoint(signed string) error {
	c, err := OpenCheckpoint(signed, a.Origin, a.Key)
	if err != nil {
		return fault("the checkpoint behind leaf %d: %v", a.tree.Size()-1, err)
	}
	if c.Size != a.tree.Size() {
		return faultAt(min(c.Size, a.tree.Size()), "a checkpoint of %d leaves stands behind %d", c.Size, a.tree.Size())
	}
	got, err := a.tree.Root()
	switch {
	case err != nil:
		return err
	case got != c.Root && c.Size > a.sure:
		return &Fault{a.sure, c.Size - 1, "it is not the one that the checkpoint behind it was signed for"}
	case got != c.Root:
		return fault("two checkpoints of %d leaves differ", c.Size)
	}
	a.sure, a.Last, a.Signed = c.Size, c, signed
	a.Checkpoints++
	return nil
}

func (a *auditor) tally(t talliedLine) error {
	if a.told == nil {
		a.told = map[contest.EntryNumber]contest.Tally{}
	}
	if _, twice := a.told[t.Entry]; twice {
		return fault("entry %d has two tallies", t.Entry)
	}
	a.told[t.Entry] = t.tally()
	return nil
}

// end looks whether all is there, and compares what is told with the recount.
func (a *auditor) end() error {
	switch {
	case a.tree.Size() < a.Size:
		return faultAt(a.tree.Size(), "it is missing, and everything behind it")
	case a.Checkpoints == 0 || a.Last.Size != a.Size:
		return &Fault{a.sure, max(a.sure, a.Size-1), "no checkpoint was signed for it"}
	case a.since != nil && a.since.Size > a.Size:
		return faultAt(a.Size, "it was there in the earlier checkpoint, which has %d", a.since.Size)
	}
	a.Tallies = a.votes.Tallies()
	if a.Open == OpenNone {
		return nil
	}
	if err := a.compareTallies(); err != nil {
		return err
	}
	return a.compareResult()
}

// compareTallies holds what is told of each entry against the recount. Where decisions are not open, which of the votes that
// stand are counted cannot be seen, but how many stand.
func (a *auditor) compareTallies() error {
	numbers := slices.Collect(maps.Keys(a.Tallies))
	numbers = slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(numbers, maps.Keys(a.told)))))
	for _, n := range numbers {
		got, told := a.Tallies[n], a.told[n]
		if a.Sealed > 0 {
			if standing := told.Votes + told.Held + told.Excluded; standing != got.Votes {
				return fault("%d votes for entry %d stand, and its tally says %d", got.Votes, n, standing)
			}
			continue
		}
		if got != told {
			return fault("entry %d: the recount gives %s, its tally says %s", n, inWords(got), inWords(told))
		}
	}
	return nil
}

func inWords(t contest.Tally) string {
	return fmt.Sprintf("a score of %d by %d votes, the last of them leaf %d, with %d held and %d excluded", t.Score, t.Votes, t.Reached, t.Held, t.Excluded)
}
