package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/media/blob/blobtest"
	"fanfare/server/contest"
)

// dripping sends bytes of an upload one a second, until the server has enough of it, and returns how many went.
func (i *installation) dripping(at, token string, length int) (sent int) {
	i.t.Helper()
	conn := must(net.Dial("tcp", strings.TrimPrefix(i.url, "http://")))(i.t)
	defer conn.Close()
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"+
		"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n", at, token, length)
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, conn)
		close(closed)
	}()
	for tick := time.NewTicker(time.Second); ; sent++ {
		conn.Write([]byte{0xff})
		select {
		case <-closed:
			tick.Stop()
			return sent
		case <-tick.C:
		}
	}
}

// CHECKS 5: who sends a byte a second is let go within a minute, who vanishes makes way for whoever comes back, what came is
// kept, and nothing of either stays.
func TestSlowAndVanishedSendersAreLetGoAndGoOn(t *testing.T) {
	i := install(t, nil)
	i.published(i.guest(), "so that render workers run")
	slow, gone, photo := i.guest(), i.guest(), large(400<<10)
	proxy := faulttest.Start(t, strings.TrimPrefix(i.url, "http://"))
	slowAt, goneAt := i.begin(slow, 1000, nil), i.begin(gone, len(photo), nil)
	client.CloseIdleConnections()
	goroutines, connections := runtime.NumGoroutine(), sockets(t)
	var both sync.WaitGroup
	both.Go(func() {
		began := time.Now()
		sent := i.dripping(slowAt, slow, 1000)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("a byte a second was read for %v", took)
		}
		if offset := i.offset(slowAt, slow); offset < sent-1 || offset == 0 {
			t.Errorf("%d of %d bytes are kept", offset, sent)
		}
	})
	both.Go(func() {
		conn := must(net.Dial("tcp", proxy.Addr()))(t)
		defer conn.Close()
		fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"+
			"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n", goneAt, gone, len(photo))
		conn.Write(photo[:300<<10])
		time.Sleep(200 * time.Millisecond) // on its way
		proxy.Set(faulttest.Faults{BlackHole: true})
		began, offset := time.Now(), 0
		i.eventually("the upload goes on", func() bool { // as clients of tus do
			offset = i.offset(goneAt, gone)
			return i.patch(goneAt, gone, offset, photo[offset:]).Status == http.StatusNoContent
		})
		if took := time.Since(began); offset < 200<<10 || took > 10*time.Second {
			t.Errorf("went on at %d after %v, want what came before and 10 s at most", offset, took)
		}
		i.want("the entry", i.enter(goneAt, gone, nil), http.StatusCreated, "")
		proxy.Set(faulttest.Faults{})
	})
	both.Wait()
	i.eventually("goroutines and sockets are as before", func() bool {
		client.CloseIdleConnections()
		return runtime.NumGoroutine() <= goroutines+2 && sockets(t) <= connections
	})
}

// sockets counts this process's, where the system tells them. Files come and go with the database's connections.
func sockets(t *testing.T) (n int) {
	const folder = "/proc/self/fd"
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Logf("sockets are not counted: %v", err)
	}
	for _, file := range files {
		if name, err := os.Readlink(filepath.Join(folder, file.Name())); err == nil && strings.HasPrefix(name, "socket:") {
			n++
		}
	}
	return n
}

// CHECKS 3 and 6 over S3: pieces, a store that is away in the middle, and the end of it.
func TestAnUploadOutlastsItsPhotoStore(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an S3 server; run without -short")
	}
	store := blobtest.StartMinIO(t, t.TempDir())
	i := install(t, nil, overS3(t, store.Addr)...)
	token, photo := i.guest(), large(1<<20)
	at := i.begin(token, len(photo), map[string]string{"sha256": sum(photo)})
	i.want("a piece", i.patch(at, token, 0, photo[:600_000]), 204, "")
	store.Stop()
	began := time.Now()
	i.want("a piece without a store", i.patch(at, token, 600_000, photo[600_000:700_000]), 503, "media_unavailable")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("refused after %v, want 10 s at most", took)
	}
	store.Start(t)
	i.eventually("the piece is taken", func() bool {
		return i.offset(at, token) == 600_000 && i.patch(at, token, 600_000, photo[600_000:]).Status == 204
	})
	r := i.enter(at, token, nil)
	i.want("the entry", r, 201, "")
	if got := i.hashOf(contest.EntryID(r.text("id"))); got != sum(photo) {
		t.Errorf("kept other bytes than were sent")
	}
	i.swept()
}

// Any replica goes on with an upload, also when the one that received it died.
func TestAFleetGoesOnWithUploads(t *testing.T) {
	f := newFleet(t)
	token, photo := f.guest(), large(2<<20)
	tokens := []string{f.guest(), f.guest(), f.guest(), f.guest(), f.guest(), f.guest()}
	f.close()
	for _, r := range f.replicas {
		r.start()
	}
	ours := func(n int) *installation {
		at := *f.installation
		at.url = f.replicas[n].url
		return &at
	}
	at := ours(0).begin(token, len(photo), map[string]string{"sha256": sum(photo)})
	for n := range 4 {
		f.want("a piece", ours(n%2).patch(at, token, n<<18, photo[n<<18:(n+1)<<18]), 204, "")
	}
	proxy := faulttest.Start(t, f.replicas[0].address)
	proxy.Set(faulttest.Faults{ToServer: faulttest.Way{Rate: 100 << 10}})
	p := newPhones(f.entering, "http://"+proxy.Addr(), f.replicas[1].url)
	var all sync.WaitGroup
	for _, token := range tokens {
		all.Go(func() { p.upload(t.Context(), token, large(700<<10), 150<<10) })
	}
	f.eventually("one replica receives", func() bool { return p.inFlight.Load() >= 3 })
	f.replicas[0].kill()
	began := time.Now()
	f.eventually("the other goes on", func() bool { return ours(1).patch(at, token, 1<<20, photo[1<<20:]).Status == 204 })
	t.Logf("went on after %v", time.Since(began).Round(time.Millisecond))
	f.replicas[0].start()
	all.Wait()
	f.want("the entry", ours(0).enter(at, token, nil), 201, "")
	p.entered[token] = []string{sum(photo)}
	f.verifyUploads(p, f.replicas[1].url)
	t.Logf("%d goings on", p.resumed.Load())
}
