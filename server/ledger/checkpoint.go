package ledger

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrCheckpoint says that a text is no checkpoint of the log, or not signed with its key.
var ErrCheckpoint = errors.New("no checkpoint of this log")

// Checkpoint says how a log stood: C2SP's tlog-checkpoint, a signed note of origin, size and root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	// Result is SHA-256 of the certified result in hexadecimal, empty before there is one. It is an extension line.
	Result string
}

const resultLine = "result "

// text is what is signed.
func (c Checkpoint) text() string {
	text := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
	if c.Result != "" {
		text += resultLine + c.Result + "\n"
	}
	return text
}

// parseCheckpoint reads what text wrote, and nothing else.
func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || len(lines) > 5 {
		return c, fmt.Errorf("%w: it has %d lines", ErrCheckpoint, len(lines)-1)
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return c, fmt.Errorf("%w: its size is %q", ErrCheckpoint, lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != HashSize {
		return c, fmt.Errorf("%w: its root is %q", ErrCheckpoint, lines[2])
	}
	copy(c.Root[:], root)
	if len(lines) == 5 {
		c.Result = strings.TrimPrefix(lines[3], resultLine)
		if b, err := hex.DecodeString(c.Result); err != nil || len(b) != HashSize {
			return c, fmt.Errorf("%w: its extension is %q", ErrCheckpoint, lines[3])
		}
	}
	if c.Size < 0 || c.text() != text {
		return c, fmt.Errorf("%w: it is not written as one", ErrCheckpoint)
	}
	return c, nil
}

// OpenCheckpoint reads a signed checkpoint of the log with that origin; key is the note verifier key of who signs it.
func OpenCheckpoint(signed, origin, key string) (c Checkpoint, err error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return c, fmt.Errorf("%w: its key %q: %w", ErrCheckpoint, key, err)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if c, err = parseCheckpoint(opened.Text); err == nil && c.Origin != origin {
		err = fmt.Errorf("%w: it is of %q", ErrCheckpoint, c.Origin)
	}
	return c, err
}

// Key signs the checkpoints of an installation (Ed25519).
type Key struct {
	signer note.Signer
	public string
}

// NewKey makes a key with a name, and returns the text that OpenKey opens. It is a secret.
func NewKey(name string) (secret string, err error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", fmt.Errorf("make key %q: %w", name, err)
	}
	return private + " " + public, nil
}

// OpenKey opens a key that NewKey made.
func OpenKey(secret string) (Key, error) {
	private, public, _ := strings.Cut(secret, " ")
	signer, err := note.NewSigner(private)
	if err != nil {
		return Key{}, fmt.Errorf("open key: %w", err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return Key{}, fmt.Errorf("open key: %w", err)
	}
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return Key{}, fmt.Errorf("open key: the halves of %s are of two keys", signer.Name())
	}
	return Key{signer, public}, nil
}

// Public is the key with which anyone verifies: a note verifier key, "name+hash+key".
func (k Key) Public() string { return k.public }

// Origin is the name of the log of a challenge.
func (k Key) Origin(challenge string) string { return Origin(k.public, challenge) }

// Sign signs a checkpoint.
func (k Key) Sign(c Checkpoint) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint of %s: %w", c.Origin, err)
	}
	return string(signed), nil
}

// Origin is the name of the log of a challenge whose checkpoints are verified with a key.
func Origin(key, challenge string) string {
	name, _, _ := strings.Cut(key, "+")
	return name + "/" + challenge
}
