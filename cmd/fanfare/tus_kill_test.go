package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/media/blob"
	"fanfare/server/contest"
)

// phones upload photos over addresses that fail, each until its entry is acknowledged.
type phones struct {
	urls     []string
	enter    func(at string) (kind string, body []byte)
	turn     atomic.Int64 // spreads the requests over the addresses
	inFlight atomic.Int64
	resumed  atomic.Int64 // PATCHes from elsewhere than where the one before ended

	mu      sync.Mutex          // guards what follows
	entered map[string][]string // hashes of photos by bearer
	strange map[string]int      // answers that are neither a success nor "go on"
}

func newPhones(enter func(string) (string, []byte), urls ...string) *phones {
	return &phones{urls: urls, enter: enter, entered: map[string][]string{}, strange: map[string]int{}}
}

// ask makes a request at the next address. Only what may not be repeated is told as strange.
func (p *phones) ask(ctx context.Context, method, path, token string, body []byte, header map[string]string) (*http.Response, error) {
	url := p.urls[int(p.turn.Add(1))%len(p.urls)]
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Tus-Resumable", "1.0.0")
	req.Header.Set("Authorization", "Bearer "+token)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	p.inFlight.Add(1)
	defer p.inFlight.Add(-1)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusConflict, http.StatusLocked, http.StatusServiceUnavailable:
	default:
		p.mu.Lock()
		p.strange[fmt.Sprint(method, " ", resp.StatusCode)]++
		p.mu.Unlock()
	}
	return resp, nil
}

// insist makes a request until it succeeds.
func (p *phones) insist(ctx context.Context, method, path, token string, body []byte, header map[string]string) *http.Response {
	for {
		resp, err := p.ask(ctx, method, path, token, body, header)
		if err == nil && resp.StatusCode < 300 {
			return resp
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// upload brings a photo over in pieces, from where it is.
func (p *phones) upload(ctx context.Context, token string, photo []byte, piece int) {
	begun := p.insist(ctx, "POST", uploadsAt, token, nil, map[string]string{
		"Upload-Length": strconv.Itoa(len(photo)), "Upload-Metadata": metadata(map[string]string{"sha256": sum(photo)}),
	})
	if begun == nil {
		return
	}
	at := begun.Header.Get("Location")
	for offset, sent := 0, 0; offset < len(photo); {
		if offset != sent {
			p.resumed.Add(1)
		}
		sent = min(len(photo), offset+piece)
		if _, err := p.ask(ctx, "PATCH", at, token, photo[offset:sent], map[string]string{
			"Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream",
		}); err != nil && ctx.Err() != nil {
			return
		}
		looked := p.insist(ctx, "HEAD", at, token, nil, nil)
		if looked == nil {
			return
		}
		offset, _ = strconv.Atoi(looked.Header.Get("Upload-Offset"))
	}
	kind, form := p.enter(at)
	if p.insist(ctx, "POST", "/api/v1/challenges/night/entries", token, form, map[string]string{"Content-Type": kind, "Idempotency-Key": at}) != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.entered[token] = append(p.entered[token], sum(photo))
	}
}

func (p *phones) acknowledged() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, photos := range p.entered {
		n += len(photos)
	}
	return n
}

// large is a photo of so many bytes, unlike any other.
func large(size int) []byte {
	photo := picture()
	rest := make([]byte, size-len(photo))
	rand.Read(rest)
	return append(photo, rest...)
}

// CHECKS 1: the server is killed while photos come, again and again; each becomes one entry with all its bytes.
func TestKilledServersLoseNoUpload(t *testing.T) {
	photos, size, kills := 16, 200<<10, 2
	switch {
	case os.Getenv("FANFARE_SOAK") != "":
		photos, size, kills = 200, 1<<20, 50
	case testing.Short():
		t.Skip("kills a server under uploads; run without -short")
	}
	i := install(t, nil)
	tokens := make([]string, photos)
	for n := range tokens {
		tokens[n] = i.guest()
	}
	i.close()
	r := i.replica("")
	proxy := faulttest.Start(t, r.address)
	proxy.Set(faulttest.Faults{ToServer: faulttest.Way{Rate: int64(2<<20) / int64(min(photos, 20))}}) // 2 MB a second for all
	p := newPhones(i.entering, "http://"+proxy.Addr())
	r.start()
	var all sync.WaitGroup
	turns := make(chan struct{}, 20) // at once
	for n, token := range tokens {
		photo, piece := large(size), []int{size, size / 5}[n%2] // some clients send all at once
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			p.upload(t.Context(), token, photo, piece)
		})
	}
	for n := range kills {
		i.within(time.Minute, "photos arrive", func() bool { return p.acknowledged() >= photos*n/(kills+1) && p.inFlight.Load() > 0 })
		r.kill()
		began := time.Now()
		r.start()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("ready %v after it was killed, want 3 s at most", took)
		}
	}
	all.Wait()
	i.verifyUploads(p, r.url)
	t.Logf("%d photos of %d KB, %d kills, %d goings on", photos, size>>10, kills, p.resumed.Load())
	r.stop()
	i.fanfare("verify")
	i.swept()
}

// verifyUploads holds, when the phones are done, that each photo is one published entry of its fan with the bytes sent.
func (i *installation) verifyUploads(p *phones, url string) {
	i.t.Helper()
	if len(p.strange) > 0 {
		i.t.Errorf("phones were answered %v", p.strange)
	}
	for token := range maps.Keys(p.entered) {
		var me struct{ Entries []struct{ ID, Status string } }
		i.within(time.Minute, "the entries are published", func() bool {
			get(i.t, url, "/api/v1/me", token, &me)
			for _, e := range me.Entries {
				if e.Status == string(contest.Processing) {
					return false
				}
			}
			return true
		})
		hashes := map[string]int{}
		for _, hash := range p.entered[token] {
			hashes[hash]++
		}
		if len(me.Entries) != len(hashes) {
			i.t.Errorf("%d entries of %d photos", len(me.Entries), len(hashes))
		}
		for _, e := range me.Entries {
			hashes[i.hashOf(contest.EntryID(e.ID))]--
			if e.Status != string(contest.Published) && e.Status != string(contest.Pending) {
				i.t.Errorf("entry %s is %s", e.ID, e.Status)
			}
		}
		for hash, n := range hashes {
			if n != 0 {
				i.t.Errorf("photo %.8s is there %d times too few", hash, n)
			}
		}
	}
}

// bucket opens the installation's photos beside the running servers.
func (i *installation) bucket(do func(*blob.Bucket)) {
	i.t.Helper()
	c := must(parseConfig(append([]string{"--data", i.data}, i.flags...), func(string) string { return "" }, os.Stderr))(i.t)
	b := must(openParts(i.t.Context(), c, (*backends).openMedia))(i.t)
	defer b.close()
	do(b.bucket)
}

// hashOf is the hash of the original that the bucket has for an entry. A server that was killed between keeping a whole and
// saying so left one more, of the same bytes, which the sweep of originals takes once it is old.
func (i *installation) hashOf(id contest.EntryID) (hash string) {
	i.t.Helper()
	i.bucket(func(b *blob.Bucket) {
		for object, err := range b.List(i.t.Context(), "original/"+string(i.challenge.ID)+"/"+string(id)) {
			if err != nil {
				i.t.Fatal(err)
			}
			file, _, err := b.Open(i.t.Context(), object.Key)
			if err != nil {
				i.t.Fatal(err)
			}
			content := must(io.ReadAll(file))(i.t)
			file.Close()
			if was := hash; was != "" && was != sum(content) {
				i.t.Fatalf("originals of %s differ: %.8s and %.8s", id, was, sum(content))
			}
			hash = sum(content)
		}
	})
	if hash == "" {
		i.t.Fatalf("no original of %s", id)
	}
	return hash
}

// swept holds that what killed servers left of uploads is gone once it is old.
func (i *installation) swept() {
	i.t.Helper()
	i.bucket(func(b *blob.Bucket) {
		if err := b.Expire(i.t.Context(), -time.Minute); err != nil {
			i.t.Fatal(err)
		}
		for object, err := range b.List(i.t.Context(), blob.Temporary) {
			i.t.Errorf("%s stays behind: %v", object.Key, err)
		}
	})
}
