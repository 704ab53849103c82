package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

// node runs the other verifier.
func node(t *testing.T, export []byte) (said string, sound bool) {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	file := filepath.Join(t.TempDir(), "votes.jsonl")
	if err := os.WriteFile(file, export, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, "verify.mjs", file).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err == nil
}

func TestASoundExportIsFoundSoundByBothVerifiers(t *testing.T) {
	for name, s := range map[string]*sample{
		"certified":                 certified(t),
		"certified and padded":      certified(t).padded(),
		"not certified yet":         open(t, history()).closed(OpenVotes),
		"not certified and padded":  open(t, history()).padded().closed(OpenNone),
		"without a vote":            open(t, nil),
		"open and never certified":  open(t, history()),
		"over the edges of a tile":  open(t, crowd(600)),
		"with a period of its days": open(t, history()[:14]),
	} {
		t.Run(name, func(t *testing.T) {
			export := s.export(t)
			r, err := Audit(bytes.NewReader(export), nil)
			if err != nil {
				t.Fatalf("%v\n%.2000s", err, export)
			}
			if r.Last.Size != int64(len(s.lines)) || r.Result != s.result || r.Key != s.key.Public() {
				t.Errorf("got %d leaves, result %q, key %s", r.Last.Size, r.Result, r.Key)
			}
			if s.Open == OpenAll && r.Tallies[2] != s.tallies[2] {
				t.Errorf("entry 2: got %+v, want %+v", r.Tallies[2], s.tallies[2])
			}
			if said, sound := node(t, export); !sound {
				t.Errorf("the other verifier: %s", said)
			}
		})
	}
}

// crowd is a log of so many voters.
func crowd(n int) (leaves []contest.Leaf) {
	for i := range n {
		leaves = append(leaves, contest.Leaf{
			Position: int64(i + 1), Kind: contest.Cast, Voter: voterID(i), Entry: 1 + contest.EntryNumber(i%7), Class: contest.GuestVoter,
			Weight: 1, Period: "2026-11-20", At: opens,
		})
	}
	return leaves
}

// edited changes bytes of an export.
func edited(old, changed string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(changed), 1) }
}

// without takes the line out that holds a text.
func without(text string) func([]byte) []byte {
	return func(b []byte) []byte {
		lines := bytes.SplitAfter(b, []byte("\n"))
		at := slices.IndexFunc(lines, func(l []byte) bool { return bytes.Contains(l, []byte(text)) })
		return bytes.Join(slices.Delete(lines, at, at+1), nil)
	}
}

// CHECKS 26, for those who have the published file and nothing else.
func TestBothVerifiersNameTheFirstBadLeaf(t *testing.T) {
	resummed := func(b []byte) []byte { // an edit by somebody who knows of sums
		lines := bytes.SplitAfter(b, []byte("\n"))
		for i, l := range lines {
			if bytes.Contains(l, []byte(`"index":7,`)) {
				s := open(t, history()).lines[7]
				changed := bytes.Replace(s, []byte(`"entry":2`), []byte(`"entry":1`), 1)
				l = bytes.Replace(l, []byte(`\"entry\":2`), []byte(`\"entry\":1`), 1)
				lines[i] = bytes.Replace(l, []byte(sum(HashLeaf(s))), []byte(sum(HashLeaf(changed))), 1)
			}
		}
		return bytes.Join(lines, nil)
	}
	swapped := func(b []byte) []byte {
		lines := bytes.SplitAfter(b, []byte("\n"))
		lines[3], lines[4] = lines[4], lines[3]
		return bytes.Join(lines, nil)
	}
	for name, c := range map[string]struct {
		edit       func([]byte) []byte
		want, node string
	}{
		"a leaf's entry":               {edited(`\"entry\":3,\"voter\":\"00000000000000000000000000000002`, `\"entry\":1,\"voter\":\"00000000000000000000000000000002`), "leaf 2: its hash begins with", "leaf 2: it was changed"},
		"a leaf and its sum":           {resummed, "one of the leaves 5 to 9: ", "one of the leaves 5 to 9: "},
		"a leaf dropped":               {without(`"index":6,`), "leaf 6: it is missing", "leaf 6: it is missing"},
		"the last leaf dropped":        {without(`"index":21,`), "leaf 21: ", "one of the leaves 20 to 20"},
		"two leaves exchanged":         {swapped, "leaf 2: it is missing", "leaf 2: it is missing"},
		"the end cut off":              {func(b []byte) []byte { before, _, _ := bytes.Cut(b, []byte(`{"index":12,`)); return before }, "leaf 12: it is missing", "leaf 12: it is missing"},
		"a leaf twice":                 {func(b []byte) []byte { return edited(`{"index":1,`, `{"index":0,`)(b) }, "leaf 0: it comes a second time", "leaf 1: leaf 0 stands in its place"},
		"a signature":                  {edited("— photos.example/log ", "— photos.example/log A"), "the checkpoint behind leaf 4: ", "the checkpoint behind leaf 4 "},
		"a checkpoint's root":          {edited(`log/ch_1\n5\n`, `log/ch_1\n5\nAAAA`), "the checkpoint behind leaf 4: ", "the checkpoint behind leaf 4 "},
		"the last checkpoint dropped":  {without(`\n22\n`), "no checkpoint was signed for it", "no checkpoint was signed for it"},
		"a tally":                      {edited(`"score":8`, `"score":9`), "entry 2: the recount gives a score of 8", "entry 2: the recount gives"},
		"a tally dropped":              {without(`{"tally":{"entry":3`), "entry 3: the recount gives", "entry 3: the recount gives"},
		"the result":                   {edited(`\"entry\":2,\"score\":8`, `\"entry\":2,\"score\":9`), "the result is not the one that the last checkpoint names", "the result is not the one"},
		"the result dropped":           {without(`{"result":`), "the last checkpoint names a result, and there is none", "the result is not the one"},
		"the terms":                    {edited(`\"votes_per_period\":3`, `\"votes_per_period\":9`), "the terms are not those of the hash", "the terms are not those of their hash"},
		"a leaf in another form":       {edited(`\"v\":1,\"kind\":\"retract\"`, `\"v\":1, \"kind\":\"retract\"`), "leaf 14: its hash begins", "leaf 14: it was changed"},
		"a leaf that is no JSON":       {edited(`{"index":9,`, `{"index":9`), "leaf 9: its line cannot be read", "leaf 9: "},
		"a line that says nothing":     {edited(`{"index":9,`, "{}\n"+`{"index":9,`), "leaf 9: its line says nothing", "leaf 9: its line says nothing"},
		"a checkpoint of another size": {func(b []byte) []byte { return swapLines(b, `"index":10,`, `log/ch_1\n10\n`) }, "leaf 10: a checkpoint of 10 leaves stands behind 11", "one of the leaves 5 to 10"},
	} {
		t.Run(name, func(t *testing.T) {
			export := certified(t).export(t)
			changed := c.edit(slices.Clone(export))
			if bytes.Equal(export, changed) {
				t.Fatal("nothing was changed")
			}
			_, err := Audit(bytes.NewReader(changed), nil)
			if _, isFault := errors.AsType[*Fault](err); !isFault || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a fault with %q", err, c.want)
			}
			if said, sound := node(t, changed); sound || !strings.Contains(said, c.node) {
				t.Errorf("the other verifier says %q, want %q", said, c.node)
			}
		})
	}
}

// swapLines exchanges two lines.
func swapLines(b []byte, one, other string) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	find := func(text string) int {
		return slices.IndexFunc(lines, func(l []byte) bool { return bytes.Contains(l, []byte(text)) })
	}
	i, j := find(one), find(other)
	lines[i], lines[j] = lines[j], lines[i]
	return bytes.Join(lines, nil)
}

// A log that its keeper signed himself may still say what cannot be.
func TestBothVerifiersNameALeafThatIsImpossible(t *testing.T) {
	last := int64(len(history()))
	leaf := func(edit func(*contest.Leaf)) []byte {
		l := contest.Leaf{
			Kind: contest.Cast, Voter: voterID(99), Entry: 1, Class: contest.GuestVoter, Weight: 1, Period: "2026-11-20",
			At: opens.Add(time.Hour), Reason: contest.Burst, Actor: contest.RulesActor,
		}
		edit(&l)
		return l.Append(nil, contest.Salt{})
	}
	for name, edit := range map[string]func(*contest.Leaf){
		"a vote cast twice":                 func(l *contest.Leaf) { l.Voter = voterID(0) },
		"a vote taken back that was none":   func(l *contest.Leaf) { l.Kind = contest.Retract },
		"a vote taken back twice":           func(l *contest.Leaf) { l.Kind, l.Voter = contest.Retract, voterID(3) },
		"a decision about no vote":          func(l *contest.Leaf) { l.Kind = contest.Hold },
		"a release of a vote that counts":   func(l *contest.Leaf) { l.Kind, l.Voter = contest.Release, voterID(0) },
		"an hour later than the end":        func(l *contest.Leaf) { l.At, l.Period = opens.Add(49*time.Hour), "2026-11-22" },
		"the wrong day":                     func(l *contest.Leaf) { l.Period = "2026-11-21" },
		"another weight":                    func(l *contest.Leaf) { l.Weight = 2 },
		"more points than a juror has":      func(l *contest.Leaf) { l.Weight, l.Class = 11, contest.JuryVoter },
		"an unknown class":                  func(l *contest.Leaf) { l.Class = "friend" },
		"an unknown kind":                   func(l *contest.Leaf) { l.Kind = "bless" },
		"a day in the challenge's own zone": func(l *contest.Leaf) { l.At = opens.Add(9 * time.Hour) }, // 01:00 in Shanghai
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, history())
			s.lines = append(s.lines, leaf(edit))
			export := s.export(t)
			want := fmt.Sprintf("leaf %d: ", last)
			if _, err := Audit(bytes.NewReader(export), nil); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, want %s…", err, want)
			}
			if said, sound := node(t, export); sound || !strings.Contains(said, want) {
				t.Errorf("the other verifier says %q", said)
			}
		})
	}
	t.Run("more votes than the rules give", func(t *testing.T) {
		s := open(t, crowd(1))
		for entry := range 3 {
			s.lines = append(s.lines, leaf(func(l *contest.Leaf) { l.Voter, l.Entry = voterID(0), contest.EntryNumber(entry+2) }))
		}
		export := s.export(t)
		if _, err := Audit(bytes.NewReader(export), nil); err == nil || !strings.HasPrefix(err.Error(), "leaf 3: the rules refuse it") {
			t.Errorf("got %v, want a fault of leaf 3", err)
		}
		if said, sound := node(t, export); sound || !strings.Contains(said, "leaf 3: its voter has more votes") {
			t.Errorf("the other verifier says %q", said)
		}
	})
}

func TestAResultIsHeldAgainstTheRecount(t *testing.T) {
	for name, c := range map[string]struct{ old, changed, want string }{
		"a score":   {`"score":8`, `"score":7`, "entry 2 has the score 7 by leaf 22 in the result"},
		"the votes": {`"counted":12`, `"counted":13`, "the result is of 13 votes"},
		"the order": {
			`{"rank":1,"entry":2,"score":8,"reached":22},{"rank":2,"entry":1,"score":5,"reached":13}`,
			`{"rank":1,"entry":1,"score":5,"reached":13},{"rank":2,"entry":2,"score":8,"reached":22}`, "entry 2 stands behind entry 1",
		},
		"an entry's lack": {`{"entry":3,"score":4,"reached":12,"reason":"banned"}`, ``, "entry 3 has votes, and the result does not know it"},
		"what it amends":  {`"amends":""`, `"amends":"ff"`, "result 0 amends another one"},
		"the rules":       {`"rules_hash":"`, `"rules_hash":"0`, "with the rules 0"},
	} {
		s := certified(t)
		s.result = strings.Replace(s.result, c.old, c.changed, 1)
		if _, err := Audit(bytes.NewReader(s.export(t)), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestALaterExportMustBeginWithTheEarlierOne(t *testing.T) {
	s := open(t, history())
	var early bytes.Buffer
	whole := s.lines
	s.lines, s.tallies = whole[:9], nil
	early.Write(s.closed(OpenNone).export(t))
	before, err := Audit(&early, nil)
	if err != nil {
		t.Fatal(err)
	}
	later := open(t, history())
	if _, err := Audit(bytes.NewReader(later.export(t)), &before.Last); err != nil {
		t.Errorf("the same log, grown: %v", err)
	}
	rewritten := history()
	rewritten[4].Voter = voterID(77)
	rewritten = slices.Concat(rewritten[:15], rewritten[16:]) // the decision about that vote
	for i := range rewritten {
		rewritten[i].Position = int64(i + 1)
	}
	for name, s := range map[string]*sample{"rewritten": open(t, rewritten), "cut": open(t, history()[:8])} {
		if _, err := Audit(bytes.NewReader(s.export(t)), &before.Last); err == nil || !strings.Contains(err.Error(), "earlier checkpoint") {
			t.Errorf("%s: got %v, want a fault that names the earlier checkpoint", name, err)
		}
	}
}

func FuzzAudit(f *testing.F) {
	f.Add(certified(f).export(f))
	f.Add(open(f, history()).closed(OpenVotes).export(f))
	f.Add([]byte(`{"fanfare":"vote log","version":1}`))
	f.Fuzz(func(t *testing.T, export []byte) {
		r, err := Audit(bytes.NewReader(export), nil)
		if err == nil && (r.Last.Size != r.Size || r.Checkpoints == 0) {
			t.Errorf("%d leaves are found sound with a checkpoint of %d", r.Size, r.Last.Size)
		}
	})
}
