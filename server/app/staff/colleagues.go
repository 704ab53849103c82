package staff

import (
	"fmt"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// What people of a partner may invite, who are no people of ours: our letters go to strangers in their name.
const (
	maxInvited  = 20        // invitations to a partner that are open
	invitedSoon = time.Hour // before who was invited is written to again
)

// amongColleagues holds an invitation by somebody of a partner to their own partner, to some people, and to nobody whom others have
// invited. Errors: *FieldError.
func amongColleagues(tx *store.Tx, by contest.StaffID, email string, p Post) error {
	inviter, err := tx.Staff(by)
	if err != nil || access.Role(inviter.Role) != access.Partner {
		return err
	}
	ours := func(role string, q Post) bool {
		return access.Role(role) == access.Partner && q.Campaign == inviter.Campaign && q.Partner == inviter.Partner
	}
	if !ours(string(p.Role), p) {
		return fmt.Errorf("invite to %s: %w", p, store.ErrNotFound)
	}
	open, err := tx.StaffInvitations()
	n := 0
	for _, i := range open {
		own := ours(i.Role, Post{Campaign: i.Campaign, Partner: i.Partner})
		switch {
		case i.Email == email && (!own || tx.Now().Sub(i.CreatedAt) < invitedSoon):
			return &FieldError{"email", "invited"}
		case own && i.Email != email:
			n++
		}
	}
	if err == nil && n >= maxInvited {
		err = &FieldError{"email", "invited_many"}
	}
	return err
}
