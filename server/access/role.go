package access

import (
	"context"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Role is what a member of staff may do.
type Role string

// The roles. Every page and every act of the console names those that may; what a role may not do is not there for it.
const (
	Administrator Role = "administrator" // everything, people and keys among it
	Marketer      Role = "marketer"      // campaigns, challenges, links, orders, numbers
	Moderator     Role = "moderator"     // entries, fans and votes
	Partner       Role = "partner"       // what concerns one partner of one campaign, and nothing else
)

// Those who may decide together with a second person: Insiders work for the installation's owner, Moderators judge votes.
var (
	Insiders   = Roles{Administrator, Marketer, Moderator}
	Moderators = Roles{Administrator, Moderator}
)

// Roles are those that may do something; nil stands for anyone, signed in or not.
type Roles []Role

// Admit reports whether somebody with the role may.
func (rs Roles) Admit(r Role) bool { return rs == nil || slices.Contains(rs, r) }

// Names are the roles as the store keeps them.
func (rs Roles) Names() (names []string) {
	for _, r := range rs {
		names = append(names, string(r))
	}
	return names
}

// Staff is a signed-in member of staff.
type Staff struct {
	ID    contest.StaffID
	Name  string
	Email string
	Role  Role
	// Campaign and Partner say whom a Partner works for; they are empty for others.
	Campaign contest.CampaignID
	Partner  kpi.PartnerID
}

type staffKey struct{}

// WithStaff returns a context that carries the signed-in member of staff.
func WithStaff(ctx context.Context, s Staff) context.Context {
	return context.WithValue(ctx, staffKey{}, s)
}

// StaffFrom returns the signed-in member of staff, if any.
func StaffFrom(ctx context.Context) (Staff, bool) {
	s, ok := ctx.Value(staffKey{}).(Staff)
	return s, ok
}
