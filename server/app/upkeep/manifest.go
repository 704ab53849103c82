package upkeep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// The files of a backup, beside the folder of objects. The list has the form of sha256sum(1), so that a backup can be
// checked without us: sha256sum --check media.sha256
const (
	manifestFile = "manifest.json"
	databaseFile = "fanfare.db"
	objectsFile  = "media.sha256"
	objectsPath  = "media/"
)

// manifestFormat is the form of a backup's folder that this program writes and reads.
const manifestFormat = 1

// maxManifest bounds the manifest that is read, in bytes: it has a line a table.
const maxManifest = 64 << 10

// Manifest says what a backup holds. It is written last: a folder without one is a backup that was cut short.
type Manifest struct {
	Format   int       `json:"format"`
	Schema   int64     `json:"schema"`    // version of the database's tables
	MarkedAt time.Time `json:"marked_at"` // what was acknowledged before is in the backup
	Database File      `json:"database"`
	// Tables are by name.
	Tables  map[string]Table `json:"tables"`
	Objects Objects          `json:"objects"`
	// SHA256 is of this manifest with an empty SHA256. It tells damage and careless changes; whoever changes a backup on
	// purpose counts it again.
	SHA256 string `json:"sha256"`
}

// File is a file's size and SHA-256 in hexadecimal.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Table is how many rows a table has, and the hash of all of them in the order of their keys; see digest. It is the
// same on every database.
type Table struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Objects are how many objects there are, their bytes in all, and the SHA-256 of the list that names them.
type Objects struct {
	Count  int64  `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// sum is the manifest's SHA-256 without itself.
func (m Manifest) sum() string {
	m.SHA256 = ""
	sum := sha256.Sum256(m.encode())
	return hex.EncodeToString(sum[:])
}

func (m Manifest) encode() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // texts, numbers and a time of this millennium always marshal
	}
	return append(text, '\n')
}

// write puts the manifest with its checksum into the backup, whole or not at all.
func (m Manifest) write(folder *os.Root) error {
	m.SHA256 = m.sum()
	if err := land(folder, manifestFile, bytes.NewReader(m.encode())); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}

// land writes a file of the backup under a temporary name, and gives it its own once it is on the disk.
func land(folder *os.Root, name string, content io.Reader) error {
	f, err := folder.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := folder.Rename(name+".part", name); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the names in a folder last.
func syncFolder(folder *os.Root) error {
	f, err := folder.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// readManifest reads and checks the manifest of a backup. Every other error than ErrBackup is the disk's.
func readManifest(folder *os.Root) (Manifest, error) {
	f, info, err := plainFile(folder, manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fmt.Errorf("%w: it has no %s, so it was cut short or is none", ErrBackup, manifestFile)
	}
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	if info.Size() > maxManifest {
		return Manifest{}, fmt.Errorf("%w: %s is longer than %d bytes", ErrBackup, manifestFile, maxManifest)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	return parseManifest(text)
}

func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %s cannot be read: %w", ErrBackup, manifestFile, err)
	}
	if m.Format != manifestFormat {
		return Manifest{}, fmt.Errorf("%w: its format is %d and this program reads %d", ErrBackup, m.Format, manifestFormat)
	}
	if m.SHA256 != m.sum() {
		return Manifest{}, fmt.Errorf("%w: %s was changed", ErrBackup, manifestFile)
	}
	return m, m.plausible()
}

// plausible refuses what no backup says. What it says is compared with the files before it is believed.
func (m Manifest) plausible() error {
	sane := m.Schema > 0 && m.Database.Bytes > 0 && isHash(m.Database.SHA256) && m.Objects.Count >= 0 && m.Objects.Bytes >= 0 && isHash(m.Objects.SHA256)
	for _, t := range m.Tables {
		sane = sane && t.Rows >= 0 && isHash(t.SHA256)
	}
	if !sane {
		return fmt.Errorf("%w: %s says what cannot be", ErrBackup, manifestFile)
	}
	return nil
}

// isHash reports whether a text is a SHA-256 in lower-case hexadecimal.
func isHash(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == text
}

// plainFile opens a file of a backup. Whatever else has its name (a link, a pipe, a folder) or that of a folder above it
// is ErrBackup: links lead out, and pipes block.
func plainFile(folder *os.Root, name string) (*os.File, fs.FileInfo, error) {
	for i, c := range name {
		if c != '/' {
			continue
		}
		if info, err := folder.Lstat(name[:i]); err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", name, err)
		} else if !info.IsDir() {
			return nil, nil, fmt.Errorf("%w: %s is not a plain folder", ErrBackup, name[:i])
		}
	}
	info, err := folder.Lstat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%w: %s is not a plain file", ErrBackup, name)
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", name, err)
	}
	return f, info, nil
}
