package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// The secrets that backends take. They never stand in a URL, so that the URLs can be printed.
const (
	dbPassword     = "FANFARE_DB_PASSWORD"
	s3AccessKey    = "FANFARE_S3_ACCESS_KEY"
	s3SecretKey    = "FANFARE_S3_SECRET_KEY"
	meilisearchKey = "FANFARE_MEILISEARCH_KEY"
	natsToken      = "FANFARE_NATS_TOKEN"
	natsUser       = "FANFARE_NATS_USER"
	natsPassword   = "FANFARE_NATS_PASSWORD"
	smtpPassword   = "FANFARE_SMTP_PASSWORD"
	oidcSecret     = "FANFARE_OIDC_SECRET"
)

var secretNames = []string{dbPassword, s3AccessKey, s3SecretKey, meilisearchKey, natsToken, natsUser, natsPassword, smtpPassword, oidcSecret}

const (
	maxSecrets = 64 << 10 // bytes of the file: a few lines
	// secretsAge is how long a reading of the file counts: a backend that reconnects in a loop must not read it each time.
	secretsAge = time.Second
)

// secrets are passwords and keys: lines NAME=value of a file, and variables of the environment for those that the file
// does not name. The file is read again after it changed, so a rotated key is used by the next connection, without a
// restart.
type secrets struct {
	file string // "" for none
	env  func(string) string

	mu     sync.Mutex // guards what follows
	values map[string]string
	read   time.Time
}

// openSecrets reads the file once, so that a wrong one is told of at the start.
func openSecrets(file string, env func(string) string) (*secrets, error) {
	s := &secrets{file: file, env: env}
	if file == "" {
		return s, nil
	}
	values, err := readSecrets(file)
	if err != nil {
		return nil, fmt.Errorf("--secrets %s: %w", file, err)
	}
	s.values, s.read = values, time.Now()
	return s, nil
}

// get returns a secret as it is now, "" where there is none. While the file cannot be read, what it said before counts.
func (s *secrets) get(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != "" && time.Since(s.read) > secretsAge {
		if values, err := readSecrets(s.file); err == nil {
			s.values = values
		}
		s.read = time.Now()
	}
	if value, ok := s.values[name]; ok {
		return value
	}
	return s.env(name)
}

// of returns the reader of one secret, for a driver.
func (s *secrets) of(name string) func() string { return func() string { return s.get(name) } }

// readSecrets reads lines NAME=value; empty ones and those that begin with "#" are passed over.
func readSecrets(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSecrets+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(content) > maxSecrets {
		return nil, fmt.Errorf("%w: longer than %d bytes", fs.ErrInvalid, maxSecrets)
	}
	values := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found || !slices.Contains(secretNames, name) {
			return nil, fmt.Errorf("line %d: want NAME=value, NAME one of %s", n, strings.Join(secretNames, ", "))
		}
		values[name] = value
	}
	return values, lines.Err()
}
