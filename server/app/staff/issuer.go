package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Issuer is who signs people in beside us, as people know it; "" for none.
func (s *Service) Issuer() string {
	if s.issuer == nil {
		return ""
	}
	return s.issuer.Name()
}

// IssuerSignOut is the issuer's page that signs people out there and sends them back to an address of ours; "" for none.
func (s *Service) IssuerSignOut(back string) string {
	if s.issuer == nil {
		return ""
	}
	return s.issuer.SignOut(back)
}

// visitToIssuer is what an issuer is asked, and what is done with its answer.
type visitToIssuer struct {
	Flow       access.Flow
	Invitation string // hash of the one that is to be accepted
}

// Trip is a browser on its way to the issuer.
type Trip struct {
	Address string // where it goes
	Token   string // which it shows when it comes back
}

// GoEnter sends a browser to the issuer to sign in. Errors: access.ErrIssuer, store.ErrNotFound where there is none.
func (s *Service) GoEnter(ctx context.Context) (Trip, error) { return s.goTo(ctx, "", "") }

// GoJoin sends one to the issuer to accept an invitation. Errors: ErrLinkUsed and those of GoEnter.
func (s *Service) GoJoin(ctx context.Context, invitation string) (Trip, error) {
	i, err := s.Invited(ctx, invitation)
	if err != nil {
		return Trip{}, err
	}
	return s.goTo(ctx, "", i.Hash)
}

// GoLink sends somebody who is signed in to the issuer, to sign in by it from then on. Errors: *FieldError, ErrThrottled, and
// those of GoEnter.
func (s *Service) GoLink(ctx context.Context, id contest.StaffID, p Proof) (Trip, error) {
	if err := s.prove(ctx, id, p); err != nil {
		return Trip{}, err
	}
	return s.goTo(ctx, id, "")
}

func (s *Service) goTo(ctx context.Context, id contest.StaffID, invitation string) (Trip, error) {
	if s.issuer == nil {
		return Trip{}, store.ErrNotFound
	}
	address, flow, err := s.issuer.Begin(ctx)
	if err != nil {
		return Trip{}, err
	}
	state, err := json.Marshal(visitToIssuer{flow, invitation})
	if err != nil {
		return Trip{}, fmt.Errorf("write way to the issuer: %w", err)
	}
	q, err := s.begin(ctx, issuerCeremony, id, nil, state)
	return Trip{address, q.Token}, err
}

// ComeBack judges what a browser brings back from the issuer: it lets somebody in whose identity is known, makes a member of
// who was invited, or links the identity with who is signed in as current. Then it reports so, and there is no entry. A mail
// address that the issuer tells decides nothing: whoever it calls by one need not own it. Errors: ErrNoSession where the trip
// took too long, ErrNoAccount, ErrIdentityTaken, ErrLinkUsed, access.ErrIssuer, access.ErrIdentity.
func (s *Service) ComeBack(ctx context.Context, token string, r access.Return, current contest.StaffID, from Visit) (e Entry, linked bool, err error) {
	if s.issuer == nil {
		return e, false, store.ErrNotFound
	}
	c, err := s.take(ctx, token, issuerCeremony)
	if err != nil {
		return e, false, err
	}
	var visit visitToIssuer
	if err := json.Unmarshal([]byte(c.State), &visit); err != nil {
		return e, false, fmt.Errorf("read way to the issuer: %w", err)
	}
	if c.Staff != "" && c.Staff != current {
		return e, false, ErrNoSession // somebody else has signed in at this browser in the meantime
	}
	who, err := s.issuer.Finish(ctx, visit.Flow, r)
	if err != nil {
		return e, false, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		switch {
		case c.Staff != "":
			return link(tx, c.Staff, who)
		case visit.Invitation != "":
			e, err = joinAs(tx, visit.Invitation, who, from)
		default:
			e, err = enterAs(tx, who, from)
		}
		return err
	})
	return e, err == nil && c.Staff != "", err
}

// byIssuer is an issuer's word as a first factor.
func byIssuer(issuer string) shown { return shown{by: issuer, issuer: issuer} }

func shownBy(who access.Identity) shown {
	first := byIssuer(who.Issuer)
	first.enough = who.Factors
	return first
}

// enterAs lets in whom the issuer vouches for.
func enterAs(tx *store.Tx, who access.Identity, from Visit) (Entry, error) {
	known, err := tx.UseStaffIdentity(who.Issuer, who.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return Entry{}, ErrNoAccount
	}
	if err != nil {
		return Entry{}, err
	}
	person, err := tx.Staff(known.Staff)
	if err != nil {
		return Entry{}, err
	}
	return enter(tx, person, from, shownBy(who))
}

// joinAs makes a member of who was invited, without a password of ours.
func joinAs(tx *store.Tx, invitation string, who access.Identity, from Visit) (Entry, error) {
	i, err := useInvitation(tx, invitation)
	if err != nil {
		return Entry{}, err
	}
	name := plainName(who.Name)
	if name == "" {
		name = i.Email
	}
	e, err := join(tx, newcomer(i, name, ""), from, invitedBy(i), shownBy(who))
	if err != nil {
		return e, err
	}
	person, err := tx.StaffByEmail(i.Email)
	if err != nil {
		return e, err
	}
	return e, link(tx, person.ID, who)
}

// link lets the issuer sign somebody in.
func link(tx *store.Tx, id contest.StaffID, who access.Identity) error {
	label := plainName(who.Label)
	err := tx.InsertStaffIdentity(store.StaffIdentity{Issuer: who.Issuer, Subject: who.Subject, Staff: id, Label: label})
	if errors.Is(err, store.ErrConflict) {
		return ErrIdentityTaken
	}
	return errors.Join(err, tx.Audit(act(id, "account.identity_on", id, who.Issuer+" "+label)))
}

// Unlink ends that the issuer signs somebody in. Errors: *FieldError, ErrThrottled, store.ErrNotFound.
func (s *Service) Unlink(ctx context.Context, id contest.StaffID, issuer, subject string, p Proof) error {
	if err := s.prove(ctx, id, p); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := lockWays(tx, id); err != nil {
			return err
		}
		if err := tx.DeleteStaffIdentity(id, issuer, subject); err != nil {
			return err
		}
		return errors.Join(staysIn(tx, id), tx.Audit(act(id, "account.identity_off", id, issuer)))
	})
}
