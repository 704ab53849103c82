// Package pgtest runs a PostgreSQL server of its own, for tests and benchmarks.
//
// It knows processes and folders. It refuses to know what is stored there; it is no place for data that matters.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// BinVariable names the folder of the server's programs, where they are neither in the path nor where Debian puts them.
const BinVariable = "FANFARE_TEST_PG_BIN"

// ErrMissing says that this machine has no PostgreSQL server.
var ErrMissing = errors.New("no PostgreSQL server: install Debian's package postgresql, or name the folder of its programs in " + BinVariable)

// superuser is who may do everything, without a password: the server listens on the loopback interface alone.
const superuser = "fanfare"

// How long a server may take to answer after its start, and to end: recovering what a test wrote takes seconds.
const (
	startLimit = 60 * time.Second
	stopLimit  = 60 * time.Second
)

// fast are settings for data that nobody misses. A server that is to lose power says fsync=on.
var fast = []string{"fsync=off", "full_page_writes=off", "max_wal_size=256MB", "log_checkpoints=off"}

// Server is a cluster of databases, and the process that serves it while it runs.
type Server struct {
	bin, folder string
	port        int
	settings    []string
	owner       *syscall.Credential // who the programs run as; nil for whoever runs the test
	process     *exec.Cmd
	ended       chan struct{} // closed when the process has ended
}

// Start makes a cluster in an empty folder below base and serves it on a free port of 127.0.0.1. Settings are
// "name=value" and come after those that make it fast and careless.
func Start(base string, settings ...string) (*Server, error) {
	s := &Server{settings: slices.Concat(fast, settings)}
	var err error
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.owner, err = owner(); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp(base, "postgres-*"); err != nil {
		return nil, fmt.Errorf("make folder of PostgreSQL: %w", err)
	}
	if err := s.create(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.folder))
	}
	return s, nil
}

func (s *Server) create() error {
	if s.owner != nil {
		if err := os.Chown(s.folder, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return fmt.Errorf("give folder to PostgreSQL: %w", err)
		}
	}
	// ICU's order is not that of bytes: where a query depends on the database's, tests see it.
	initdb := s.command("initdb", "--pgdata", s.data(), "--username", superuser, "--auth", "trust", "--encoding", "UTF8",
		"--locale", "C", "--locale-provider", "icu", "--icu-locale", "en", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return err
	}
	return s.Start()
}

// programs finds the folder of the server's programs.
func programs() (string, error) {
	if folder := os.Getenv(BinVariable); folder != "" {
		return folder, nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // a fixed pattern
	newest, version := "", 0
	for _, path := range found {
		if n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil && n > version {
			newest, version = filepath.Dir(path), n
		}
	}
	if newest == "" {
		return "", ErrMissing
	}
	return newest, nil
}

// owner is who the server runs as where we are root, as whom it refuses to.
func owner() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUID, errGID)
	}
	return nil, errors.Join(errs...)
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = child(s.owner)
	cmd.Env = []string{"PATH=" + s.bin, "LC_ALL=C", "TZ=UTC"}
	return cmd
}

// Start serves the cluster again and returns when it answers.
func (s *Server) Start() error {
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log of PostgreSQL: %w", err)
	}
	defer log.Close() //nolint:errcheck // the server has its own handle
	args := []string{"-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", ""}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	s.process = s.command("postgres", args...)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.ended = make(chan struct{})
	go func() {
		_ = s.process.Wait() // how it ended stands in its log
		close(s.ended)
	}()
	return s.answers()
}

// answers waits until the server takes connections.
func (s *Server) answers() error {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.Exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("PostgreSQL ended at once: %s", log)
		case <-limit.C:
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
}

// Exec runs a statement as superuser, outside of any test's database.
func (s *Server) Exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// URL is where a database is reached, as its owner and without a password.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes a database, as a copy of the one named template, "template1" for an empty one.
func (s *Server) CreateDatabase(name, template string) error {
	statement := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	if err := s.Exec(statement); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// DropDatabase removes a database and ends its connections.
func (s *Server) DropDatabase(name string) error {
	if err := s.Exec("DROP DATABASE " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// Demand has everybody but the superuser give a password from the next connection on.
func (s *Server) Demand() error {
	rules := fmt.Sprintf("host all %s 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n", superuser)
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return fmt.Errorf("demand passwords: %w", err)
	}
	return s.Exec("SELECT pg_reload_conf()")
}

// Log is the file that the server writes to.
func (s *Server) Log() string { return filepath.Join(s.folder, "log") }

// PID is the process all others of the server are children of.
func (s *Server) PID() int { return s.process.Process.Pid }

// Stop has the server end its connections, write its data and end. It can be started again.
func (s *Server) Stop() error { return s.signal(syscall.SIGINT) }

// Kill has the server end at once, as if its machine had lost power but for what the operating system keeps. It can be
// started again, and recovers then.
func (s *Server) Kill() error { return s.signal(syscall.SIGQUIT) }

func (s *Server) signal(sig os.Signal) error {
	if err := s.process.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-s.ended:
		return nil
	case <-limit.C:
		return errors.New("PostgreSQL does not stop")
	}
}

// Close ends the server and removes its data.
func (s *Server) Close() error { return errors.Join(s.Kill(), os.RemoveAll(s.folder)) }
