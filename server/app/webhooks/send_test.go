package webhooks

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

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
