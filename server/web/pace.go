package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// How slow a visitor may be.
const (
	bodyGrace     = 8 * time.Second  // for a body to begin, and for all of a short one
	slowestBody   = 32 << 10         // bytes a second after that: 25 MB in 14 minutes
	slowestPiece  = 4 << 10          // likewise, of an upload in pieces, which keeps what came: a phone at the edge of its network
	longestSilent = 30 * time.Second // between two bytes, however quick those before were: whoever vanished is let go
	answerTime    = 5 * time.Minute  // to take an answer; the largest photo at 5 kB a second
)

// paced closes connections that send a body too slowly, fall silent in it, or do not take the answer. The server alone would
// wait for ever for a body that no handler reads.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &pacedBody{ReadCloser: r.Body, connection: http.NewResponseController(w), began: time.Now(), slowest: slowestBody}
		if strings.HasPrefix(r.URL.Path, uploadsPath) {
			b.slowest = slowestPiece
		}
		if r.ContentLength != 0 {
			r.Body = b
			b.expect()
		}
		_ = b.connection.SetWriteDeadline(b.began.Add(answerTime)) // a recorder in a test has none
		next.ServeHTTP(w, r)
	})
}

// pacedBody moves the connection's deadlines on as bytes arrive.
type pacedBody struct {
	io.ReadCloser
	connection *http.ResponseController
	began      time.Time
	slowest    int64 // bytes a second
	read       int64
}

// expect sets the moment by which more must have come.
func (b *pacedBody) expect() {
	by := b.began.Add(bodyGrace + time.Duration(b.read)*time.Second/time.Duration(b.slowest))
	if silent := time.Now().Add(longestSilent); silent.Before(by) {
		by = silent
	}
	_ = b.connection.SetReadDeadline(by)
	_ = b.connection.SetWriteDeadline(by.Add(answerTime))
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.expect()
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if errors.Is(err, io.EOF) {
		_ = b.connection.SetReadDeadline(time.Time{}) // otherwise it would end the request's context
	}
	return n, err
}
