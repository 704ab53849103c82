package upkeep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func manifest() Manifest {
	hash := strings.Repeat("ab", 32)
	return Manifest{
		Format: manifestFormat, Schema: 3, MarkedAt: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Database: File{4096, hash}, Tables: map[string]Table{"fans": {2, hash}, "entries": {1, hash}}, Objects: Objects{3, 99, hash},
	}
}

func folder(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestAManifestIsReadAsItWasWritten(t *testing.T) {
	root := folder(t)
	want := manifest()
	if err := want.write(root); err != nil {
		t.Fatal(err)
	}
	got, err := readManifest(root)
	if err != nil {
		t.Fatal(err)
	}
	want.SHA256 = want.sum()
	if string(got.encode()) != string(want.encode()) {
		t.Errorf("got %s, want %s", got.encode(), want.encode())
	}
}

func TestAManifestThatIsNotOursIsRefused(t *testing.T) {
	signed := func(change func(*Manifest)) string {
		m := manifest()
		change(&m)
		m.SHA256 = m.sum()
		return string(m.encode())
	}
	unsigned := string(manifest().encode())
	for name, text := range map[string]string{
		"empty":            "",
		"not JSON":         "format: 1",
		"cut":              signed(func(*Manifest) {})[:200],
		"without its sum":  unsigned,
		"a changed number": strings.Replace(signed(func(*Manifest) {}), "4096", "4097", 1),
		"another format":   signed(func(m *Manifest) { m.Format = 2 }),
		"no schema":        signed(func(m *Manifest) { m.Schema = 0 }),
		"negative objects": signed(func(m *Manifest) { m.Objects.Count = -1 }),
		"negative bytes":   signed(func(m *Manifest) { m.Objects.Bytes = -1 }),
		"negative rows":    signed(func(m *Manifest) { m.Tables["fans"] = Table{-1, m.Objects.SHA256} }),
		"a path as hash":   signed(func(m *Manifest) { m.Database.SHA256 = "../../etc/passwd" }),
		"upper-case hash":  signed(func(m *Manifest) { m.Database.SHA256 = strings.Repeat("AB", 32) }),
	} {
		if _, err := parseManifest([]byte(text)); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: got %v, want ErrBackup", name, err)
		}
	}
}

func TestOnlyAPlainFileOfSmallSizeIsAManifest(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a link":   func(path string) error { return os.Symlink("/etc/hostname", path) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a huge file": func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
		},
		"nothing": func(string) error { return nil },
	} {
		root := folder(t)
		if err := put(filepath.Join(root.Name(), manifestFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := readManifest(root); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: got %v, want ErrBackup", name, err)
		}
	}
}

func TestAListIsReadAsItWasWritten(t *testing.T) {
	want := []listed{{"original/c/e_1", strings.Repeat("01", 32)}, {"photo/e_1/0f.jpg", strings.Repeat("f0", 32)}}
	var got []listed
	for l, err := range readList(strings.NewReader(want[0].line() + want[1].line())) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAListThatLeadsElsewhereIsRefused(t *testing.T) {
	hash := strings.Repeat("01", 32)
	for name, text := range map[string]string{
		"out of the folder":  hash + "  media/../../etc/passwd\n",
		"from the root":      hash + "  /etc/passwd\n",
		"another folder":     hash + "  fanfare.db\n",
		"a hidden file":      hash + "  media/.incoming/x\n",
		"no hash":            "  media/a\n",
		"a short hash":       hash[2:] + "  media/a\n",
		"an empty line":      "\n",
		"a key twice":        hash + "  media/a\n" + hash + "  media/a\n",
		"keys out of order":  hash + "  media/b\n" + hash + "  media/a\n",
		"an endless line":    hash + "  media/" + strings.Repeat("a", 1<<20),
		"an endless hash":    strings.Repeat("a", 1<<20),
		"a NUL in the key":   hash + "  media/a\x00b\n",
		"a key of 300 bytes": hash + "  media/" + strings.Repeat("a", 300) + "\n",
	} {
		var err error
		for _, err = range readList(strings.NewReader(text)) {
		}
		if !errors.Is(err, ErrBackup) {
			t.Errorf("%s: got %v, want ErrBackup", name, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	m := manifest()
	m.SHA256 = m.sum()
	f.Add(m.encode())
	f.Add([]byte(`{"format":1,"tables":{"x":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err == nil && (m.sum() != m.SHA256 || m.Format != manifestFormat) {
			t.Errorf("believed %+v", m)
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add(listed{"a/b", strings.Repeat("01", 32)}.line())
	f.Add("../")
	f.Fuzz(func(t *testing.T, text string) {
		last := ""
		for l, err := range readList(strings.NewReader(text)) {
			if err != nil {
				return
			}
			if l.key <= last || strings.Contains(l.key, "..") || !isHash(l.sha256) {
				t.Errorf("believed %+v", l)
			}
			last = l.key
		}
	})
}
