package ledger

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"

	"fanfare/server/contest"
)

// What an export's first line begins with.
const (
	exportName    = "vote log"
	exportVersion = 1
)

// Header is the first line of an export.
type Header struct {
	Fanfare   string              `json:"fanfare"`
	Version   int                 `json:"version"`
	Origin    string              `json:"origin"`
	Key       string              `json:"key"` // note verifier key
	Challenge contest.ChallengeID `json:"challenge"`
	Open      Openness            `json:"open"`
	Size      int64               `json:"size"`
	Terms     string              `json:"terms"`
	TermsHash string              `json:"terms_hash"`
}

// line is any other line: one of its fields is there, with those that belong to it.
type line struct {
	Index      *int64       `json:"index,omitempty"`
	Leaf       string       `json:"leaf,omitempty"`
	Sum        string       `json:"sum,omitempty"`
	Hash       string       `json:"hash,omitempty"`
	Checkpoint string       `json:"checkpoint,omitempty"`
	Tally      *talliedLine `json:"tally,omitempty"`
	Result     string       `json:"result,omitempty"`
}

type talliedLine struct {
	Entry    contest.EntryNumber `json:"entry"`
	Score    int64               `json:"score"`
	Votes    int64               `json:"votes"`
	Reached  int64               `json:"reached"`
	Held     int64               `json:"held"`
	Excluded int64               `json:"excluded"`
}

func (t talliedLine) tally() contest.Tally {
	return contest.Tally{Score: t.Score, Votes: t.Votes, Reached: t.Reached, Held: t.Held, Excluded: t.Excluded}
}

// sum is the beginning of a leaf's hash, as an export has it beside an open leaf.
func sum(h Hash) string { return hex.EncodeToString(h[:4]) }

// Export writes an export line by line, in the order of its methods' use.
type Export struct{ json *json.Encoder }

// NewExport begins an export with its first line, and puts its form's name and version into it.
func NewExport(w io.Writer, h Header) (*Export, error) {
	e := &Export{json.NewEncoder(w)}
	e.json.SetEscapeHTML(false)
	h.Fanfare, h.Version = exportName, exportVersion
	return e, e.json.Encode(h)
}

// Leaf writes an open leaf.
func (e *Export) Leaf(index int64, leaf []byte) error {
	return e.json.Encode(line{Index: &index, Leaf: string(leaf), Sum: sum(HashLeaf(leaf))})
}

// Sealed writes a leaf that is not open.
func (e *Export) Sealed(index int64, h Hash) error {
	return e.json.Encode(line{Index: &index, Hash: base64.StdEncoding.EncodeToString(h[:])})
}

// Checkpoint writes a checkpoint, right behind the last of its leaves.
func (e *Export) Checkpoint(signed string) error { return e.json.Encode(line{Checkpoint: signed}) }

// Tally writes an entry's tally.
func (e *Export) Tally(n contest.EntryNumber, t contest.Tally) error {
	return e.json.Encode(line{Tally: &talliedLine{n, t.Score, t.Votes, t.Reached, t.Held, t.Excluded}})
}

// Result writes the exact text of a certified result.
func (e *Export) Result(text string) error { return e.json.Encode(line{Result: text}) }
