package links

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// MaxTold is how many figures a program tells of at once: they are written in one commit.
const MaxTold = together

// Told are figures that a program tells of.
type Told struct {
	Campaign contest.CampaignID
	Source   string
	Figures  []store.Reported
	Staff    contest.StaffID // in whose name
	// Scope and IdempotencyKey name the telling: what was told before under the same name counts once.
	Scope, IdempotencyKey string
}

// hash tells one telling from others.
func (t Told) hash() (string, error) {
	said, err := json.Marshal(struct {
		Campaign contest.CampaignID
		Source   string
		Figures  []store.Reported
	}{t.Campaign, t.Source, t.Figures})
	return hashOf(said), err
}

func hashOf(said []byte) string {
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:])
}

// Tell takes figures, which count at once, all or none; of a day that was told of before, the newest report counts. A *FieldError
// names the first field that is wrong. Errors: store.ErrNotFound for no campaign, store.ErrKeyReused.
func (s *Service) Tell(ctx context.Context, t Told) (b store.ReportedBatch, err error) {
	plan, err := s.plan(ctx, t.Campaign)
	if err != nil {
		return b, err
	}
	hash, err := t.hash() // of what came
	if err != nil {
		return b, fmt.Errorf("tell of figures: %w", err)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(store.ReportedLock(t.Campaign)); err != nil {
			return err
		}
		known, found, err := tx.Idempotent(t.Scope, t.IdempotencyKey, hash)
		if err != nil {
			return err
		}
		if found {
			b, err = tx.ReportedBatch(contest.BatchID(known))
			return err
		}
		if err := t.check(plan); err != nil {
			return err
		}
		b, err = t.keep(tx, hash)
		return err
	})
	return b, err
}

// check holds figures to the plan, and writes them as they are kept.
func (t *Told) check(p kpi.Plan) error {
	if err := checkDefaults(p, &t.Source, Defaults{}); err != nil {
		return err
	}
	days, seen := periodOf(p, time.Now()), map[store.Reported]bool{}
	figures := make([]store.Reported, len(t.Figures))
	for i, f := range t.Figures {
		f, err := t.checkRow(p, days, f)
		about := f
		about.Value = 0
		if err == nil && seen[about] {
			err = &FieldError{"metric", "twice"}
		}
		if wrong, ok := errors.AsType[*FieldError](err); ok {
			return &FieldError{fmt.Sprintf("rows[%d].%s", i, wrong.Field), wrong.Code}
		}
		seen[about], figures[i] = true, f
	}
	t.Figures = figures
	return nil
}

func (t *Told) checkRow(p kpi.Plan, days period, f store.Reported) (store.Reported, error) {
	if err := checkDefaults(p, &t.Source, Defaults{Channel: f.Channel, Partner: f.Partner}); err != nil {
		return f, err
	}
	if f.Value < 0 || f.Value > kpi.MaxAmount {
		return f, &FieldError{"value", "number"}
	}
	return checkFigure(days, f)
}

// keep stores figures and lets them count.
func (t Told) keep(tx *store.Tx, hash string) (store.ReportedBatch, error) {
	b, err := tx.CreateReported(batchOf(t.Staff, t.Campaign, t.Source, t.Figures))
	if err == nil {
		err = tx.AddReported(b, t.Figures)
	}
	if err == nil {
		err = tx.ConfirmReported(b)
	}
	if err == nil {
		err = tx.SaveIdempotent(t.Scope, t.IdempotencyKey, hash, string(b.ID))
	}
	if err != nil {
		return b, err
	}
	b.ConfirmedAt = tx.Now()
	return b, auditReported(tx, t.Staff, "reported.import", b)
}
