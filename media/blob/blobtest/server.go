package blobtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// The keys of every server that this package starts. MinIO wants them as long as this.
const (
	AccessKey = "fanfare-test"
	SecretKey = "fanfare-test-secret"
)

// startTime is far more than a server needs on a busy machine; then the test fails.
const startTime = time.Minute

// Server is a real S3 server in a process of its own. It keeps its objects in a folder, and its address when it is
// started again.
type Server struct {
	Addr string // host:port on this machine

	program string
	args    []string
	env     []string
	process *exec.Cmd // nil while it is down
	output  bytes.Buffer
}

// StartMinIO starts MinIO over a folder. It ends with the test. Where it is not installed, the test is skipped.
func StartMinIO(t testing.TB, folder string) *Server {
	t.Helper()
	s := &Server{
		Addr: free(t), program: find(t, "minio", "FANFARE_TEST_MINIO"),
		env: []string{"MINIO_ROOT_USER=" + AccessKey, "MINIO_ROOT_PASSWORD=" + SecretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CI_CD=1"},
	}
	s.args = []string{"server", filepath.Join(folder, "data"), "--address", s.Addr, "--certs-dir", filepath.Join(folder, "certs"), "--quiet"}
	s.first(t)
	return s
}

// StartVersityGW starts VersityGW over a folder, as StartMinIO does.
func StartVersityGW(t testing.TB, folder string) *Server {
	t.Helper()
	s := &Server{
		Addr: free(t), program: find(t, "versitygw", "FANFARE_TEST_VERSITYGW"),
		env: []string{"ROOT_ACCESS_KEY=" + AccessKey, "ROOT_SECRET_KEY=" + SecretKey},
	}
	s.args = []string{"--port", s.Addr, "--quiet", "posix", folder}
	s.first(t)
	return s
}

// URL is what --media takes for a bucket of the server.
func (s *Server) URL(bucket string) string { return "s3://" + s.Addr + "/" + bucket + "?tls=off" }

func (s *Server) first(t testing.TB) {
	t.Helper()
	t.Cleanup(s.Kill)
	s.Start(t)
}

// Start starts the server again, at the same address and with what it held, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.output.Reset()
	s.process = exec.Command(s.program, s.args...)
	s.process.Env = append(os.Environ(), s.env...)
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(startTime); !s.answers(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Kill()
			t.Fatalf("%s does not answer:\n%s", s.program, &s.output)
		}
	}
}

// asking keeps no connection, whose goroutines a test would take for a leak.
var asking = http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// answers reports whether the server refuses those who have no key; before, it refuses everybody as not ready.
func (s *Server) answers() bool {
	answer, err := asking.Get("http://" + s.Addr)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusForbidden
}

// Stop lets the server finish what it does and waits until it has ended.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server at once.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(signal os.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(signal) // it may have ended by itself
	_ = s.process.Wait()                 // says only that it was killed
	s.process = nil
}

// find returns a server's program: what the variable names, or what is in the path, or what `make test` has built.
func find(t testing.TB, name, variable string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("%s is left out of short tests", name)
	}
	cache, err := os.UserCacheDir()
	candidates := []string{os.Getenv(variable), name, filepath.Join(cache, "fanfare-tools", "servers", name)}
	for _, candidate := range candidates {
		if candidate == "" {
			continue
		}
		program, lookErr := exec.LookPath(candidate)
		if lookErr == nil {
			return program
		}
		err = errors.Join(err, lookErr)
	}
	t.Skipf("%s is not here: make test builds it, or name it in $%s: %v", name, variable, err)
	return ""
}

// free returns an address that nothing listens on. MinIO shares a port that another one listens on without a word, and
// each gets some of the connections; so every process of tests has a loopback address of its own where the system has
// more than one.
func free(t testing.TB) string {
	t.Helper()
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		pid := os.Getpid() // of 22 bits at most
		host = fmt.Sprintf("127.%d.%d.%d", 64+pid>>16, pid>>8&0xff, pid&0xff)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
