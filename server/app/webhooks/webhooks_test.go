package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/outbound"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is the service over a database of its own, in a bubble whose clock jumps when all wait. What it sends goes to answer: sockets know
// nothing of a bubble; the ways to them are tested in outbound and in cmd/fanfare.
type desk struct {
	*testing.T
	*Service
	queue     *job.Queue
	challenge contest.Challenge
	entry     contest.Entry
	fan       contest.Fan
	failures  []error
	stop      func()

	mu     sync.Mutex // guards what follows
	sent   []sending
	answer func(address string, m outbound.Message) (outbound.Answer, error)
}

// sending is a message that went out.
type sending struct {
	address string
	message outbound.Message
}

func inBubble(t *testing.T, test func(d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, answer: answering(204)}
		s := storetest.OpenSQLite(t, nil, store.WithClock(time.Now))
		d.queue = storetest.Queue(s, func(_ job.Job, err error) { d.mu.Lock(); d.failures = append(d.failures, err); d.mu.Unlock() })
		d.Service = New(Parts{
			Store: s, Queue: d.queue, News: news.New(d.queue), Caller: outbound.NewCaller(outbound.Allowed{}), Public: "https://night.example",
			Log: slog.New(slog.DiscardHandler),
		})
		d.deliver = func(_ context.Context, address string, m outbound.Message) (outbound.Answer, error) {
			d.mu.Lock()
			d.sent = append(d.sent, sending{address, m})
			answer := d.answer
			d.mu.Unlock()
			return answer(address, m)
		}
		d.furnish()
		d.start()
		defer func() { d.stop() }()
		test(d)
		if len(d.failures) != 0 {
			t.Errorf("jobs failed: %v", d.failures)
		}
	})
}

// start runs the queue until stop is called.
func (d *desk) start() {
	ctx, cancel := context.WithCancel(d.Context())
	var running sync.WaitGroup
	running.Go(func() { d.queue.Run(ctx) })
	d.stop = func() { cancel(); running.Wait() }
}

// pass lets a time go by in which nothing is looked at, because the queue would look every five seconds of it.
func (d *desk) pass(t time.Duration) {
	d.stop()
	time.Sleep(t) // of the bubble's clock
	d.start()
	synctest.Wait()
}

// furnish makes a campaign with a published entry, and the administrator st_1.
func (d *desk) furnish() {
	d.update(func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{EN: "Night"}})
		if err != nil {
			return err
		}
		if _, err := tx.CreateStaff(store.Staff{ID: "st_1", Email: "ada@example.org", Role: "administrator"}); err != nil {
			return err
		}
		d.challenge, err = tx.CreateChallenge(storetest.Draft(campaign.ID, "night", tx.Now()))
		return err
	})
	err := d.Store.UpdateIn(d.Context(), d.challenge.ID, func(tx *store.Tx) (err error) {
		if d.fan, err = tx.FanFor("guest", "fan-subject", "Bo"); err != nil {
			return err
		}
		d.entry, err = tx.InsertEntry(contest.Entry{Challenge: d.challenge.ID, Fan: d.fan.ID, Author: "Bo", City: "chongqing", Caption: "my own words", Status: contest.Published})
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) update(fn func(*store.Tx) error) {
	d.Helper()
	if err := d.Store.Update(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
}

var admin = Scope{Staff: "st_1"}

func (d *desk) hook(w Wish) store.Webhook {
	d.Helper()
	if w.Kinds == nil {
		w.Kinds = []news.Kind{news.EntryWon, news.EntryWithdrawn}
	}
	if w.Address == "" {
		w.Address = "https://hooks.example/x"
	}
	hook, err := d.Create(d.Context(), admin, w)
	if err != nil {
		d.Fatal(err)
	}
	return hook
}

func (d *desk) happens(i news.Item) {
	d.Helper()
	d.update(func(tx *store.Tx) error { return d.News.Tell(tx, i) })
	synctest.Wait()
}

func (d *desk) won(id string) news.Item {
	return news.Item{ID: id, Kind: news.EntryWon, Challenge: d.challenge.ID, Entry: d.entry.ID, Fan: d.fan.ID, Note: "a note"}
}

// answers has all that is sent from now on answered so.
func (d *desk) answers(answer func(string, outbound.Message) (outbound.Answer, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

func answering(status int) func(string, outbound.Message) (outbound.Answer, error) {
	return func(string, outbound.Message) (outbound.Answer, error) {
		return outbound.Answer{Status: status, Body: "said"}, nil
	}
}

func (d *desk) sendings() []sending {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.sent)
}

func (d *desk) count(want int) []sending {
	d.Helper()
	sent := d.sendings()
	if len(sent) != want {
		d.Fatalf("%d messages were sent, want %d", len(sent), want)
	}
	return sent
}

func (d *desk) view(id string) View {
	d.Helper()
	v, err := d.Webhook(d.Context(), admin, id, "", "")
	if err != nil {
		d.Fatal(err)
	}
	return v
}

func wait(t time.Duration) {
	time.Sleep(t) // of the bubble's clock
	synctest.Wait()
}

func TestAWebhookIsToldOfItsKindsAndItsCampaignOnce(t *testing.T) {
	inBubble(t, func(d *desk) {
		var other contest.Campaign
		d.update(func(tx *store.Tx) (err error) {
			other, err = tx.CreateCampaign(contest.Campaign{})
			return err
		})
		d.hook(Wish{Address: "https://all.example"})
		d.hook(Wish{Address: "https://this.example", Campaign: d.challenge.Campaign})
		d.hook(Wish{Address: "https://other.example", Campaign: other.ID})
		d.hook(Wish{Address: "https://kind.example", Kinds: []news.Kind{news.RepostMade}})
		stopped := d.hook(Wish{Address: "https://stopped.example"})
		if err := d.Stop(d.Context(), admin, stopped.ID); err != nil {
			t.Fatal(err)
		}
		d.happens(d.won("one"))
		d.happens(d.won("one")) // as after a teller that died
		var told []string
		for _, s := range d.count(2) {
			told = append(told, s.address)
			if s.message.ID != "ev_one" {
				t.Errorf("told of %s", s.message.ID)
			}
		}
		if slices.Sort(told); !slices.Equal(told, []string{"https://all.example", "https://this.example"}) {
			t.Errorf("told %v", told)
		}
	})
}

func TestAMessageNamesWhatIsPublicAndNothingOfTheFan(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.hook(Wish{})
		d.happens(d.won("one"))
		body := d.count(1)[0].message.Body
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		id := string(d.entry.ID)
		want := aboutEntry{id, int64(d.entry.Number), "Bo", "chongqing", "https://night.example/e/" + id, "https://night.example/api/v1/entries/" + id}
		if m.Type != "entry.won" || m.Data.Campaign != string(d.challenge.Campaign) || *m.Data.Entry != want || m.Data.Challenge.Slug != "night" {
			t.Errorf("said %s", body)
		}
		for _, private := range []string{string(d.fan.ID), "fan-subject", "a note", "my own words"} {
			if strings.Contains(string(body), private) {
				t.Errorf("%q is told of in %s", private, body)
			}
		}
	})
}

func TestALateMessageNamesNothingOfAnEntryThatIsWithdrawn(t *testing.T) {
	inBubble(t, func(d *desk) {
		hook := d.hook(Wish{})
		d.answers(func(_ string, m outbound.Message) (outbound.Answer, error) {
			return outbound.Answer{Status: 500, Body: string(m.Body)}, nil
		})
		d.happens(d.won("one"))
		err := d.Store.UpdateIn(d.Context(), d.challenge.ID, func(tx *store.Tx) error {
			_, err := tx.Decide(d.entry.ID, contest.Withdrawn, "", "")
			return errors.Join(err, d.News.Tell(tx, news.Item{Kind: news.EntryWithdrawn, Challenge: d.challenge.ID, Entry: d.entry.ID}))
		})
		if err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		sent := d.count(4) // each twice
		if !strings.Contains(string(sent[0].message.Body), `"Bo"`) {
			t.Errorf("before: %s", sent[0].message.Body)
		}
		for _, s := range sent[1:] {
			if body := string(s.message.Body); strings.Contains(body, "Bo") || strings.Contains(body, "/e/") || !strings.Contains(body, `"entry":{"id":"`+string(d.entry.ID)+`"}`) {
				t.Errorf("after: %s", body)
			}
		}
		for _, delivery := range d.view(hook.ID).Deliveries {
			l, err := d.Delivery(d.Context(), admin, hook.ID, delivery.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range l.Attempts {
				if a.Answer != "" {
					t.Errorf("of %s the answer is kept: %s", l.Kind, a.Answer)
				}
			}
		}
	})
}

// CHECKS 40.
func TestADeliveryIsTriedByTheScheduleUnderOneIdentifier(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.answers(answering(500))
		hook := d.hook(Wish{})
		d.happens(d.won("one"))
		for i, p := range pauses {
			d.pass(p - time.Second)
			d.count(i + 1)
			d.pass(p/10 + time.Second) // the attempt is made at its end
		}
		d.pass(24 * time.Hour)
		sent := d.count(10)
		for i, s := range sent {
			if s.message.ID != sent[0].message.ID {
				t.Errorf("attempt %d has the identifier %s", i+1, s.message.ID)
			}
		}
		v := d.view(hook.ID)
		if one := v.Deliveries[0]; v.Failed != 1 || one.State != store.DeliveryFailed || one.Attempts != 10 || one.Status != 500 {
			t.Errorf("it stands as %+v", one)
		}
		d.answers(answering(200))
		if n, err := d.ResendFailed(d.Context(), admin, hook.ID, time.Now().Add(-Retention)); err != nil || n != 1 {
			t.Fatalf("sent %d again, %v", n, err)
		}
		synctest.Wait()
		if again := d.count(11)[10]; again.message.ID != sent[0].message.ID {
			t.Errorf("it was sent again as %s", again.message.ID)
		}
		if v := d.view(hook.ID); v.Deliveries[0].State != store.DeliveryDelivered || !v.FailingSince.IsZero() {
			t.Errorf("after that it stands as %+v", v)
		}
	})
}

// CHECKS 40.
func TestAProgramThatIsGoneIsToldNothingMore(t *testing.T) {
	inBubble(t, func(d *desk) {
		var told []news.Item
		d.stop()
		d.News.Pass("test", func(_ context.Context, i news.Item) error { told = append(told, i); return nil })
		d.start()
		d.answers(answering(410))
		hook := d.hook(Wish{})
		d.happens(d.won("one"))
		d.happens(d.won("two"))
		wait(time.Hour)
		d.count(1)
		if v := d.view(hook.ID); v.StoppedWhy != StoppedGone || v.Waiting != 0 {
			t.Errorf("it stands as %+v", v)
		}
		if !slices.ContainsFunc(told, func(i news.Item) bool { return i.Kind == news.WebhookStopped && i.Note == hook.ID }) {
			t.Errorf("told of %+v, want that it stopped", told)
		}
		if _, err := d.ResendFailed(d.Context(), admin, hook.ID, time.Time{}); !errors.Is(err, ErrStopped) {
			t.Errorf("sent again with %v", err)
		}
		d.answers(answering(200))
		if err := d.Start(d.Context(), admin, hook.ID); err != nil {
			t.Fatal(err)
		}
		d.happens(d.won("three"))
		d.count(2)
	})
}

func TestAProgramThatFailsForFiveDaysIsToldNothingMore(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.answers(func(string, outbound.Message) (outbound.Answer, error) { return outbound.Answer{}, outbound.NoTime })
		hook := d.hook(Wish{})
		for _, id := range []string{"1", "2", "3", "4", "5"} {
			d.happens(d.won(id))
			d.pass(23 * time.Hour)
		}
		if v := d.view(hook.ID); !v.StoppedAt.IsZero() {
			t.Errorf("after %v it is stopped", v.StoppedAt.Sub(v.CreatedAt))
		}
		d.pass(24 * time.Hour)
		v := d.view(hook.ID)
		if v.StoppedWhy != StoppedFailing || v.StoppedAt.Sub(v.FailingSince) < patience {
			t.Errorf("it stands as %+v", v.Webhook)
		}
		if last := v.Deliveries[0]; last.Status != 0 || last.Fault != string(outbound.NoTime) {
			t.Errorf("the last one stands as %+v", last)
		}
	})
}

// CHECKS 40.
func TestWhatNobodyAnswersForIsSentNoMore(t *testing.T) {
	for name, ends := range map[string]func(*desk, store.Webhook) error{
		"its administrator left": func(d *desk, _ store.Webhook) error {
			return d.Store.Update(d.Context(), func(tx *store.Tx) error { return tx.RemoveStaff("st_1") })
		},
		"it was deleted": func(d *desk, hook store.Webhook) error { return d.Delete(d.Context(), admin, hook.ID) },
		"it was stopped": func(d *desk, hook store.Webhook) error { return d.Stop(d.Context(), admin, hook.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(d *desk) {
				d.answers(answering(500))
				hook := d.hook(Wish{})
				d.happens(d.won("one"))
				d.count(1)
				if err := ends(d, hook); err != nil {
					t.Fatal(err)
				}
				d.happens(d.won("two"))
				d.pass(24 * time.Hour)
				d.count(1)
			})
		})
	}
}

func TestASlowProgramHoldsUpNoOther(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.answers(func(address string, _ outbound.Message) (outbound.Answer, error) {
			if strings.Contains(address, "slow") {
				time.Sleep(15 * time.Second) // of the bubble's clock
				return outbound.Answer{}, outbound.NoTime
			}
			return outbound.Answer{Status: 200}, nil
		})
		for range MaxWebhooks - 1 {
			d.hook(Wish{Address: "https://slow.example"})
		}
		quick := d.hook(Wish{Address: "https://quick.example"})
		for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
			d.happens(d.won(id))
		}
		if v := d.view(quick.ID); v.Waiting != 0 || v.Deliveries[0].State != store.DeliveryDelivered || len(v.Deliveries) != 6 {
			t.Errorf("%d wait behind those that hang", v.Waiting)
		}
		if _, err := d.Create(d.Context(), admin, Wish{Address: "https://a.example", Kinds: Kinds}); err == nil {
			t.Error("there are more webhooks than workers")
		}
	})
}

func TestFormerAndPresentSecretSignForADay(t *testing.T) {
	inBubble(t, func(d *desk) {
		hook := d.hook(Wish{})
		rotated, err := d.Rotate(d.Context(), admin, hook.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.happens(d.won("one"))
		d.pass(SecretOverlap)
		d.happens(d.won("two"))
		sent := d.count(2)
		if got := sent[0].message.Secrets; !slices.Equal(got, []string{rotated.Secret, hook.Secret}) {
			t.Errorf("at first %v sign", got)
		}
		if got := sent[1].message.Secrets; !slices.Equal(got, []string{rotated.Secret}) {
			t.Errorf("a day later %v sign", got)
		}
	})
}

func TestATestIsSentOnceAndStopsNothing(t *testing.T) {
	inBubble(t, func(d *desk) {
		hook := d.hook(Wish{})
		if err := d.Stop(d.Context(), admin, hook.ID); err != nil {
			t.Fatal(err)
		}
		d.answers(answering(410))
		l, err := d.Try(d.Context(), admin, hook.ID)
		if err != nil || l.State != store.DeliveryFailed || len(l.Attempts) != 1 || l.Attempts[0].Answer != "said" {
			t.Errorf("tried as %+v, %v", l, err)
		}
		wait(time.Hour)
		if s := d.count(1)[0]; !strings.Contains(string(s.message.Body), `"type":"webhook.test"`) {
			t.Errorf("sent %s", s.message.Body)
		}
		if v := d.view(hook.ID); v.StoppedWhy != StoppedByStaff || !v.FailingSince.IsZero() {
			t.Errorf("it stands as %+v", v.Webhook)
		}
	})
}

func TestAProgramsKeySeesItsCampaignsWebhooksAlone(t *testing.T) {
	inBubble(t, func(d *desk) {
		ctx, everywhere := d.Context(), d.hook(Wish{})
		program := Scope{Staff: "st_1", Campaign: d.challenge.Campaign}
		_, rotate := d.Rotate(ctx, program, everywhere.ID)
		_, read := d.Webhook(ctx, program, everywhere.ID, "", "")
		_, change := d.Change(ctx, program, everywhere.ID, Wish{Address: "https://b.example", Kinds: Kinds})
		_, try := d.Try(ctx, program, everywhere.ID)
		_, resend := d.ResendFailed(ctx, program, everywhere.ID, time.Time{})
		for what, err := range map[string]error{
			"rotate": rotate, "read": read, "change": change, "try": try, "resend": resend,
			"stop": d.Stop(ctx, program, everywhere.ID), "start": d.Start(ctx, program, everywhere.ID), "delete": d.Delete(ctx, program, everywhere.ID),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if list, err := d.Of(ctx, d.challenge.Campaign); err != nil || len(list) != 0 {
			t.Errorf("listed %v, %v", list, err)
		}
		d.count(0)
	})
}

func TestAWishForAWebhookIsChecked(t *testing.T) {
	inBubble(t, func(d *desk) {
		fine := Wish{Address: "https://a.example", Kinds: []news.Kind{news.EntryWon}}
		for name, c := range map[string]struct {
			edit        func(*Wish)
			field, code string
		}{
			"no address":        {func(w *Wish) { w.Address = " " }, "address", "required"},
			"no web address":    {func(w *Wish) { w.Address = "ftp://a.example" }, "address", "invalid"},
			"a private address": {func(w *Wish) { w.Address = "https://10.0.0.1/x" }, "address", "private"},
			"a long name":       {func(w *Wish) { w.Description = strings.Repeat("夜", MaxDescription+1) }, "description", "too_long"},
			"no kind":           {func(w *Wish) { w.Kinds = nil }, "kinds", "required"},
			"no known kind":     {func(w *Wish) { w.Kinds = []news.Kind{news.InviteMade} }, "kinds", "invalid"},
			"a kind twice":      {func(w *Wish) { w.Kinds = []news.Kind{news.EntryWon, news.EntryWon} }, "kinds", "invalid"},
			"no campaign":       {func(w *Wish) { w.Campaign = "ca_none" }, "campaign", "required"},
		} {
			w := fine
			c.edit(&w)
			_, err := d.Create(d.Context(), admin, w)
			if wrong, ok := errors.AsType[*FieldError](err); !ok || *wrong != (FieldError{c.field, c.code}) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOldDeliveriesAreRemoved(t *testing.T) {
	inBubble(t, func(d *desk) {
		hook := d.hook(Wish{})
		d.happens(d.won("one"))
		d.pass(Retention / 2)
		d.happens(d.won("two"))
		d.pass(Retention/2 + time.Hour)
		if err := d.Tidy(d.Context()); err != nil {
			t.Fatal(err)
		}
		if v := d.view(hook.ID); len(v.Deliveries) != 1 || v.Deliveries[0].Event != "ev_two" {
			t.Errorf("kept %+v", v.Deliveries)
		}
	})
}

func TestAProgramMayAskToBeLeftAlone(t *testing.T) {
	for _, c := range []struct {
		tried int
		asked time.Duration
		draw  float64
		want  time.Duration
		again bool
	}{
		{1, 0, 0, 5 * time.Second, true},
		{1, 0, 1, 5500 * time.Millisecond, true},
		{1, time.Hour, 0, time.Hour, true},
		{3, time.Minute, 0, 30 * time.Minute, true},
		{1, 300 * 24 * time.Hour, 0, longestAsked, true},
		{9, 0, 0, 24 * time.Hour, true},
		{10, time.Hour, 0, 0, false},
	} {
		if got, again := pause(c.tried, c.asked, c.draw); got != c.want || again != c.again {
			t.Errorf("after %d attempts, asked for %v: %v, %v, want %v, %v", c.tried, c.asked, got, again, c.want, c.again)
		}
	}
	if p, _ := drawn(1, outbound.Answer{Status: 500, RetryAfter: time.Hour}); p > time.Minute {
		t.Errorf("a fault of theirs asks for %v", p)
	}
}
