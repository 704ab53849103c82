package upkeep

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"fanfare/media/blob"
)

// listed is one line of a backup's list of objects.
type listed struct {
	key    string
	sha256 string
}

// line is how sha256sum(1) writes it.
func (l listed) line() string { return l.sha256 + "  " + objectsPath + l.key + "\n" }

// maxLine is the longest line of the list: a hash, two spaces, and a path of a few hundred bytes.
const maxLine = 512

// readList yields the lines of a list, which are in the order of their keys. It stops after an error; what is no such
// list is ErrBackup.
func readList(r io.Reader) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, maxLine), maxLine)
		last := ""
		for n := 1; lines.Scan(); n++ {
			l, err := parseLine(lines.Text())
			if err == nil && l.key <= last {
				err = errors.New("the keys are not in order")
			}
			if err != nil {
				yield(listed{}, fmt.Errorf("%w: %s, line %d: %w", ErrBackup, objectsFile, n, err))
				return
			}
			last = l.key
			if !yield(l, nil) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(listed{}, fmt.Errorf("%w: %s has a line of more than %d bytes", ErrBackup, objectsFile, maxLine))
		} else if err != nil {
			yield(listed{}, fmt.Errorf("read %s: %w", objectsFile, err))
		}
	}
}

func parseLine(line string) (listed, error) {
	hash, path, ok := strings.Cut(line, "  ")
	key, below := strings.CutPrefix(path, objectsPath)
	if !ok || !below || !isHash(hash) {
		return listed{}, errors.New("want a hash, two spaces and a path in " + objectsPath)
	}
	if err := blob.CheckKey(key); err != nil {
		return listed{}, err
	}
	return listed{key, hash}, nil
}
