package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"fanfare/server/access"
	"fanfare/server/app/keys"
	hooks "fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// sink is a program on loopback that is told things.
type sink struct {
	*httptest.Server
	mu          sync.Mutex // guards what follows
	connections int
	came        []arrival
}

// arrival is what it was told once.
type arrival struct {
	header http.Header
	body   []byte
}

// newSink starts one; answer is given what came and how many came before it.
func newSink(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, before int)) *sink {
	t.Helper()
	s := &sink{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.came = append(s.came, arrival{r.Header.Clone(), body})
		before := len(s.came) - 1
		s.mu.Unlock()
		answer(w, r, before)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.connections++
			s.mu.Unlock()
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *sink) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came
}

func (s *sink) connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// hooked makes a webhook by the API and returns its identifier and its secret.
func (i *installation) hooked(at, bearer, address string, kinds ...string) (id, secret string) {
	i.t.Helper()
	wish, err := json.Marshal(map[string]any{"address": address, "kinds": kinds})
	if err != nil {
		i.t.Fatal(err)
	}
	r := i.tell("POST", at+"/webhooks", bearer, string(wish), nil)
	var made struct{ ID, Secret string }
	if r.Status != http.StatusCreated || json.Unmarshal([]byte(r.Text), &made) != nil {
		i.t.Fatalf("a webhook to %s: %d %s", address, r.Status, r.Text)
	}
	return made.ID, made.Secret
}

// CHECKS 40: a program is told what happened, signed; a fault is tried again under the same identifier, a redirect is one; who hangs
// holds up nobody; who is gone is told nothing more.
func TestAProgramIsToldWhatHappensUntilItArrives(t *testing.T) {
	i := install(t, nil, "--outbound-allow", "127.0.0.1", "--rate-limits", "off")
	at, bearer := i.planned(), i.key(i.challenge.Campaign, keys.WebhooksRead, keys.WebhooksWrite)
	release, decoy := make(chan struct{}), newSink(t, func(http.ResponseWriter, *http.Request, int) {})
	fails := newSink(t, func(w http.ResponseWriter, _ *http.Request, before int) {
		if before == 0 {
			http.Error(w, "<script>not now</script>", http.StatusInternalServerError)
		}
	})
	hangs := newSink(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	moves := newSink(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, decoy.URL, http.StatusTemporaryRedirect)
	})
	gone := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusGone) })
	const kind = "entry.published"
	id, secret := i.hooked(at, bearer, fails.URL, kind)
	hanging, _ := i.hooked(at, bearer, hangs.URL, kind)
	moved, _ := i.hooked(at, bearer, moves.URL, kind)
	left, _ := i.hooked(at, bearer, gone.URL, kind)

	entry := i.published(i.guest(), "夜色 #夜景")
	i.eventually("the program is told, and told again after its fault", func() bool { return len(fails.arrivals()) == 2 })
	hook := must(webhooks.NewWebhook(secret))(t)
	for n, a := range fails.arrivals() {
		if err := hook.Verify(a.body, a.header); err != nil {
			t.Errorf("attempt %d: %v", n+1, err)
		}
		if a.header.Get("webhook-id") != fails.arrivals()[0].header.Get("webhook-id") || !strings.Contains(string(a.body), `"type":"`+kind+`"`) || !strings.Contains(string(a.body), i.url+"/e/"+entry) {
			t.Errorf("attempt %d: %v %s", n+1, a.header, a.body)
		}
	}
	i.eventually("who is gone is told nothing more", func() bool { return strings.Contains(i.get(at+"/webhooks", bearer).Text, `"stopped_why":"gone"`) })
	if r := i.get(at+"/webhooks/"+left+"/deliveries?state=failed", bearer); !strings.Contains(r.Text, `"status":410`) {
		t.Errorf("deliveries of who is gone: %s", r.Text)
	}
	if r := i.get(at+"/webhooks/"+moved+"/deliveries", bearer); !strings.Contains(r.Text, `"status":307`) || decoy.connected() != 0 {
		t.Errorf("a redirect: %s, with %d connections to where it leads", r.Text, decoy.connected())
	}
	if len(hangs.arrivals()) == 0 || !strings.Contains(i.get(at+"/webhooks/"+hanging+"/deliveries", bearer).Text, `"state":"waiting"`) {
		t.Error("who hangs was not called, or has an answer")
	}
	admin := i.administrator()
	page := i.do(request{method: "GET", path: "/console/webhooks/" + id, header: map[string]string{"Cookie": admin}})
	if page.Status != http.StatusOK || strings.Contains(page.Text, secret) || strings.Contains(page.Text, "<script>not now") {
		t.Errorf("its page: %d, or with its secret, or with what it answered", page.Status)
	}
}

// CHECKS 40: what somebody set up who is here no more is sent no more.
func TestAWebhookEndsWithItsAdministrator(t *testing.T) {
	i := install(t, nil, "--outbound-allow", "127.0.0.1", "--rate-limits", "off")
	i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	var owner store.Staff
	err := i.app.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		owner, err = tx.CreateStaff(store.Staff{Email: "eve@example.org", Name: "Eve", Role: string(access.Administrator)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	refuses := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusBadGateway) })
	hook, err := i.app.webhooks.Create(t.Context(), hooks.Scope{Staff: owner.ID}, hooks.Wish{Address: refuses.URL, Kinds: hooks.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	i.submit(i.guest(), "夜色 #夜景", nil)
	i.eventually("it is told while she is here", func() bool { return len(refuses.arrivals()) > 0 })
	if err := i.app.staff.Remove(t.Context(), ada.ID, owner.ID); err != nil {
		t.Fatal(err)
	}
	told := len(refuses.arrivals())
	i.eventually("it is stopped when it would be sent again", func() bool {
		v, err := i.app.webhooks.Webhook(t.Context(), hooks.Scope{}, hook.ID, "", "")
		return err == nil && v.StoppedWhy == hooks.StoppedOwner && v.Waiting == 0
	})
	if n := len(refuses.arrivals()); n != told {
		t.Errorf("it was told %d times after she left", n-told)
	}
}

// CHECKS 41: whatever address is typed, nothing inside is connected to.
func TestNoAddressThatIsTypedReachesInside(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	at, bearer := i.planned(), i.key("", keys.Scopes...)
	decoy := newSink(t, func(http.ResponseWriter, *http.Request, int) {})
	_, port, err := net.SplitHostPort(decoy.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, host := range []string{
		"127.0.0.1", "127.0.0.2", "0.0.0.0", "0", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1.",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fd00::1]",
		"169.254.169.254", "100.64.0.1", "100.100.100.200", "10.0.0.1", "192.168.0.1", "172.16.0.1", "224.0.0.1", "255.255.255.255",
		"user@127.0.0.1", "example.org@127.0.0.1", "１２７.0.0.1", "ⓛocalhost", "localhost%00.example.org", "metadata.google.internal", "localtest",
	} {
		for _, scheme := range []string{"http", "https", "HTTP", "gopher", "file"} {
			address := scheme + "://" + host + ":" + port + "/latest"
			wish, err := json.Marshal(map[string]any{"address": address, "kinds": []string{"entry.won"}})
			if err != nil {
				t.Fatal(err)
			}
			r := i.tell("POST", at+"/webhooks", bearer, string(wish), nil)
			if r.Status == http.StatusUnprocessableEntity {
				continue
			}
			var hook struct{ ID string }
			if r.Status != http.StatusCreated || json.Unmarshal([]byte(r.Text), &hook) != nil {
				t.Fatalf("%s: %d %s", address, r.Status, r.Text)
			}
			made++
			if r := i.tell("POST", at+"/webhooks/"+hook.ID+"/test", bearer, "{}", nil); !strings.Contains(r.Text, `"fault":"address"`) && !strings.Contains(r.Text, `"fault":"name"`) {
				t.Errorf("a test to %s: %d %s", address, r.Status, r.Text)
			}
			i.tell("DELETE", at+"/webhooks/"+hook.ID, bearer, "{}", nil)
		}
	}
	t.Logf("%d of the addresses are seen to lead inside only when they are called", made)
	// Other fields take addresses that people open; the server itself never does.
	i.tell("POST", at+"/links", bearer, `{"channel":"weibo","target":"https://127.0.0.1:`+port+`/"}`, map[string]string{"Idempotency-Key": "1"})
	must(i.app.campaigns.CreateSite(t.Context(), i.challenge.Campaign, "Inside", []string{decoy.URL}))(t)
	if n := decoy.connected(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// What a webhook's operations do, each once.
func TestAProgramMindsItsCampaignsWebhooks(t *testing.T) {
	i := install(t, nil, "--outbound-allow", "127.0.0.1", "--rate-limits", "off")
	at, bearer := i.planned(), i.key(i.challenge.Campaign, keys.WebhooksRead, keys.WebhooksWrite)
	takes := newSink(t, func(http.ResponseWriter, *http.Request, int) {})
	id, secret := i.hooked(at, bearer, takes.URL, "entry.published")
	one := at + "/webhooks/" + id
	wants := func(method, path, body string, status int, texts ...string) string {
		t.Helper()
		r := i.tell(method, path, bearer, body, nil)
		if r.Status != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, r.Status, r.Text, status)
		}
		for _, text := range texts {
			if !strings.Contains(r.Text, text) {
				t.Errorf("%s %s lacks %s: %s", method, path, text, r.Text)
			}
		}
		return r.Text
	}
	if list := wants("GET", at+"/webhooks", "", http.StatusOK, takes.URL); strings.Contains(list, secret) {
		t.Error("the secret is listed")
	}
	wants("PUT", one, `{"address":"`+takes.URL+`/b","kinds":["entry.won","entry.published"],"description":"CRM"}`, http.StatusOK, `"description":"CRM"`, "/b")
	wants("PUT", one, `{"address":"`+takes.URL+`","kinds":["invite.made"]}`, http.StatusUnprocessableEntity)
	wants("PUT", one, `{"address":"https://10.0.0.1/","kinds":["entry.won"]}`, http.StatusUnprocessableEntity, "body.address", "private")
	rotated := wants("POST", one+"/secret", "{}", http.StatusOK, "whsec_")
	wants("POST", one+"/test", "{}", http.StatusOK, `"state":"delivered"`, `"type":"webhook.test"`)
	if sent := takes.arrivals()[0]; len(strings.Fields(sent.header.Get("webhook-signature"))) != 2 || must(webhooks.NewWebhook(secret))(t).Verify(sent.body, sent.header) != nil {
		t.Errorf("after the rotation to %s it is signed with %q", rotated, sent.header.Get("webhook-signature"))
	}
	var listed struct{ Deliveries []struct{ ID string } }
	if err := json.Unmarshal([]byte(wants("GET", one+"/deliveries", "", http.StatusOK, `"delivered"`)), &listed); err != nil || len(listed.Deliveries) != 1 {
		t.Fatalf("listed %+v, %v", listed, err)
	}
	wants("POST", one+"/deliveries/"+listed.Deliveries[0].ID+"/resend", "{}", http.StatusNoContent)
	i.eventually("it is sent again", func() bool { return len(takes.arrivals()) == 2 })
	wants("POST", one+"/resend", `{"since":"`+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)+`"}`, http.StatusOK, `"resent":0`)
	wants("POST", one+"/stop", "{}", http.StatusNoContent)
	wants("POST", one+"/resend", `{"since":"2026-01-01T00:00:00Z"}`, http.StatusConflict, "webhook_stopped")
	wants("POST", one+"/start", "{}", http.StatusNoContent)
	other := must(i.app.webhooks.Create(t.Context(), hooks.Scope{}, hooks.Wish{Address: takes.URL, Kinds: hooks.Kinds}))(t)
	wants("DELETE", at+"/webhooks/"+other.ID, "{}", http.StatusNotFound) // which is told of all campaigns
	elsewhere := must(i.app.campaigns.CreateCampaign(t.Context(), "", contest.Text{EN: "Other"}))(t)
	wants("GET", "/api/v1/campaigns/"+string(elsewhere.ID)+"/webhooks", "", http.StatusNotFound)
	wants("DELETE", one, "{}", http.StatusNoContent)
	wants("DELETE", one, "{}", http.StatusNotFound)
}

func TestARestoredCopyCallsNoProgram(t *testing.T) {
	i := install(t, nil, "--outbound-allow", "127.0.0.1", "--rate-limits", "off")
	at, bearer := i.planned(), i.key(i.challenge.Campaign, keys.WebhooksRead, keys.WebhooksWrite)
	busy := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		http.Error(w, "later", http.StatusServiceUnavailable)
	})
	id, _ := i.hooked(at, bearer, busy.URL, "entry.published")
	i.published(i.guest(), "夜色 #夜景")
	i.eventually("something waits for the program", func() bool { return len(busy.arrivals()) > 0 })
	folder := filepath.Join(t.TempDir(), "backup")
	i.fanfare("backup", folder)
	i.close()

	called := busy.connected()
	restored := i.elsewhere(t)
	if out := restored.fanfare("restore", folder); !strings.Contains(out, "webhooks: 1 turned off") {
		t.Errorf("restore says\n%s", out)
	}
	restored.flags = append(restored.flags, "--outbound-allow", "127.0.0.1")
	copied := restored.replica("")
	copied.start()
	restored.url = copied.url
	if r := restored.get(at+"/webhooks", bearer); !strings.Contains(r.Text, `"stopped_why":"restore"`) {
		t.Errorf("the webhook of the copy: %s", r.Text)
	}
	if r := restored.get(at+"/webhooks/"+id+"/deliveries", bearer); !strings.Contains(r.Text, `"state":"failed"`) || strings.Contains(r.Text, `"state":"waiting"`) {
		t.Errorf("deliveries of the copy: %s, want one that nothing sends before somebody says so", r.Text)
	}
	if n := busy.connected(); n != called {
		t.Errorf("the copy called %d times", n-called)
	}
}
