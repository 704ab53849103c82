package staff

import (
	"context"
	"errors"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// How long links can be used.
const (
	setupLinkLength  = 24 * time.Hour
	InvitationLength = 72 * time.Hour // over a weekend
)

// NeedsSetup reports whether there is no administrator yet.
func (s *Service) NeedsSetup(ctx context.Context) (needs bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		n, err := tx.CountStaff(string(access.Administrator))
		needs = n == 0
		return err
	})
	return needs, err
}

// SetupLink makes a one-time link for a new administrator and returns its token. It is for whoever runs the machine.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	token := access.NewToken()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertSetupLink(access.HashToken(token), tx.Now().Add(setupLinkLength))
	})
	return token, err
}

// SetupValid returns ErrLinkUsed for a link that cannot be used any more.
func (s *Service) SetupValid(ctx context.Context, token string) error {
	var expires time.Time
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		expires, err = tx.SetupLink(access.HashToken(token))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.now().Before(expires) {
		return ErrLinkUsed
	}
	return err
}

// Newcomer is somebody who comes by a link.
type Newcomer struct {
	Name, Email, Password string // who was invited has the invitation's address
	From                  Visit
}

// SetUp uses up the link, makes the administrator and lets them in. The first administrator ends all other links: each
// start of each replica has printed one until then, and logs are read by many. Errors: ErrLinkUsed, *FieldError.
func (s *Service) SetUp(ctx context.Context, token string, n Newcomer) (e Entry, err error) {
	if err := n.check(); err != nil {
		return e, err
	}
	if err := s.SetupValid(ctx, token); err != nil {
		return e, err
	}
	hash := access.HashPassword(n.Password)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := used(useLink(tx, access.HashToken(token))); err != nil {
			return err
		}
		e, err = join(tx, store.Staff{Email: n.Email, Name: n.Name, Role: string(access.Administrator), Password: hash}, n.From, "set-up link", byPassword)
		return err
	})
	return e, err
}

// check trims what was typed and judges it.
func (n *Newcomer) check() error {
	n.Name, n.Email = strings.TrimSpace(n.Name), normalMail(n.Email)
	return checkPerson(n.Name, n.Email, n.Password)
}

// used says of a link that is not there that it was used.
func used(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrLinkUsed
	}
	return err
}

func useLink(tx *store.Tx, hash string) error {
	if err := tx.Lock("staff"); err != nil { // two first administrators at once
		return err
	}
	if err := tx.UseSetupLink(hash, tx.Now()); err != nil {
		return err
	}
	administrators, err := tx.CountStaff(string(access.Administrator))
	if err != nil || administrators > 0 {
		return err
	}
	return tx.DeleteSetupLinks()
}

// join makes somebody a member and lets them in, as far as a second factor.
func join(tx *store.Tx, who store.Staff, from Visit, by string, first shown) (Entry, error) {
	person, err := tx.CreateStaff(who)
	if errors.Is(err, store.ErrConflict) {
		return Entry{}, &FieldError{"email", "taken"}
	}
	if err != nil {
		return Entry{}, err
	}
	if err := tx.Audit(act(person.ID, "staff.join", person.ID, by+", "+who.Role)); err != nil {
		return Entry{}, err
	}
	return enter(tx, person, from, first)
}

// Post is what somebody does here: their role, and for a partner whose they are.
type Post struct {
	Role     access.Role
	Campaign contest.CampaignID
	Partner  kpi.PartnerID
}

// check judges a post, and empties what does not belong to it.
func (p *Post) check(tx *store.Tx) error {
	switch {
	case access.Insiders.Admit(p.Role):
		p.Campaign, p.Partner = "", ""
		return nil
	case p.Role != access.Partner:
		return &FieldError{"role", "invalid"}
	}
	all, err := partners(tx)
	if err != nil {
		return err
	}
	for _, known := range all {
		if known.Campaign == p.Campaign && known.Partner == p.Partner {
			return nil
		}
	}
	return &FieldError{"partner", "required"}
}

// String says it for the record.
func (p Post) String() string {
	if p.Role == access.Partner {
		return string(p.Role) + " " + string(p.Partner) + " of " + string(p.Campaign)
	}
	return string(p.Role)
}

// Invite invites somebody, in the place of what their address was sent before. It sends the letter where it can, and
// returns the secret of the link otherwise, which is shown this once. Errors: *FieldError.
func (s *Service) Invite(ctx context.Context, by contest.StaffID, email, language string, p Post) (link string, err error) {
	email = normalMail(email)
	if !validMail(email) {
		return "", &FieldError{"email", "invalid"}
	}
	link = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := p.check(tx); err != nil {
			return err
		}
		if err := amongColleagues(tx, by, email, p); err != nil {
			return err
		}
		if _, err := tx.StaffByEmail(email); !errors.Is(err, store.ErrNotFound) {
			return errors.Join(err, &FieldError{"email", "taken"})
		}
		err := tx.InviteStaff(store.StaffInvitation{
			Hash: access.HashToken(link), Email: email, Role: string(p.Role), Campaign: p.Campaign, Partner: p.Partner,
			Staff: by, ExpiresAt: tx.Now().Add(InvitationLength),
		})
		if err != nil {
			return err
		}
		if err := s.sendInvitation(tx, email, language); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: by, Action: "staff.invite", Note: email + ", " + p.String()})
	})
	if err != nil || s.mail != nil {
		link = ""
	}
	return link, err
}

// InvitationLink gives an invitation another link and returns its secret, which is shown this once: the letter may have got
// lost.
func (s *Service) InvitationLink(ctx context.Context, by contest.StaffID, hash string) (link string, err error) {
	link = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.StaffInvitation(hash)
		if err != nil {
			return err
		}
		if _, err := tx.RenewStaffInvitation(i.Email, access.HashToken(link)); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: by, Action: "staff.invitation_link", Note: i.Email})
	})
	return link, err
}

// EndInvitation revokes an invitation.
func (s *Service) EndInvitation(ctx context.Context, by contest.StaffID, hash string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.StaffInvitation(hash)
		if err != nil {
			return err
		}
		return errors.Join(tx.EndStaffInvitation(hash), tx.Audit(store.Act{Staff: by, Action: "staff.invitation_end", Note: i.Email}))
	})
}

// Invited returns the invitation of a link; ErrLinkUsed where it can be used no more.
func (s *Service) Invited(ctx context.Context, token string) (i store.StaffInvitation, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		i, err = invitedAs(tx, access.HashToken(token))
		return err
	})
	return i, err
}

func invitedAs(tx *store.Tx, hash string) (store.StaffInvitation, error) {
	i, err := tx.StaffInvitation(hash)
	if err == nil && !tx.Now().Before(i.ExpiresAt) {
		err = store.ErrNotFound
	}
	return i, used(err)
}

// Accept makes who was invited a member and lets them in. Errors: ErrLinkUsed, *FieldError.
func (s *Service) Accept(ctx context.Context, token string, n Newcomer) (e Entry, err error) {
	i, err := s.Invited(ctx, token)
	if err != nil {
		return e, err
	}
	n.Email = i.Email
	if err := n.check(); err != nil {
		return e, err
	}
	hash := access.HashPassword(n.Password)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := useInvitation(tx, access.HashToken(token))
		if err != nil {
			return err
		}
		e, err = join(tx, newcomer(i, n.Name, hash), n.From, invitedBy(i), byPassword)
		return err
	})
	return e, err
}

// useInvitation uses up an invitation and returns it as it is now: its role may be another one than was shown.
func useInvitation(tx *store.Tx, hash string) (store.StaffInvitation, error) {
	i, err := invitedAs(tx, hash)
	if err != nil {
		return i, err
	}
	return i, used(tx.EndStaffInvitation(i.Hash))
}

func newcomer(i store.StaffInvitation, name, password string) store.Staff {
	return store.Staff{Email: i.Email, Name: name, Role: i.Role, Campaign: i.Campaign, Partner: i.Partner, Password: password}
}

func invitedBy(i store.StaffInvitation) string { return "invited by " + string(i.Staff) }
