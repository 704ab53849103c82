package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"fanfare/server/standing"
)

// maxRendered bounds the bytes of rendered answers in memory: the first pages of thousands of boards. Whoever turns the pages of
// a whole board pushes them all out, and they are rendered again.
const maxRendered = 32 << 20

// rendered are answers that are made of one board and said to everybody alike: each is made once for each version of its board.
type rendered struct {
	mu    sync.Mutex
	known map[rendering]*answer // guarded by mu
	bytes int                   // guarded by mu; of those that are known
}

// rendering names an answer: a part of a board, comparable.
type rendering struct {
	board standing.Key
	part  any
}

// answerVary are the headers that answers of the API depend on.
const answerVary = "Accept-Encoding, Authorization, Origin"

// answer is one of them. Whoever asks while it is made waits for it.
type answer struct {
	mu      sync.Mutex // guards the fields below
	made    bool
	version uint64 // of the board
	tag     string
	plain   []byte
	coded   [len(codings)][]byte // by coding; made when the first one asks for it
}

// codings are those that answers are kept in, the best first: browsers take the first one, and caches on the way often only the
// second.
var codings = [...]struct {
	name string
	to   func(io.Writer) io.WriteCloser
}{
	{"br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, compressLevel) }},
	{"gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
}

func newRendered() *rendered { return &rendered{known: map[rendering]*answer{}} }

// Conditional is what a reader has already, and takes.
type Conditional struct {
	IfNoneMatch    string `header:"If-None-Match" maxLength:"1000"`
	AcceptEncoding string `header:"Accept-Encoding" hidden:"true"`
}

// renderedOutput is an answer as huma sends it.
type renderedOutput struct {
	Status          int
	ETag            string `header:"ETag"`
	CacheControl    string `header:"Cache-Control"`
	Vary            string `header:"Vary" hidden:"true"`
	ContentType     string `header:"Content-Type" hidden:"true"`
	ContentEncoding string `header:"Content-Encoding" hidden:"true"`
	Body            []byte
}

// answer says what render makes of a board of a version: from memory where it was made of that one. What is made may be of a
// later one; then it is made again, of that.
func (r *rendered) answer(name rendering, version uint64, c Conditional, render func() (any, error)) (*renderedOutput, error) {
	a := r.named(name)
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.size()
	if !a.made || a.version != version {
		if err := a.render(render); err != nil {
			r.forget(name)
			return nil, err
		}
		a.version = version
	}
	out := a.output(c)
	r.grew(a.size() - before)
	return out, nil
}

// once is an answer that is kept for nobody else.
func once(c Conditional, render func() (any, error)) (*renderedOutput, error) {
	a := &answer{}
	if err := a.render(render); err != nil {
		return nil, err
	}
	return a.output(c), nil
}

func (r *rendered) named(name rendering) *answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.known[name]
	if a == nil {
		a = &answer{}
		r.known[name] = a
	}
	return a
}

// forget lets go of what could not be made; what it was made of before still counts, until all is forgotten.
func (r *rendered) forget(name rendering) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, name)
}

// grew counts the bytes of an answer that was made, and forgets all of them where they are too many.
func (r *rendered) grew(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes += n; r.bytes > maxRendered {
		clear(r.known)
		r.bytes = 0
	}
}

// answerSize is about what an answer takes beside its bytes: with a name as long as a hashtag may be.
const answerSize = 640

// size is what the answer takes in memory. The lock is held, here and below.
func (a *answer) size() int {
	if !a.made {
		return 0
	}
	n := answerSize + len(a.plain)
	for _, coded := range a.coded {
		n += len(coded)
	}
	return n
}

func (a *answer) render(render func() (any, error)) error {
	body, err := render()
	if err != nil {
		return err
	}
	plain, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	plain = append(plain, '\n')
	sum := sha256.Sum256(plain)
	a.made, a.plain, a.coded = true, plain, [len(codings)][]byte{}
	a.tag = fmt.Sprintf(`W/"%s"`, hex.EncodeToString(sum[:12])) // of the content, so that all replicas say the same
	return nil
}

func (a *answer) output(c Conditional) *renderedOutput {
	out := &renderedOutput{Status: http.StatusOK, ETag: a.tag, Vary: answerVary}
	if has(c.IfNoneMatch, a.tag) {
		out.Status = http.StatusNotModified
		return out
	}
	out.ContentType, out.Body = "application/json", a.plain
	for i, coding := range codings {
		if accepts(c.AcceptEncoding, coding.name) {
			if a.coded[i] == nil {
				a.coded[i] = compressed(a.plain, coding.to)
			}
			out.ContentEncoding, out.Body = coding.name, a.coded[i]
			return out
		}
	}
	return out
}

// has reports whether an If-None-Match lists the tag. A proxy that compresses may have made it a weak one, or a strong one.
func has(ifNoneMatch, tag string) bool {
	for listed := range strings.SplitSeq(ifNoneMatch, ",") {
		if listed = strings.TrimSpace(listed); listed == "*" || strings.TrimPrefix(listed, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

func compressed(content []byte, to func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	w := to(&b)
	_, _ = w.Write(content) // into memory nothing fails
	_ = w.Close()
	return b.Bytes()
}
