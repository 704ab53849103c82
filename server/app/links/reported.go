package links

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// Limits of reported figures.
const (
	MaxSource  = 80     // code points of who counted
	maxFigures = 20_000 // of a batch: a year's days of ten channels with five metrics
	together   = 500    // are written in one commit, so that votes do not wait
	draftLife  = 24 * time.Hour
	batches    = 50 // are listed
)

// ErrTooManyFigures says that a file has more figures than a batch takes.
var ErrTooManyFigures = errors.New("too many figures")

// Draft is a batch that waits to be confirmed.
type Draft struct {
	Batch store.ReportedBatch
	Reading
	Sums     map[kpi.Metric]int64
	Replaces int // figures that count now and would no longer
}

// ReadReport reads a file of figures and keeps what can be taken of it until somebody confirms it; a draft without an identifier
// has nothing to confirm. A *FieldError says what is wrong with what was said about the file; what sheet.Read refuses is refused.
func (s *Service) ReadReport(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, source string, d Defaults, file io.Reader) (Draft, error) {
	plan, err := s.plan(ctx, campaign)
	if err != nil {
		return Draft{}, err
	}
	if err := checkDefaults(plan, &source, d); err != nil {
		return Draft{}, err
	}
	table, err := sheet.Read(file)
	if err != nil {
		return Draft{}, err
	}
	draft := Draft{Reading: read(table, plan, d, time.Now()), Sums: map[kpi.Metric]int64{}}
	for _, f := range draft.Figures {
		draft.Sums[f.Metric] += f.Value
	}
	if len(draft.Figures) > maxFigures {
		return Draft{}, ErrTooManyFigures
	}
	if len(draft.Figures) == 0 {
		return draft, nil
	}
	if draft.Batch, err = s.keep(ctx, batchOf(staff, campaign, source, draft.Figures), draft.Figures); err != nil {
		return Draft{}, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		draft.Replaces, err = tx.ReplacedBy(draft.Batch)
		return err
	})
	return draft, err
}

func (s *Service) plan(ctx context.Context, campaign contest.CampaignID) (kpi.Plan, error) {
	var p store.Plan
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Plan(campaign)
		return err
	})
	return p.Plan, err
}

// checkDefaults checks what is said about a whole file.
func checkDefaults(p kpi.Plan, source *string, d Defaults) error {
	*source = strings.TrimSpace(*source)
	if *source == "" {
		return &FieldError{"source", "required"}
	}
	if utf8.RuneCountInString(*source) > MaxSource {
		return &FieldError{"source", "too_long"}
	}
	if _, known := p.Channel(d.Channel); !known && d.Channel != "" {
		return &FieldError{"channel", "unknown"}
	}
	if _, known := p.Partner(d.Partner); !known && d.Partner != "" {
		return &FieldError{"partner", "unknown"}
	}
	return nil
}

func batchOf(staff contest.StaffID, campaign contest.CampaignID, source string, figures []store.Reported) store.ReportedBatch {
	b := store.ReportedBatch{Campaign: campaign, Source: source, Staff: staff, Figures: len(figures)}
	for _, f := range figures {
		if b.FirstDay == "" || f.Day < b.FirstDay {
			b.FirstDay = f.Day
		}
		b.LastDay = max(b.LastDay, f.Day)
	}
	return b
}

// keep stores a batch that waits.
func (s *Service) keep(ctx context.Context, b store.ReportedBatch, figures []store.Reported) (store.ReportedBatch, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.CreateReported(b)
		return err
	})
	for len(figures) > 0 && err == nil {
		n := min(together, len(figures))
		err = s.store.Update(ctx, func(tx *store.Tx) error { return tx.AddReported(b, figures[:n]) })
		figures = figures[n:]
	}
	return b, err
}

// Type takes one figure, which counts at once.
func (s *Service) Type(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, source string, f store.Reported, typed string) error {
	plan, err := s.plan(ctx, campaign)
	if err != nil {
		return err
	}
	if err := checkDefaults(plan, &source, Defaults{Channel: f.Channel, Partner: f.Partner}); err != nil {
		return err
	}
	if f, err = checkFigure(periodOf(plan, time.Now()), f); err != nil {
		return err
	}
	if f.Value, err = kpi.ParseTyped(typed, 0); err != nil {
		return &FieldError{"value", "number"}
	}
	b, err := s.keep(ctx, batchOf(staff, campaign, source, []store.Reported{f}), []store.Reported{f})
	if err != nil {
		return err
	}
	return s.Confirm(ctx, staff, campaign, b.ID)
}

// checkFigure checks when and of what a figure is, and returns it with its day as days are written.
func checkFigure(days period, f store.Reported) (store.Reported, error) {
	day, ok := sheet.Day(f.Day)
	switch {
	case !ok:
		return f, &FieldError{"day", "required"}
	case day < days.from || day > days.until:
		return f, &FieldError{"day", "outside"}
	case f.Channel == "":
		return f, &FieldError{"channel", "required"}
	case !slices.Contains(Reportable, f.Metric):
		return f, &FieldError{"metric", "required"}
	}
	f.Day = day
	return f, nil
}

// Confirm lets a batch that waits count; store.ErrNotFound where none does.
func (s *Service) Confirm(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, id contest.BatchID) error {
	return s.decide(ctx, staff, "reported.import", campaign, id, (*store.Tx).ConfirmReported)
}

// Undo takes a batch that counts back; store.ErrNotFound where it does not count.
func (s *Service) Undo(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, id contest.BatchID) error {
	return s.decide(ctx, staff, "reported.undo", campaign, id, func(tx *store.Tx, b store.ReportedBatch) error { return tx.UndoReported(b, staff) })
}

func (s *Service) decide(ctx context.Context, staff contest.StaffID, act string, campaign contest.CampaignID, id contest.BatchID, carryOut func(*store.Tx, store.ReportedBatch) error) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(store.ReportedLock(campaign)); err != nil {
			return err
		}
		b, err := tx.ReportedBatch(id)
		if err == nil && b.Campaign != campaign {
			err = fmt.Errorf("batch %s of campaign %s: %w", id, campaign, store.ErrNotFound)
		}
		if err == nil {
			err = carryOut(tx, b)
		}
		if err != nil {
			return err
		}
		return auditReported(tx, staff, act, b)
	})
}

func auditReported(tx *store.Tx, staff contest.StaffID, act string, b store.ReportedBatch) error {
	said := fmt.Sprintf("%s: %d, %s – %s", b.Source, b.Figures, b.FirstDay, b.LastDay)
	return tx.Audit(store.Act{Staff: staff, Action: act, Object: "campaign/" + string(b.Campaign), Note: said})
}

// Reports lists what was handed in of a campaign, the newest first.
func (s *Service) Reports(ctx context.Context, campaign contest.CampaignID) (list []store.ReportedBatch, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.ReportedBatches(campaign, batches)
		return err
	})
	return list, err
}

// Tidy forgets files that nobody confirmed.
func (s *Service) Tidy(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.ForgetDrafts(tx.Now().Add(-draftLife)) })
}

// WriteTemplate writes an empty report: a line for each channel and partner of the plan for a day, with the titles that say gives.
func WriteTemplate(out io.Writer, f sheet.Format, p kpi.Plan, day, lang string, say func(column string) string) error {
	columns := []sheet.Column{{Title: say("day")}, {Title: say("channel")}, {Title: say("partner")}}
	for _, m := range Reportable {
		d, _ := kpi.Define(m)
		columns = append(columns, sheet.Column{Title: d.Name.In(lang), Number: true})
	}
	w, err := sheet.NewWriter(out, f, columns)
	for _, ch := range p.Channels {
		for _, partner := range append([]contest.Choice{{}}, p.Partners...) {
			if err == nil {
				err = w.Row(append([]string{day, ch.Name.In(lang), partner.Name.In(lang)}, make([]string, len(Reportable))...)...)
			}
		}
	}
	if err != nil {
		return err
	}
	return w.Close()
}
