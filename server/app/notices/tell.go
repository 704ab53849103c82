package notices

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/fan"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

const (
	// undoTime is how long fans are not told of what staff decide: a slip is taken back within minutes.
	undoTime = 5 * time.Minute
	// remindAfter is how long a partner has for a winner before it is reminded.
	remindAfter = 3 * 24 * time.Hour
)

// Tell writes notices of what happened. It is a news.Teller.
func (s *Service) Tell(ctx context.Context, i news.Item) error {
	if s.mail == nil {
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		err := s.tell(tx, i)
		if errors.Is(err, store.ErrNotFound) { // what it tells of is gone
			return nil
		}
		return err
	})
}

func (s *Service) tell(tx *store.Tx, i news.Item) error {
	switch i.Kind {
	case news.EntryReceived:
		return s.toFan(tx, i, Received, "")
	case news.EntryPublished:
		return errors.Join(s.toFan(tx, i, Published, ""), s.toBoard(tx, i))
	case news.EntryRejected:
		return s.toFan(tx, i, Rejected, i.ID)
	case news.EntryWon:
		return errors.Join(s.toFan(tx, i, Won, ""), s.toBoard(tx, i), s.remind(tx, i))
	case news.EntryFeatured, news.RightsChanged:
		return s.toBoard(tx, i)
	case news.RepostMade:
		return s.toFan(tx, i, Reposted, string(i.Repost))
	case news.TakedownDue:
		return s.askBack(tx, i)
	case news.RequestDecided:
		return s.toAsker(tx, i)
	case news.QueueWaiting:
		waiting, err := strconv.Atoi(i.Note)
		if err != nil {
			return job.Permanent(fmt.Errorf("tell of the queue: %w", err))
		}
		return s.toStaff(tx, i, Queue, About{Path: "/console/queue", Count: waiting})
	case news.TargetDanger:
		return s.warn(tx, i)
	case news.BackendDown:
		return s.toStaff(tx, i, Down, About{Title: backends[i.Note], Path: "/console", Count: int(downTime / time.Minute)})
	case news.WebhookStopped:
		return s.tellOfWebhook(tx, i)
	}
	return nil
}

// toFan tells the fan of an entry, once for each occasion; an empty one is the only one for all times.
func (s *Service) toFan(tx *store.Tx, i news.Item, k Kind, occasion string) error {
	e, err := tx.Entry(i.Entry)
	if err != nil {
		return err
	}
	n := Notice{
		Key: string(k) + "/" + string(i.Entry) + "/" + occasion, Fan: e.Fan, Kind: k,
		About: About{Campaign: i.Campaign, Entry: i.Entry, Repost: i.Repost},
	}
	if k == Received || k == Published || k == Rejected {
		n.Due = i.At.Add(undoTime)
	}
	return s.Send(tx, n)
}

// toBoard tells the partners on whose board an entry is that they may repost it, where its fan allows it.
func (s *Service) toBoard(tx *store.Tx, i news.Item) error {
	e, err := tx.Entry(i.Entry)
	if err != nil {
		return err
	}
	g, err := tx.Grant(e.ID)
	if err != nil || partner.MayAny(e, g, tx.Now()) != "" {
		return err
	}
	return s.toPartners(tx, i.Campaign, e, func(to contest.StaffID) Notice {
		return Notice{Key: "board/" + string(e.ID) + "/" + string(to), Kind: Board}
	})
}

// remind has partners reminded of a winner in some days, unless they repost it before.
func (s *Service) remind(tx *store.Tx, i news.Item) error {
	e, err := tx.Entry(i.Entry)
	if err != nil {
		return err
	}
	plan, err := tx.Plan(i.Campaign)
	if err != nil {
		return err
	}
	at := nextDayLetter(i.At.Add(remindAfter), plan.TimeZone)
	return s.toPartners(tx, i.Campaign, e, func(to contest.StaffID) Notice {
		return Notice{Key: "reminder/" + string(e.ID) + "/" + string(to), Kind: Reminder, Due: at}
	})
}

// toPartners sends a notice about an entry to all who work for a partner on whose board it is.
func (s *Service) toPartners(tx *store.Tx, campaign contest.CampaignID, e contest.Entry, notice func(contest.StaffID) Notice) error {
	members, err := tx.Members()
	if err != nil {
		return err
	}
	challenges, err := tx.ChallengesOf(campaign)
	if err != nil {
		return err
	}
	for _, m := range members {
		if access.Role(m.Role) != access.Partner || m.Campaign != campaign || !partner.BoardOf(m.Partner, challenges).Holds(e) {
			continue
		}
		n := notice(m.ID)
		n.Staff, n.About = m.ID, About{Campaign: campaign, Entry: e.ID, Partner: m.Partner}
		if err := s.Send(tx, n); err != nil {
			return err
		}
	}
	return nil
}

// askBack asks all who work for a partner to take a post down.
func (s *Service) askBack(tx *store.Tx, i news.Item) error {
	members, err := tx.Members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if access.Role(m.Role) != access.Partner || m.Campaign != i.Campaign || m.Partner != i.Partner {
			continue
		}
		// A fan may allow a repost again and take it back once more: each time they are asked.
		n := Notice{Key: "takedown/" + i.ID + "/" + string(m.ID), Staff: m.ID, Kind: Takedown}
		n.About = About{Campaign: i.Campaign, Entry: i.Entry, Repost: i.Repost, Partner: i.Partner}
		if err := s.Send(tx, n); err != nil {
			return err
		}
	}
	return nil
}

// toAsker tells whoever asked for a photo to be taken away of the decision, where they can be reached by mail.
func (s *Service) toAsker(tx *store.Tx, i news.Item) error {
	asked, err := tx.Takedown(contest.TakedownID(i.Note))
	if err != nil {
		return err
	}
	box, err := fan.ParseMailbox(asked.Contact)
	if err != nil {
		return nil // a number, or a name elsewhere: moderators reach them by it
	}
	n := Notice{Key: "decided/" + i.ID, To: box.Address, Language: asked.Language, Kind: Decided, Due: i.At.Add(undoTime)}
	n.About = About{Campaign: i.Campaign, Entry: i.Entry, Request: asked.ID, At: i.At}
	return s.Send(tx, n)
}

// warn tells staff of a target that will be missed; the note is its metric.
func (s *Service) warn(tx *store.Tx, i news.Item) error {
	d, ok := kpi.Define(kpi.Metric(i.Note))
	if !ok {
		return nil
	}
	c, err := tx.Campaign(i.Campaign)
	if err != nil {
		return err
	}
	about := About{Campaign: c.ID, Title: d.Name, Lines: []contest.Text{c.Name}, Path: "/console/campaigns/" + string(c.ID)}
	return s.toStaff(tx, i, Danger, about)
}

// tellOfWebhook tells of one that was switched off.
func (s *Service) tellOfWebhook(tx *store.Tx, i news.Item) error {
	hook, err := tx.Webhook(i.Note)
	if err != nil {
		return err
	}
	name := hook.Description
	if name == "" {
		name = hook.Address
	}
	return s.toStaff(tx, i, WebhookOff, About{Title: contest.Text{EN: name}, Path: "/console/webhooks/" + hook.ID})
}

// toStaff tells all insiders whose role gets letters of the kind.
func (s *Service) toStaff(tx *store.Tx, i news.Item, k Kind, about About) error {
	members, err := tx.Members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if access.Role(m.Role) == access.Partner || !slices.Contains(KindsFor(access.Role(m.Role)), k) {
			continue
		}
		if err := s.Send(tx, Notice{Key: string(k) + "/" + i.ID + "/" + string(m.ID), Staff: m.ID, Kind: k, About: about}); err != nil {
			return err
		}
	}
	return nil
}
