package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Team is who works at the console, as administrators see it.
type Team struct {
	Members     []store.Staff // those who joined first leading
	Invitations []store.StaffInvitation
	Partners    []Partner
	Needed      bool                    // a second factor is asked of all
	Passkeys    map[contest.StaffID]int // of those who have some
}

// Proven reports whether a member has a second factor.
func (t Team) Proven(m store.Staff) bool { return m.TOTP != "" || t.Passkeys[m.ID] > 0 }

// Team returns it.
func (s *Service) Team(ctx context.Context) (t Team, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if t.Members, err = tx.Members(); err != nil {
			return err
		}
		if t.Invitations, err = tx.StaffInvitations(); err != nil {
			return err
		}
		if t.Partners, err = partners(tx); err != nil {
			return err
		}
		if t.Passkeys, err = tx.CountPasskeys(); err != nil {
			return err
		}
		t.Needed, err = factorNeeded(tx)
		return err
	})
	return t, err
}

// Members lists those who work at the console.
func (s *Service) Members(ctx context.Context) (list []store.Staff, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Members()
		return err
	})
	return list, err
}

// Names returns everybody's name, also of those who have left: what they did stays.
func (s *Service) Names(ctx context.Context) (names map[contest.StaffID]string, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		names, err = tx.StaffNames()
		return err
	})
	return names, err
}

// Member returns one.
func (s *Service) Member(ctx context.Context, id contest.StaffID) (m store.Staff, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		m, err = tx.Staff(id)
		return err
	})
	return m, err
}

// Partner is one that a campaign's plan or one of its challenges names.
type Partner struct {
	Campaign     contest.CampaignID
	CampaignName contest.Text
	Partner      kpi.PartnerID
	Name         contest.Text
}

func partners(tx *store.Tx) (list []Partner, err error) {
	campaigns, err := tx.Campaigns()
	if err != nil {
		return nil, err
	}
	challenges, err := tx.Challenges()
	if err != nil {
		return nil, err
	}
	for _, c := range campaigns {
		plan, err := tx.Plan(c.ID)
		if err != nil {
			return nil, fmt.Errorf("list partners: %w", err)
		}
		named := plan.Partners
		for _, ch := range challenges {
			if ch.Campaign == c.ID {
				named = append(named, ch.Partners...)
			}
		}
		seen := map[string]bool{}
		for _, p := range named {
			if !seen[p.ID] {
				seen[p.ID] = true
				list = append(list, Partner{c.ID, c.Name, kpi.PartnerID(p.ID), p.Name})
			}
		}
	}
	return list, nil
}

// Assign gives somebody another post. Their sessions end, and so do invitations of theirs where they may invite nobody any
// more. Errors: *FieldError, ErrLastAdministrator.
func (s *Service) Assign(ctx context.Context, by, id contest.StaffID, p Post) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := p.check(tx); err != nil {
			return err
		}
		person, err := leaving(tx, id, p.Role)
		if err != nil {
			return err
		}
		if err := tx.SetRole(id, string(p.Role), p.Campaign, p.Partner); err != nil {
			return err
		}
		before := Post{access.Role(person.Role), person.Campaign, person.Partner}
		return errors.Join(disempower(tx, id), tx.Audit(act(by, "staff.role", id, before.String()+" → "+p.String())))
	})
}

// Remove ends somebody's membership. Error: ErrLastAdministrator.
func (s *Service) Remove(ctx context.Context, by, id contest.StaffID) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		person, err := leaving(tx, id, "")
		if err != nil {
			return err
		}
		if err := disempower(tx, id); err != nil {
			return err
		}
		return errors.Join(tx.RemoveStaff(id), tx.Audit(act(by, "staff.remove", id, person.Email)))
	})
}

// leaving returns somebody who gives up their post for another, and ErrLastAdministrator where nobody could take its place.
func leaving(tx *store.Tx, id contest.StaffID, next access.Role) (store.Staff, error) {
	if err := tx.Lock("staff"); err != nil { // two administrators who remove each other
		return store.Staff{}, err
	}
	person, err := tx.Staff(id)
	if err != nil || access.Role(person.Role) != access.Administrator || next == access.Administrator {
		return person, err
	}
	n, err := tx.CountStaff(string(access.Administrator))
	if err == nil && n == 1 {
		err = ErrLastAdministrator
	}
	return person, err
}

// disempower ends what somebody could do with their former post: an administrator may have invited themselves.
func disempower(tx *store.Tx, id contest.StaffID) error {
	return errors.Join(tx.EndStaffSessions(id, ""), tx.EndInvitationsOf(id))
}

// Acts returns a page of what staff did.
func (s *Service) Acts(ctx context.Context, q store.ActQuery) (p store.ActPage, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Acts(q)
		return err
	})
	return p, err
}

// addressLife is how long it is known from where something was done: long enough to look into what somebody else did in a
// colleague's name.
const addressLife = 90 * 24 * time.Hour

// Tidy forgets from where things were done long ago.
func (s *Service) Tidy(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.ForgetAddresses(tx.Now().Add(-addressLife)) })
}
