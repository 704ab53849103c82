package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/notices"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// sendJob looks every so often whether a report is due.
const (
	sendJob   = "reports"
	sendPause = 5 * time.Minute
)

// When reports are sent, in the campaign's time zone: in the morning, on the days on which people answer for their numbers.
const sendAt = 9 * time.Hour

var sendOn = []time.Weekday{time.Monday, time.Friday}

const (
	// patience is how late a report is still sent: a server that was down on Monday morning sends it, one that was down all day does not.
	patience = 8 * time.Hour
	// lastLetter is for how long after the end of a campaign its report is sent: the closing one comes on one or two of the days.
	lastLetter = 7 * 24 * time.Hour
)

// due is the last time at which a report of a campaign was to be sent, and whether it is time for it.
func due(p kpi.Plan, now time.Time) (at time.Time, isTime bool) {
	local := now.In(p.Location())
	at = time.Date(local.Year(), local.Month(), local.Day(), int(sendAt/time.Hour), 0, 0, 0, p.Location())
	isTime = slices.Contains(sendOn, at.Weekday()) && !now.Before(at) && now.Before(at.Add(patience))
	return at, isTime && at.After(p.Starts) && at.Before(p.Ends.Add(lastLetter))
}

// Readers lists who may get a campaign's report, and who of them does.
func (s *Service) Readers(ctx context.Context, id contest.CampaignID) (people []store.Staff, reads map[contest.StaffID]bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		people, reads = nil, map[contest.StaffID]bool{}
		members, err := tx.Members()
		if err != nil {
			return err
		}
		people = slices.DeleteFunc(members, func(m store.Staff) bool { return !mayRead(m) })
		readers, err := tx.ReportReaders(id)
		for _, r := range readers {
			reads[r.Staff] = true
		}
		return err
	})
	return people, reads, err
}

// mayRead reports whether somebody may open a campaign's report at the console.
func mayRead(m store.Staff) bool {
	return access.Roles{access.Administrator, access.Marketer}.Admit(access.Role(m.Role))
}

// SetReaders has these people, and nobody else, get a campaign's report on Mondays and Fridays. Who may not read it is passed over.
func (s *Service) SetReaders(ctx context.Context, by contest.StaffID, id contest.CampaignID, people []contest.StaffID, language string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Campaign(id); err != nil {
			return err
		}
		var readers []store.ReportReader
		for _, person := range slices.Compact(slices.Sorted(slices.Values(people))) {
			m, err := tx.Staff(person)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err == nil && mayRead(m) {
				readers = append(readers, store.ReportReader{Campaign: id, Staff: person, Language: language})
			}
		}
		if err := tx.SetReportReaders(id, readers); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: by, Action: "report.readers", Object: "campaign/" + string(id), Note: fmt.Sprint(len(readers))})
	})
}

// Send sends the reports that are due. One that was sent is not sent again, whoever asks.
func (s *Service) Send(ctx context.Context) error {
	if !s.notices.Writes() {
		return nil
	}
	var readers []store.ReportReader
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		readers, err = tx.ReportReaders("")
		return err
	})
	if err != nil {
		return fmt.Errorf("send reports: %w", err)
	}
	var errs []error
	for len(readers) > 0 {
		id := readers[0].Campaign
		n := slices.IndexFunc(readers, func(r store.ReportReader) bool { return r.Campaign != id })
		if n < 0 {
			n = len(readers)
		}
		if err := s.sendOf(ctx, id, readers[:n]); err != nil {
			errs = append(errs, fmt.Errorf("send report of campaign %s: %w", id, err))
		}
		readers = readers[n:]
	}
	return errors.Join(errs...)
}

// sendOf sends a campaign's report where it is due.
func (s *Service) sendOf(ctx context.Context, id contest.CampaignID, readers []store.ReportReader) error {
	var plan store.Plan
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		plan, err = tx.Plan(id)
		return err
	})
	if err != nil {
		return err
	}
	at, isTime := due(plan.Plan, s.now())
	if !isTime || !plan.Launched() {
		return nil
	}
	c, err := s.Closing(ctx, id)
	if err != nil {
		return err
	}
	title, lines := s.brief(c)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for _, r := range readers {
			if m, err := tx.Staff(r.Staff); errors.Is(err, store.ErrNotFound) || err == nil && !mayRead(m) {
				continue
			}
			err := s.notices.Send(tx, notices.Notice{
				Key: fmt.Sprintf("report/%s/%s/%s", id, plan.Day(at), r.Staff), Staff: r.Staff, Language: r.Language, Kind: notices.Report,
				About: notices.About{Campaign: id, Title: title, Lines: lines, Path: "/console/campaigns/" + string(id) + "/report"},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
