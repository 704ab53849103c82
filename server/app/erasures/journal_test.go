package erasures

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/server/contest"
)

var (
	early = time.Date(2026, 11, 22, 20, 0, 0, 123e6, time.UTC)
	late  = early.Add(time.Minute)
)

// bucket is one in a folder.
func bucket(t *testing.T, folder string) *blob.Bucket {
	t.Helper()
	d, err := dirblob.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return blob.NewBucket(d)
}

func read(t *testing.T, j Journal) []Note {
	t.Helper()
	notes, err := j.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return notes
}

func TestWhatWasWrittenIsReadInTheOrderOfTime(t *testing.T) {
	folder := t.TempDir()
	j := NewJournal(bucket(t, folder))
	if got := read(t, j); len(got) != 0 {
		t.Errorf("a new journal has %v", got)
	}
	second, first := notesOf([]contest.FanID{"f_2"}, late), notesOf([]contest.FanID{"f_1", "f_0"}, early)
	for _, notes := range [][]Note{second, first, first} { // one that is written again is the same
		if err := j.Write(t.Context(), notes...); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, j)
	if len(got) != 3 || got[2] != second[0] || !slices.Contains(got, first[0]) || !slices.Contains(got, first[1]) {
		t.Errorf("got %v, want %v and then %v", got, first, second)
	}
	for name, path := range map[string]string{"the bucket's folder": filepath.Join(folder, "erasures"), "its lines in a file": linesOf(t, got)} {
		elsewhere, err := ReadFile(path)
		if err != nil || !slices.Equal(elsewhere, got) {
			t.Errorf("%s: got %v, %v, want %v", name, elsewhere, err, got)
		}
	}
}

// linesOf is a file of a journal's lines, as fanfare erasures prints them.
func linesOf(t *testing.T, notes []Note) (path string) {
	t.Helper()
	var lines strings.Builder
	for _, n := range notes {
		lines.WriteString(n.Line())
	}
	path = filepath.Join(t.TempDir(), "journal.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnlyWhatIsNewIsAdded(t *testing.T) {
	j := NewJournal(bucket(t, t.TempDir()))
	all := notesOf([]contest.FanID{"f_1", "f_2"}, early)
	for _, notes := range [][]Note{all[:1], all, all} {
		if err := j.Add(t.Context(), notes); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, j); len(got) != 2 {
		t.Errorf("got %v, want %v", got, all)
	}
}

func TestAJournalNamesNobody(t *testing.T) {
	folder := t.TempDir()
	b := bucket(t, folder)
	if err := NewJournal(b).Write(t.Context(), notesOf([]contest.FanID{"f_verysecret"}, early)...); err != nil {
		t.Fatal(err)
	}
	for object, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(folder, object.Key))
		if err != nil {
			t.Fatal(err)
		}
		if all := object.Key + string(content); strings.Contains(all, "verysecret") || !strings.Contains(all, Hash("f_verysecret")) {
			t.Errorf("the journal holds %s", all)
		}
	}
}

func TestWhatIsNoJournalIsRefused(t *testing.T) {
	hash := Hash("f_1")
	for name, text := range map[string]string{
		"no JSON":           "f_1\n",
		"another field":     `{"fan_sha256":"` + hash + `","at":"2026-11-22T20:00:00Z","name":"x"}`,
		"no time":           `{"fan_sha256":"` + hash + `"}`,
		"no hash":           `{"fan_sha256":"f_1","at":"2026-11-22T20:00:00Z"}`,
		"upper case":        `{"fan_sha256":"` + strings.ToUpper(hash) + `","at":"2026-11-22T20:00:00Z"}`,
		"two on a line":     `{"fan_sha256":"` + hash + `","at":"2026-11-22T20:00:00Z"} {}`,
		"an endless line":   strings.Repeat(" ", 1<<20),
		"a time before all": `{"fan_sha256":"` + hash + `","at":"1960-11-22T20:00:00Z"}`,
	} {
		if notes, err := ReadNotes(strings.NewReader(text)); !errors.Is(err, ErrJournal) {
			t.Errorf("%s: got %v, %v, want ErrJournal", name, notes, err)
		}
	}
	b := bucket(t, t.TempDir())
	if _, err := b.Put(t.Context(), Prefix+"readme.txt", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := NewJournal(b).Read(t.Context()); !errors.Is(err, ErrJournal) {
		t.Errorf("a foreign object: got %v, want ErrJournal", err)
	}
}

func FuzzNotes(f *testing.F) {
	for _, n := range notesOf([]contest.FanID{"f_1", "f_2"}, early) {
		f.Add(n.Line())
		f.Add(n.Line() + "\n" + n.Line())
	}
	f.Add(`{"fan_sha256":"","at":"0001-01-01T00:00:00Z"}`)
	f.Fuzz(func(t *testing.T, text string) {
		notes, err := ReadNotes(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrJournal) {
				t.Errorf("got %v, want ErrJournal", err)
			}
			return
		}
		var lines strings.Builder
		for _, n := range notes {
			lines.WriteString(n.Line())
			if again, err := parseKey(n.key()); err != nil || again != n {
				t.Errorf("the key of %v reads %v, %v", n, again, err)
			}
		}
		again, err := ReadNotes(strings.NewReader(lines.String()))
		if err != nil || !slices.Equal(again, notes) {
			t.Errorf("written and read again %v is %v, %v", notes, again, err)
		}
	})
}
