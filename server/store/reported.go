package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Reported is a figure that somebody else counted.
type Reported struct {
	Day     string // in the plan's time zone
	Channel kpi.ChannelID
	Partner kpi.PartnerID
	Metric  kpi.Metric
	Value   int64
}

// ReportedBatch are figures that were handed in together.
type ReportedBatch struct {
	ID                contest.BatchID
	Campaign          contest.CampaignID
	Source            string // who counted, in staff's words
	Figures           int
	FirstDay, LastDay string
	Staff             contest.StaffID
	By                string // their name; set when it is read
	At                time.Time
	ConfirmedAt       time.Time // zero while it waits, and counts nothing
	UndoneAt          time.Time
	UndoneBy          contest.StaffID
}

const reportedColumns = `b.id, b.campaign, b.source, b.figures, b.first_day, b.last_day, b.staff, COALESCE(s.name, ''), b.at, b.confirmed_at, b.undone_at, b.undone_by
	FROM reported_batches b LEFT JOIN staff s ON s.id = b.staff`

func scanReportedBatch(row scanner) (b ReportedBatch, err error) {
	err = row.Scan(&b.ID, &b.Campaign, &b.Source, &b.Figures, &b.FirstDay, &b.LastDay, &b.Staff, &b.By, timeColumn{&b.At},
		timeColumn{&b.ConfirmedAt}, timeColumn{&b.UndoneAt}, &b.UndoneBy)
	return b, err
}

// CreateReported stores a new batch without its figures, which wait for ConfirmReported.
func (tx *Tx) CreateReported(b ReportedBatch) (ReportedBatch, error) {
	b.ID, b.At = orNew(b.ID, "rb_"), tx.now
	_, err := tx.Exec(`INSERT INTO reported_batches (id, campaign, source, figures, first_day, last_day, staff, at, confirmed_at, undone_at, undone_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '')`, b.ID, b.Campaign, b.Source, b.Figures, b.FirstDay, b.LastDay, b.Staff, millis(b.At))
	if err != nil {
		return b, fmt.Errorf("create batch of reported figures: %w", err)
	}
	return b, nil
}

var insertReported = insertInto("reported", "batch, day, channel, partner, metric, campaign, value, replaced_by",
	"text", "text", "text", "text", "text", "text", "bigint", "text")

// AddReported stores figures of a batch. Each is another day, channel, partner or metric.
func (tx *Tx) AddReported(b ReportedBatch, figures []Reported) error {
	rows := make([][]any, len(figures))
	for i, f := range figures {
		rows[i] = []any{string(b.ID), f.Day, string(f.Channel), string(f.Partner), string(f.Metric), string(b.Campaign), f.Value, ""}
	}
	if err := tx.insert(insertReported, rows); err != nil {
		return fmt.Errorf("add figures to batch %s: %w", b.ID, err)
	}
	return nil
}

// ReportedBatch returns a batch.
func (tx *Tx) ReportedBatch(id contest.BatchID) (ReportedBatch, error) {
	b, err := first(tx, scanReportedBatch, "SELECT "+reportedColumns+" WHERE b.id = ?", id)
	if err != nil {
		return b, fmt.Errorf("read batch %s of reported figures: %w", id, err)
	}
	return b, nil
}

// ReportedBatches lists a campaign's confirmed batches, the newest first.
func (tx *Tx) ReportedBatches(campaign contest.CampaignID, limit int) ([]ReportedBatch, error) {
	batches, err := list(tx, scanReportedBatch, "SELECT "+reportedColumns+" WHERE b.campaign = ? AND b.confirmed_at > 0 ORDER BY b.at DESC, b.id DESC LIMIT ?", campaign, limit)
	if err != nil {
		return nil, fmt.Errorf("list reported figures of campaign %s: %w", campaign, err)
	}
	return batches, nil
}

// BatchFigures lists a batch's figures by day, at most so many.
func (tx *Tx) BatchFigures(id contest.BatchID, limit int) ([]Reported, error) {
	figures, err := list(tx, scanReported, "SELECT day, channel, partner, metric, value FROM reported WHERE batch = ? ORDER BY day, channel, partner, metric LIMIT ?", id, limit)
	if err != nil {
		return nil, fmt.Errorf("list figures of batch %s: %w", id, err)
	}
	return figures, nil
}

func scanReported(row scanner) (f Reported, err error) {
	err = row.Scan(&f.Day, &f.Channel, &f.Partner, &f.Metric, &f.Value)
	return f, err
}

// sameFigure joins a figure r to the one n of a batch that is about the same.
const sameFigure = "n.batch = ? AND n.day = r.day AND n.channel = r.channel AND n.partner = r.partner AND n.metric = r.metric"

// replacedFigures are those that stand and that another batch of the campaign says anew.
const replacedFigures = `FROM reported r JOIN reported_batches b ON b.id = r.batch
	WHERE r.campaign = ? AND r.replaced_by = '' AND r.batch <> ? AND b.confirmed_at > 0 AND b.undone_at = 0
	AND EXISTS (SELECT 1 FROM reported n WHERE ` + sameFigure + ")"

// ReplacedBy counts the figures that a batch would replace if it were confirmed.
func (tx *Tx) ReplacedBy(b ReportedBatch) (n int, err error) {
	if err := tx.one("SELECT COUNT(*) "+replacedFigures, []any{b.Campaign, b.ID, b.ID}, &n); err != nil {
		return 0, fmt.Errorf("count what batch %s replaces: %w", b.ID, err)
	}
	return n, nil
}

// ConfirmReported lets a batch count, in place of what earlier ones say of the same; ErrNotFound where it does not wait for that.
// Callers hold the lock of ReportedLock.
func (tx *Tx) ConfirmReported(b ReportedBatch) error {
	err := tx.mustChange("UPDATE reported_batches SET confirmed_at = ? WHERE id = ? AND confirmed_at = 0", millis(tx.now), b.ID)
	if err == nil {
		_, err = tx.Exec(`UPDATE reported SET replaced_by = ? WHERE (batch, day, channel, partner, metric) IN
			(SELECT r.batch, r.day, r.channel, r.partner, r.metric `+replacedFigures+")", b.ID, b.Campaign, b.ID, b.ID)
	}
	if err != nil {
		return fmt.Errorf("confirm batch %s of reported figures: %w", b.ID, err)
	}
	return nil
}

// UndoReported lets a batch count no longer, and what it replaced count again; ErrNotFound where it does not count. Callers hold
// the lock of ReportedLock.
func (tx *Tx) UndoReported(b ReportedBatch, staff contest.StaffID) error {
	err := tx.mustChange("UPDATE reported_batches SET undone_at = ?, undone_by = ? WHERE id = ? AND confirmed_at > 0 AND undone_at = 0", millis(tx.now), staff, b.ID)
	if err == nil { // what a later batch replaced of this one, it replaces of the earlier ones as well
		_, err = tx.Exec("UPDATE reported AS r SET replaced_by = (SELECT n.replaced_by FROM reported n WHERE "+sameFigure+") WHERE r.replaced_by = ?", b.ID, b.ID)
	}
	if err != nil {
		return fmt.Errorf("undo batch %s of reported figures: %w", b.ID, err)
	}
	return nil
}

// ReportedLock is the name of the lock under which batches of a campaign are confirmed and undone, one at a time.
func ReportedLock(campaign contest.CampaignID) string { return "reported/" + string(campaign) }

// ForgetDrafts forgets batches that nobody confirmed, from before a time.
func (tx *Tx) ForgetDrafts(before time.Time) error {
	if _, err := tx.Exec("DELETE FROM reported_batches WHERE confirmed_at = 0 AND at < ?", millis(before)); err != nil {
		return fmt.Errorf("forget unconfirmed figures: %w", err)
	}
	return nil
}

// ReportedDay is a figure that counts, and who counted it.
type ReportedDay struct {
	Reported
	Source string
}

// ReportedDays lists the figures of a campaign that count, from a day to a day, both included. Of the same day, channel, partner and
// metric the newest report counts.
func (tx *Tx) ReportedDays(campaign contest.CampaignID, from, to string) ([]ReportedDay, error) {
	days, err := list(tx, func(row scanner) (d ReportedDay, err error) {
		err = row.Scan(&d.Day, &d.Channel, &d.Partner, &d.Metric, &d.Value, &d.Source)
		return d, err
	}, `SELECT r.day, r.channel, r.partner, r.metric, r.value, b.source FROM reported r JOIN reported_batches b ON b.id = r.batch
		WHERE r.campaign = ? AND r.day >= ? AND r.day <= ? AND r.replaced_by = '' AND b.confirmed_at > 0 AND b.undone_at = 0
		ORDER BY r.day, r.channel, r.partner, r.metric`, campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("list reported figures of campaign %s: %w", campaign, err)
	}
	return days, nil
}
