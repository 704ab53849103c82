package reports

import (
	"errors"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// ChangeKind says what changed.
type ChangeKind string

// The kinds.
const (
	Launched   ChangeKind = "launched"  // the plan was locked
	Amended    ChangeKind = "amended"   // the plan was changed after that
	Certified  ChangeKind = "certified" // a challenge's result was certified
	Recertify  ChangeKind = "corrected" // a certified result was replaced
	Held       ChangeKind = "held"      // votes wait for a look
	Released   ChangeKind = "released"
	Excluded   ChangeKind = "excluded"
	Restored   ChangeKind = "restored"
	RuledBack  ChangeKind = "undone"  // a decision about votes was taken back
	TakenAway  ChangeKind = "removed" // entries, because somebody in them asked
	FiguresIn  ChangeKind = "reported"
	FiguresOut ChangeKind = "unreported"
)

// rulings say what a decision about votes is called.
var rulings = map[contest.LeafKind]ChangeKind{
	contest.Hold: Held, contest.Release: Released, contest.Exclude: Excluded, contest.Restore: Restored, "": RuledBack,
}

// Change is something that changed the campaign or its numbers, so that they cannot be compared with those of before without knowing
// of it. It names nobody.
type Change struct {
	At        time.Time
	Kind      ChangeKind
	Challenge contest.ChallengeID // empty where it is about the campaign
	Number    int                 // of the amendment
	Count     int                 // of votes, entries or figures
	Reason    string              // of the amendment, as it was written
	Why       contest.Reason      // of a ruling
	Was, Is   kpi.Plan            // of an amendment
	Source    string              // of reported figures
}

func (c *Closing) readChanges(tx *store.Tx) error {
	err := errors.Join(c.readAmendments(tx), c.readReported(tx))
	for _, ch := range c.Challenges {
		err = errors.Join(err, c.readRulings(tx, ch), c.readResults(tx, ch), c.readRemoved(tx, ch))
	}
	slices.SortStableFunc(c.Changes, byTime)
	return err
}

func (c *Closing) readAmendments(tx *store.Tx) error {
	if !c.Plan.Launched() {
		return nil
	}
	c.Changes = append(c.Changes, Change{At: c.Plan.LaunchedAt, Kind: Launched, Count: len(c.Plan.Targets)})
	plan, err := tx.LaunchedPlan(c.Campaign.ID)
	if err != nil {
		return err
	}
	amendments, err := tx.Amendments(c.Campaign.ID)
	for _, a := range amendments {
		c.Changes = append(c.Changes, Change{At: a.At, Kind: Amended, Number: a.Number, Reason: a.Reason, Was: plan, Is: a.Plan})
		plan = a.Plan
	}
	return err
}

// maxBatches is how many reports of platforms are told of: a campaign has one a week for each channel.
const maxBatches = 200

// readReported tells when platforms' figures came in, and which were taken out again.
func (c *Closing) readReported(tx *store.Tx) error {
	batches, err := tx.ReportedBatches(c.Campaign.ID, maxBatches)
	for _, b := range batches {
		if !b.ConfirmedAt.IsZero() {
			c.Changes = append(c.Changes, Change{At: b.ConfirmedAt, Kind: FiguresIn, Count: b.Figures, Source: b.Source})
		}
		if !b.ConfirmedAt.IsZero() && !b.UndoneAt.IsZero() {
			c.Changes = append(c.Changes, Change{At: b.UndoneAt, Kind: FiguresOut, Count: b.Figures, Source: b.Source})
		}
	}
	return err
}

func (c *Closing) readRulings(tx *store.Tx, ch contest.Challenge) error {
	batches, err := tx.VoteBatches(ch.ID, maxRulings)
	for _, b := range batches {
		if kind, ok := rulings[b.Kind]; ok && b.Changed > 0 {
			c.Changes = append(c.Changes, Change{At: b.At, Kind: kind, Challenge: ch.ID, Count: b.Changed, Why: b.Reason})
		}
	}
	return err
}

func (c *Closing) readResults(tx *store.Tx, ch contest.Challenge) error {
	found, err := tx.Certifications(ch.ID)
	kind := Certified
	for _, f := range found {
		if !f.ConfirmedAt.IsZero() {
			c.Changes = append(c.Changes, Change{At: f.ConfirmedAt, Kind: kind, Challenge: ch.ID})
			kind = Recertify
		}
	}
	return err
}

// readRemoved tells of entries that were taken away, those of a day together.
func (c *Closing) readRemoved(tx *store.Tx, ch contest.Challenge) error {
	times, err := tx.RemovedEntries(ch.ID)
	days := map[string]*Change{}
	for _, at := range times {
		day := c.Plan.Day(at)
		if days[day] == nil {
			days[day] = &Change{Kind: TakenAway, Challenge: ch.ID}
		}
		days[day].At, days[day].Count = at, days[day].Count+1
	}
	for _, change := range days {
		c.Changes = append(c.Changes, *change)
	}
	return err
}
