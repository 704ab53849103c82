// Package s3blob keeps objects in a bucket of an S3 store: MinIO, VersityGW, or any other that speaks the protocol.
//
// A store that is down, silent or cut off makes every call fail with blob.ErrUnavailable within seconds, while a slow
// transfer goes on as long as bytes move. What is sent carries its SHA-256, which the store compares before it keeps it;
// what is read is compared by those who know the hash.
package s3blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"

	"fanfare/media/blob"
)

const (
	// dialTime is for a connection to be made, and again for TLS; three attempts fit into patience's margin.
	dialTime = 3 * time.Second
	// attempts is how often one request is tried, a few hundred milliseconds apart: enough for a connection that had
	// gone stale and a store that was just restarted; what lasts longer is told to the caller.
	attempts = 3
	// idleConnections are kept for the next request; more are made as needed.
	idleConnections = 32
	idleTime        = 30 * time.Second
	// sendBuffer is what the system takes of a request before it has to wait for the network. With its usual megabytes, a
	// slow transfer would look as if no byte moved; with this, 50 kB a second are seen to move.
	sendBuffer = 256 << 10
)

// Store is a blob.Driver over one bucket. It is safe for concurrent use.
type Store struct {
	config    Config
	client    minio.Core
	anonymous *minio.Client // for Exposed
	transport *http.Transport
	slots     chan struct{} // one for each put that may hold a part in memory
	taken     atomic.Int64  // when the store took bytes of any put last, in milliseconds since 1970
	parts     sync.Pool     // of *[partSize]byte
}

// New returns a store that signs its requests with the keys as they are then, so that rotated ones are used at once. It
// does not ask the store anything yet; Prepare does.
func New(c Config, accessKey, secretKey func() string) (*Store, error) {
	if accessKey() == "" || secretKey() == "" {
		return nil, errors.New("open bucket: a key is missing: set FANFARE_S3_ACCESS_KEY and FANFARE_S3_SECRET_KEY")
	}
	s := &Store{
		config: c,
		transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dial,
			TLSHandshakeTimeout:   dialTime,
			MaxIdleConnsPerHost:   idleConnections,
			IdleConnTimeout:       idleTime,
			DisableCompression:    true, // objects come as they are
			ExpectContinueTimeout: dialTime,
		},
		slots: make(chan struct{}, maxPuts),
		parts: sync.Pool{New: func() any { return new([partSize]byte) }},
	}
	signed, err := minio.New(c.Endpoint, s.options(newKeys(accessKey, secretKey)))
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	if s.anonymous, err = minio.New(c.Endpoint, s.options(nobody)); err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	s.client = minio.Core{Client: signed}
	return s, nil
}

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTime, KeepAlive: dialTime}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if err := conn.(*net.TCPConn).SetWriteBuffer(sendBuffer); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Close releases the connections that nothing uses.
func (s *Store) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// name is what a key is called in the bucket.
func (s *Store) name(key string) string { return s.config.Prefix + key }

// Open implements blob.Driver.
func (s *Store) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		_, err := s.Stat(ctx, key)
		return http.NoBody, err
	}
	var options minio.GetObjectOptions
	switch {
	case length > 0:
		options.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		options.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	w := watching(ctx)
	body, _, _, err := s.client.GetObject(w.ctx, s.config.Bucket, s.name(key), options)
	if err == nil {
		w.rest()
		return &download{w, body}, nil
	}
	defer w.end()
	if code(err) == "InvalidRange" { // nothing of the object lies in the range
		return http.NoBody, nil
	}
	return nil, w.kind(err)
}

// download is an object's bytes as they come.
type download struct {
	*watch
	body io.ReadCloser
}

func (d *download) Read(p []byte) (int, error) {
	d.moved()
	defer d.rest() // a slow reader is not a stalled store
	n, err := d.body.Read(p)
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, d.kind(err)
}

func (d *download) Close() error {
	d.end()
	return d.body.Close()
}

// Stat implements blob.Driver.
func (s *Store) Stat(ctx context.Context, key string) (blob.Object, error) {
	w := watching(ctx)
	defer w.end()
	info, err := s.client.StatObject(w.ctx, s.config.Bucket, s.name(key), minio.StatObjectOptions{})
	if err != nil {
		return blob.Object{}, w.kind(err)
	}
	return blob.Object{Key: key, Size: info.Size, ModTime: info.LastModified}, nil
}

// Delete implements blob.Driver.
func (s *Store) Delete(ctx context.Context, key string) error {
	w := watching(ctx)
	defer w.end()
	err := s.client.RemoveObject(w.ctx, s.config.Bucket, s.name(key), minio.RemoveObjectOptions{})
	if code(err) == minio.NoSuchKey {
		return nil
	}
	return w.kind(err)
}

// List implements blob.Driver.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		w := watching(ctx)
		defer w.end()
		options := minio.ListObjectsOptions{Prefix: s.name(prefix), Recursive: true}
		for info := range s.client.ListObjectsIter(w.ctx, s.config.Bucket, options) {
			if info.Err != nil {
				yield(blob.Object{}, w.kind(info.Err))
				return
			}
			key, ours := strings.CutPrefix(info.Key, s.config.Prefix)
			if !ours || blob.CheckKey(key) != nil { // something a person put here
				continue
			}
			w.rest() // a caller that takes its time is not a stalled store
			if !yield(blob.Object{Key: key, Size: info.Size, ModTime: info.LastModified}, nil) {
				return
			}
			w.moved()
		}
		if err := w.ctx.Err(); err != nil { // the iterator ends quietly then
			yield(blob.Object{}, w.kind(err))
		}
	}
}
