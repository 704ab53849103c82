package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Certification is a challenge's result on its way: proposed by one member of staff, then confirmed by another or
// withdrawn.
type Certification struct {
	Challenge  contest.ChallengeID
	Number     int    // from 1 for each challenge
	SHA256     string // of the result's bytes, in hexadecimal
	ProposedBy contest.StaffID
	ProposedAt time.Time
	// Others is how many members of staff there were then, beside the one who proposed.
	Others      int
	ConfirmedBy contest.StaffID
	ConfirmedAt time.Time // zero while it is not confirmed
	WithdrawnBy contest.StaffID
	WithdrawnAt time.Time // zero while it is not withdrawn
}

// Open reports whether the proposal waits to be confirmed.
func (c Certification) Open() bool { return c.ConfirmedAt.IsZero() && c.WithdrawnAt.IsZero() }

const certificationColumns = `challenge, number, sha256, proposed_by, proposed_at, others, confirmed_by, confirmed_at,
	withdrawn_by, withdrawn_at`

func scanCertification(row scanner) (c Certification, err error) {
	err = row.Scan(&c.Challenge, &c.Number, &c.SHA256, &c.ProposedBy, timeColumn{&c.ProposedAt}, &c.Others, &c.ConfirmedBy,
		timeColumn{&c.ConfirmedAt}, &c.WithdrawnBy, timeColumn{&c.WithdrawnAt})
	return c, err
}

// ProposeResult stores a result as the update's time proposes it and returns the certification; ErrConflict where one is
// open.
func (tx *Tx) ProposeResult(r contest.Result, staff contest.StaffID, others int) (Certification, error) {
	c := Certification{Challenge: r.Challenge, SHA256: r.Hash(), ProposedBy: staff, ProposedAt: tx.now, Others: others}
	err := tx.one("SELECT COALESCE(MAX(number), 0) + 1 FROM certifications WHERE challenge = ?", []any{r.Challenge}, &c.Number)
	if err == nil {
		_, err = tx.Exec("INSERT INTO certifications (result, "+certificationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, '', 0)",
			string(r.JSON()), c.Challenge, c.Number, c.SHA256, c.ProposedBy, millis(c.ProposedAt), c.Others)
	}
	if err != nil {
		return c, fmt.Errorf("propose result of challenge %s: %w", r.Challenge, err)
	}
	return c, nil
}

// ConfirmResult closes an open proposal as confirmed; ErrNotFound where it is not open.
func (tx *Tx) ConfirmResult(c Certification, staff contest.StaffID) error {
	return tx.closeResult("confirmed", c, staff)
}

// WithdrawResult closes an open proposal as withdrawn; ErrNotFound where it is not open.
func (tx *Tx) WithdrawResult(c Certification, staff contest.StaffID) error {
	return tx.closeResult("withdrawn", c, staff)
}

func (tx *Tx) closeResult(how string, c Certification, staff contest.StaffID) error {
	err := tx.mustChange("UPDATE certifications SET "+how+"_by = ?, "+how+`_at = ?
		WHERE challenge = ? AND number = ? AND confirmed_at = 0 AND withdrawn_at = 0`, staff, millis(tx.now), c.Challenge, c.Number)
	if err != nil {
		return fmt.Errorf("close proposal %d of challenge %s as %s: %w", c.Number, c.Challenge, how, err)
	}
	return nil
}

// Certifications lists a challenge's, whatever became of them, the oldest first.
func (tx *Tx) Certifications(challenge contest.ChallengeID) ([]Certification, error) {
	found, err := list(tx, scanCertification, "SELECT "+certificationColumns+" FROM certifications WHERE challenge = ? ORDER BY number", challenge)
	if err != nil {
		return nil, fmt.Errorf("list certifications of challenge %s: %w", challenge, err)
	}
	return found, nil
}

// OpenProposals lists the results of all challenges that wait to be confirmed, the oldest first.
func (tx *Tx) OpenProposals() ([]Certification, error) {
	found, err := list(tx, scanCertification, "SELECT "+certificationColumns+` FROM certifications
		WHERE confirmed_at = 0 AND withdrawn_at = 0 ORDER BY proposed_at, challenge`)
	if err != nil {
		return nil, fmt.Errorf("list proposed results: %w", err)
	}
	return found, nil
}

// ResultText returns the exact bytes of a proposed or certified result.
func (tx *Tx) ResultText(challenge contest.ChallengeID, number int) (text string, err error) {
	err = tx.one("SELECT result FROM certifications WHERE challenge = ? AND number = ?", []any{challenge, number}, &text)
	if err != nil {
		return "", fmt.Errorf("read result %d of challenge %s: %w", number, challenge, err)
	}
	return text, nil
}

// CertifiedResults returns the exact bytes of a challenge's certified results: the first one, then its amendments.
func (tx *Tx) CertifiedResults(challenge contest.ChallengeID) ([]string, error) {
	texts, err := list(tx, scalar[string], "SELECT result FROM certifications WHERE challenge = ? AND confirmed_at <> 0 ORDER BY number", challenge)
	if err != nil {
		return nil, fmt.Errorf("read results of challenge %s: %w", challenge, err)
	}
	return texts, nil
}

// Candidates lists a challenge's entries as certification looks at them, with their true tallies.
func (tx *Tx) Candidates(challenge contest.ChallengeID) ([]contest.Candidate, error) {
	candidates, err := list(tx, scanFacts, `SELECT e.number, e.fan, e.status, e.sha256, e.photo, e.consents, e.submitted_at,
		CASE WHEN EXISTS (SELECT 1 FROM bans b WHERE b.challenge = e.challenge AND b.fan = e.fan AND b.lifted_at = 0) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM takedowns t WHERE t.entry = e.id AND t.decided_at = 0) THEN 1 ELSE 0 END
		FROM entries e WHERE e.challenge = ? ORDER BY e.number`, challenge)
	if err == nil {
		err = tx.addTallies(challenge, candidates)
	}
	if err != nil {
		return nil, fmt.Errorf("list candidates of challenge %s: %w", challenge, err)
	}
	return candidates, nil
}

func scanFacts(row scanner) (c contest.Candidate, err error) {
	var photo contest.Photo
	err = row.Scan(&c.Number, &c.Fan, &c.Status, &c.SHA256, jsonColumn{&photo}, jsonColumn{&c.Consents}, timeColumn{&c.SubmittedAt},
		boolColumn{&c.Banned}, boolColumn{&c.Contested})
	c.Rendered, c.Capture = len(photo.Renditions) > 0, photo.Capture
	return c, err
}

func (tx *Tx) addTallies(challenge contest.ChallengeID, candidates []contest.Candidate) error {
	standings, err := tx.Tallies(challenge)
	tallies := make(map[contest.EntryNumber]contest.Tally, len(standings))
	for _, s := range standings {
		tallies[s.Number] = s.Tally
	}
	for i := range candidates {
		candidates[i].Tally = tallies[candidates[i].Number]
	}
	return err
}

// PassOver stores which entries of the update's challenge have no place in its result, and why: they leave the board, and
// who had no place before and has one now comes back to it.
func (tx *Tx) PassOver(challenge contest.ChallengeID, over []contest.PassedOver) error {
	known, err := list(tx, scanPassedOver, "SELECT number, passed_over FROM entries WHERE challenge = ? AND passed_over <> ''", challenge)
	change := map[contest.EntryNumber]contest.Reason{}
	for _, k := range known {
		change[k.Entry] = ""
	}
	for _, o := range over {
		change[o.Entry] = o.Reason
	}
	for _, k := range known {
		if change[k.Entry] == k.Reason {
			delete(change, k.Entry)
		}
	}
	for number, reason := range change {
		err = errors.Join(err, tx.passOver(challenge, number, reason))
	}
	if err != nil {
		return fmt.Errorf("pass over %d entries of challenge %s: %w", len(over), challenge, err)
	}
	return nil
}

func scanPassedOver(row scanner) (o contest.PassedOver, err error) {
	err = row.Scan(&o.Entry, &o.Reason)
	return o, err
}

func (tx *Tx) passOver(challenge contest.ChallengeID, number contest.EntryNumber, reason contest.Reason) error {
	var id contest.EntryID
	err := tx.one("UPDATE entries SET passed_over = ? WHERE challenge = ? AND number = ? RETURNING id", []any{reason, challenge, number}, &id)
	if err != nil {
		return err
	}
	_, err = tx.showOnBoard(id)
	return err
}

// EntriesByNumbers returns entries of a challenge in the order of the numbers; those not there are left out.
func (tx *Tx) EntriesByNumbers(challenge contest.ChallengeID, numbers []contest.EntryNumber) ([]contest.Entry, error) {
	places := make([]place, len(numbers))
	for i, n := range numbers {
		places[i].number = int64(n)
	}
	return tx.entriesAt(challenge, places)
}
