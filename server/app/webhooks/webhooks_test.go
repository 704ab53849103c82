package webhooks

import (
	"context"
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
			Log: slog.New(slog.DiscardHandler), Tried: func(string) {},
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

func TestADescriptionIsKeptAsEveryDatabaseCanHoldIt(t *testing.T) {
	inBubble(t, func(d *desk) {
		if got := d.hook(Wish{Description: " the mall\x00's\xff "}).Description; got != "the mall's\uFFFD" {
			t.Errorf("kept %q", got)
		}
	})
}
