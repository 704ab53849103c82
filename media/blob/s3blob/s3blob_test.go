package s3blob_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/lifecycle"
	"go.uber.org/goleak"

	"fanfare/media/blob"
	"fanfare/media/blob/blobtest"
	"fanfare/media/blob/s3blob"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each runs a test against every S3 server, beside others: most of the time they wait.
func each(t *testing.T, test func(t *testing.T, server *blobtest.Server)) {
	t.Helper()
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, t.TempDir()))
		})
	}
}

var servers = map[string]func(testing.TB, string) *blobtest.Server{"minio": blobtest.StartMinIO, "versitygw": blobtest.StartVersityGW}

func value(s string) func() string { return func() string { return s } }

// config names a bucket behind an address, which may bring the rest of its URL.
func config(t *testing.T, addr string) s3blob.Config {
	t.Helper()
	if !strings.Contains(addr, "/") {
		addr += "/media"
	}
	c, err := s3blob.Parse("s3://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, c s3blob.Config, access, secret func() string) *s3blob.Store {
	t.Helper()
	s, err := s3blob.New(c, access, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// prepared opens the bucket behind an address.
func prepared(t *testing.T, addr string) *s3blob.Store {
	t.Helper()
	s := open(t, config(t, addr), value(blobtest.AccessKey), value(blobtest.SecretKey))
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// operator is a client with the same keys, for what Fanfare itself never does.
func operator(t *testing.T, server *blobtest.Server) minio.Core {
	t.Helper()
	c, err := minio.NewCore(server.Addr, &minio.Options{Creds: credentials.NewStaticV4(blobtest.AccessKey, blobtest.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return *c
}

func put(t *testing.T, d blob.Driver, key string, b []byte) {
	t.Helper()
	if err := d.Put(t.Context(), key, bytes.NewReader(b)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func read(ctx context.Context, d blob.Driver, key string) ([]byte, error) {
	r, err := d.Open(ctx, key, 0, -1)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

func TestParseReadsWhereABucketIs(t *testing.T) {
	for text, want := range map[string]s3blob.Config{
		"s3://store:9000/media":                             {Endpoint: "store:9000", Bucket: "media", TLS: true},
		"s3://127.0.0.1:9000/media/":                        {Endpoint: "127.0.0.1:9000", Bucket: "media"},
		"s3://[::1]:9000/media?tls=on":                      {Endpoint: "[::1]:9000", Bucket: "media", TLS: true},
		"s3://store/a.b-c?tls=off&region=cn-north-1":        {Endpoint: "store", Bucket: "a.b-c", Region: "cn-north-1"},
		"s3://localhost/media?prefix=fan/fare/&region=home": {Endpoint: "localhost", Bucket: "media", Prefix: "fan/fare/", Region: "home"},
	} {
		if got, err := s3blob.Parse(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseRefusesWithARemedy(t *testing.T) {
	for text, remedy := range map[string]string{
		"s3://key:secret@store/media":  "FANFARE_S3_SECRET_KEY",
		"s3://key@store/media":         "FANFARE_S3_SECRET_KEY",
		"s3://store":                   "s3://HOST:PORT/BUCKET",
		"s3:store/media":               "s3://HOST:PORT/BUCKET",
		"s3://store/media/folder":      "s3://HOST:PORT/BUCKET",
		"s3://store/UPPER":             "s3://HOST:PORT/BUCKET",
		"s3://store/media?tls=maybe":   "on or off",
		"s3://store/media?secret=x":    "tls, region and prefix",
		"s3://store/media?prefix=/":    "lower-case letters",
		"s3://store/media?prefix=a/..": "lower-case letters",
	} {
		if _, err := s3blob.Parse(text); err == nil || !strings.Contains(err.Error(), remedy) || strings.Contains(err.Error(), "key:secret") {
			t.Errorf("%s: got %v, want an error that says %q", text, err, remedy)
		}
	}
}

func TestABucketWithoutKeysIsRefused(t *testing.T) {
	_, err := s3blob.New(config(t, "store:9000"), value(""), value("secret"))
	if err == nil || !strings.Contains(err.Error(), "FANFARE_S3_ACCESS_KEY") {
		t.Errorf("got %v, want an error that names the variable", err)
	}
}

func TestRotatedKeysAreUsedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		secret := blobtest.SecretKey
		prepared(t, server.Addr)
		s := open(t, config(t, server.Addr), value(blobtest.AccessKey), func() string { return secret })
		put(t, s, "key", []byte("x"))
		secret = "not the secret"
		if _, err := s.Stat(t.Context(), "key"); !errors.Is(err, blob.ErrUnavailable) {
			t.Errorf("with a wrong key: got %v, want ErrUnavailable", err)
		}
		secret = blobtest.SecretKey
		if _, err := s.Stat(t.Context(), "key"); err != nil {
			t.Errorf("with the right key again: %v", err)
		}
	})
}

func TestAMissingBucketIsUnavailableNotAMissingObject(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		s := open(t, config(t, server.Addr), value(blobtest.AccessKey), value(blobtest.SecretKey))
		if _, err := read(t.Context(), s, "key"); !errors.Is(err, blob.ErrUnavailable) {
			t.Errorf("read: got %v, want ErrUnavailable", err)
		}
		if err := s.Put(t.Context(), "key", strings.NewReader("x")); !errors.Is(err, blob.ErrUnavailable) {
			t.Errorf("put: got %v, want ErrUnavailable", err)
		}
	})
}

func TestABucketIsReachedOverTLSByItsCertificatesName(t *testing.T) {
	server := blobtest.StartMinIO(t, t.TempDir())
	front := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: server.Addr}))
	defer front.Close()
	front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	block := pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}
	if err := os.WriteFile(roots, pem.EncodeToMemory(&block), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", roots) // read when the process verifies a certificate for the first time, which is here
	addr := front.Listener.Addr().String()
	s := prepared(t, addr+"/media?tls=on")
	for _, size := range []int{1000, 20 << 20} {
		want := noise(size)
		put(t, s, "key", want)
		if got, err := read(t.Context(), s, "key"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
	}
	other := open(t, config(t, strings.Replace(addr, "127.0.0.1", "localhost", 1)+"/media?tls=on"), value(blobtest.AccessKey), value(blobtest.SecretKey))
	if _, err := other.Stat(t.Context(), "key"); !errors.Is(err, blob.ErrUnavailable) {
		t.Errorf("by a name that the certificate does not have: got %v, want ErrUnavailable", err)
	}
}

func TestPreparingKeepsTheOperatorsRules(t *testing.T) {
	server := blobtest.StartMinIO(t, t.TempDir()) // VersityGW over a folder has no such rules
	client := operator(t, server)
	if err := client.MakeBucket(t.Context(), "media", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	theirs := lifecycle.NewConfiguration()
	theirs.Rules = []lifecycle.Rule{{ID: "theirs", Status: "Enabled", RuleFilter: lifecycle.Filter{Prefix: "logs/"}, Expiration: lifecycle.Expiration{Days: 9}}}
	if err := client.SetBucketLifecycle(t.Context(), "media", theirs); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		prepared(t, server.Addr)
	}
	rules, err := client.GetBucketLifecycle(t.Context(), "media")
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]lifecycle.ExpirationDays{}
	for _, rule := range rules.Rules {
		days[rule.RuleFilter.Prefix] = rule.Expiration.Days
	}
	if len(rules.Rules) != 2 || days["logs/"] != 9 || days[blob.Temporary] != 2 {
		t.Errorf("the bucket has the rules %+v", rules.Rules)
	}
}

func TestWhatABrokenPutLeftIsSwept(t *testing.T) {
	server := blobtest.StartVersityGW(t, t.TempDir()) // MinIO lists no unfinished uploads, and removes them by itself
	s, client := prepared(t, server.Addr), operator(t, server)
	put(t, s, "a/key", []byte("x"))
	for _, key := range []string{"a/one", "a/two"} {
		id, err := client.NewMultipartUpload(t.Context(), "media", key, minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutObjectPart(t.Context(), "media", key, id, 1, strings.NewReader("x"), 1, minio.PutObjectPartOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		before time.Time
		left   int
	}{{time.Now().Add(-time.Hour), 2}, {time.Now().Add(time.Hour), 0}} {
		if err := s.Sweep(t.Context(), c.before); err != nil {
			t.Fatal(err)
		}
		page, err := client.ListMultipartUploads(t.Context(), "media", "", "", "", "", 0)
		if err != nil || len(page.Uploads) != c.left {
			t.Errorf("%d uploads are left, %v; want %d", len(page.Uploads), err, c.left)
		}
	}
}

func TestAFailedPutLeavesNoParts(t *testing.T) {
	server := blobtest.StartVersityGW(t, t.TempDir()) // MinIO does not list them
	s := prepared(t, server.Addr)
	broken := errors.New("the sender is gone")
	err := s.Put(t.Context(), "key", io.MultiReader(bytes.NewReader(make([]byte, 20<<20)), failing{broken}))
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want the stream's error", err)
	}
	page, err := operator(t, server).ListMultipartUploads(t.Context(), "media", "", "", "", "", 0)
	if err != nil || len(page.Uploads) > 0 {
		t.Errorf("%d uploads are left, %v; want none", len(page.Uploads), err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestExposedTellsWhatAnybodyCanReadOrList(t *testing.T) {
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["ACTION"],"Resource":["arn:aws:s3:::RESOURCE"]}]}`
	each(t, func(t *testing.T, server *blobtest.Server) {
		s, client := prepared(t, server.Addr), operator(t, server)
		put(t, s, "original/a/b", []byte("x"))
		put(t, s, "photo/a/b.jpg", []byte("x"))
		for _, c := range []struct {
			action, resource string
			want             bool
		}{
			{"", "", false},
			{"s3:GetObject", "media/*", true},
			{"s3:GetObject", "media/original/*", true},
			{"s3:GetObject", "media/elsewhere/*", false},
			{"s3:ListBucket", "media", true},
		} {
			text := ""
			if c.action != "" {
				text = strings.NewReplacer("ACTION", c.action, "RESOURCE", c.resource).Replace(policy)
			}
			if err := client.SetBucketPolicy(t.Context(), "media", text); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Exposed(t.Context()); err != nil || got != c.want {
				t.Errorf("%s on %s for everybody: exposed is %v, %v; want %v", c.action, c.resource, got, err, c.want)
			}
		}
		for object, err := range s.List(t.Context(), blob.Temporary) {
			t.Errorf("a probe was left: %s, %v", object.Key, err)
		}
	})
}
