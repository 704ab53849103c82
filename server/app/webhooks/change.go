package webhooks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

// FieldError says what is wrong with one field of a wish: "required", "invalid", "private", "too_long", "too_many".
type FieldError struct{ Field, Code string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// ErrStopped says that nothing is sent to a webhook that is told nothing.
var ErrStopped = errors.New("webhook is stopped")

// Wish is what a webhook shall be.
type Wish struct {
	Campaign    contest.CampaignID // empty for all; never changes
	Address     string
	Description string
	Kinds       []news.Kind
}

// Scope is who acts: a member of staff, or a program in their name that sees one campaign's webhooks alone.
type Scope struct {
	Staff    contest.StaffID
	Campaign contest.CampaignID // empty for all
}

// hook returns a webhook that is within the scope; another one is not there.
func (sc Scope) hook(tx *store.Tx, id string) (store.Webhook, error) {
	w, err := tx.Webhook(id)
	if err == nil && sc.Campaign != "" && sc.Campaign != w.Campaign {
		return store.Webhook{}, fmt.Errorf("webhook %s: %w", id, store.ErrNotFound)
	}
	return w, err
}

// check looks at a wish and returns it as it is kept.
func (s *Service) check(w Wish) (Wish, error) {
	w.Address, w.Description = strings.TrimSpace(w.Address), strings.TrimSpace(plain(w.Description))
	if w.Address == "" {
		return w, &FieldError{"address", "required"}
	}
	_, err := s.Caller.Check(w.Address)
	switch {
	case errors.Is(err, outbound.ErrAddress):
		return w, &FieldError{"address", "private"}
	case err != nil:
		return w, &FieldError{"address", "invalid"}
	case utf8.RuneCountInString(w.Description) > MaxDescription:
		return w, &FieldError{"description", "too_long"}
	case len(w.Kinds) == 0:
		return w, &FieldError{"kinds", "required"}
	}
	for i, kind := range w.Kinds {
		if !slices.Contains(Kinds, kind) || slices.Contains(w.Kinds[:i], kind) {
			return w, &FieldError{"kinds", "invalid"}
		}
	}
	return w, nil
}

// put writes a wish into a webhook, its kinds in the order of Kinds.
func (w Wish) put(hook *store.Webhook) {
	hook.Address, hook.Description, hook.Kinds = w.Address, w.Description, nil
	for _, kind := range Kinds {
		if slices.Contains(w.Kinds, kind) {
			hook.Kinds = append(hook.Kinds, string(kind))
		}
	}
}

// newSecret draws a secret in Standard Webhooks' form.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

// Create makes a webhook. Its secret is to be shown this once. A *FieldError says what is wrong with the wish.
func (s *Service) Create(ctx context.Context, sc Scope, w Wish) (hook store.Webhook, err error) {
	if w, err = s.check(w); err != nil {
		return hook, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := room(tx, w); err != nil {
			return err
		}
		hook = store.Webhook{Campaign: w.Campaign, Secret: newSecret(), Staff: sc.Staff}
		w.put(&hook)
		if hook, err = tx.CreateWebhook(hook); err != nil {
			return err
		}
		return audit(tx, sc, "webhook.create", hook)
	})
	return hook, err
}

// room holds a wish to what there is.
func room(tx *store.Tx, w Wish) error {
	if err := tx.Lock("webhooks"); err != nil { // two that take the last room
		return err
	}
	if w.Campaign != "" {
		if _, err := tx.Campaign(w.Campaign); errors.Is(err, store.ErrNotFound) {
			return &FieldError{"campaign", "required"}
		} else if err != nil {
			return err
		}
	}
	there, err := tx.Webhooks()
	if err == nil && len(there) >= MaxWebhooks {
		err = &FieldError{"address", "too_many"}
	}
	return err
}

func audit(tx *store.Tx, sc Scope, action string, hook store.Webhook) error {
	return tx.Audit(store.Act{Staff: sc.Staff, Action: action, Object: "webhook/" + hook.ID, Note: strings.TrimSpace(hook.Description + " " + hook.Address)})
}

// change has fn change a webhook, for which whoever does it answers from then on.
func (s *Service) change(ctx context.Context, sc Scope, id, action string, fn func(*store.Tx, *store.Webhook) error) (hook store.Webhook, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, id); err != nil { // two rotations would each take the other's secret for the former one
			return err
		}
		if hook, err = sc.hook(tx, id); err != nil {
			return err
		}
		if sc.Staff != "" {
			hook.Staff = sc.Staff
		}
		if err := fn(tx, &hook); err != nil {
			return err
		}
		if err := tx.SaveWebhook(hook); err != nil {
			return err
		}
		return audit(tx, sc, action, hook)
	})
	return hook, err
}

// Change has a webhook called elsewhere, or told of other things. Whose campaign it is told of stays.
func (s *Service) Change(ctx context.Context, sc Scope, id string, w Wish) (hook store.Webhook, err error) {
	if w, err = s.check(w); err != nil {
		return hook, err
	}
	return s.change(ctx, sc, id, "webhook.change", func(_ *store.Tx, hook *store.Webhook) error {
		w.put(hook)
		return nil
	})
}

// Rotate gives a webhook another secret, which is to be shown this once. The former one signs as well for SecretOverlap.
func (s *Service) Rotate(ctx context.Context, sc Scope, id string) (store.Webhook, error) {
	return s.change(ctx, sc, id, "webhook.rotate", func(tx *store.Tx, hook *store.Webhook) error {
		hook.OldSecret, hook.OldUntil, hook.Secret = hook.Secret, tx.Now().Add(SecretOverlap), newSecret()
		return nil
	})
}

// Stop has a webhook told nothing more.
func (s *Service) Stop(ctx context.Context, sc Scope, id string) error {
	_, err := s.change(ctx, sc, id, "webhook.stop", func(tx *store.Tx, _ *store.Webhook) error {
		_, err := tx.StopWebhook(id, StoppedByStaff)
		return err
	})
	return err
}

// Start has a webhook told again of what happens from now on. What failed before can be sent again.
func (s *Service) Start(ctx context.Context, sc Scope, id string) error {
	_, err := s.change(ctx, sc, id, "webhook.start", func(tx *store.Tx, _ *store.Webhook) error { return tx.StartWebhook(id) })
	return err
}

// Restored stops all webhooks of an installation that was restored from a backup, and returns how many it stopped: a copy that
// somebody tries out must not call the programs of the one that runs, which told them since of what waited in the backup.
func (s *Service) Restored(ctx context.Context) (n int, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		hooks, err := tx.Webhooks()
		n = 0
		for _, hook := range hooks {
			stopped, errStop := tx.StopWebhook(hook.ID, StoppedRestore)
			if stopped {
				n++
				errStop = audit(tx, Scope{}, "webhook.stopped", hook)
			}
			err = errors.Join(err, errStop)
		}
		return err
	})
	return n, err
}

// Delete removes a webhook with all that is known of its deliveries.
func (s *Service) Delete(ctx context.Context, sc Scope, id string) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, id); err != nil {
			return err
		}
		hook, err := sc.hook(tx, id)
		if err != nil {
			return err
		}
		return errors.Join(tx.DeleteWebhook(id), audit(tx, sc, "webhook.delete", hook))
	})
}
