package staff

import (
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/access/issuertest"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestSingleSignOn(t *testing.T) {
	onBoth(t, map[string]func(*office){
		"a mail address of the issuer's links nobody":                   mailLinksNobody,
		"somebody who is signed in links who they are there":            linkedBySelf,
		"who is invited joins without a password, once":                 joinsByIssuer,
		"an identity is one person's":                                   oneIdentity,
		"what comes back is taken once, from who went":                  comesBackOnce,
		"a second factor that is asked of all is ours, or the issuer's": factorOfIssuer,
		"who leaves can be invited again":                               leavesIssuer,
		"the last way in stays":                                         lastWayStays,
		"names that no database keeps are made plain, or refused":       strangeNames,
	})
}

// vouched has both replicas sign people in by an issuer that says so of whoever comes.
func (o *office) vouched(claims map[string]any) *issuertest.Issuer {
	i := issuertest.Start(o.T)
	i.Say(claims)
	openID := access.NewOpenID(access.Issuer{Address: i.URL, ClientID: issuertest.ClientID, Name: "Example"}, func() string { return issuertest.Secret },
		"https://fanfare.example/back")
	o.here.issuer, o.there.issuer = openID, openID
	return i
}

// back is what a browser brings from a trip.
func (o *office) back(i *issuertest.Issuer, trip Trip, err error) access.Return {
	o.Helper()
	o.must(err)
	brought := i.Visit(trip.Address)
	return access.Return{State: brought.Get("state"), Code: brought.Get("code"), Issuer: brought.Get("iss")}
}

// enter signs somebody in by the issuer.
func (o *office) enter(i *issuertest.Issuer) (Entry, error) {
	o.Helper()
	trip, err := o.here.GoEnter(o.Context())
	e, _, err := o.there.ComeBack(o.Context(), trip.Token, o.back(i, trip, err), "", o.from)
	return e, err
}

// link links somebody who is signed in.
func (o *office) link(i *issuertest.Issuer, id contest.StaffID) error {
	o.Helper()
	trip, err := o.here.GoLink(o.Context(), id, o.proof())
	_, linked, err := o.there.ComeBack(o.Context(), trip.Token, o.back(i, trip, err), id, o.from)
	if linked != (err == nil) {
		o.Errorf("linked %v: %v", linked, err)
	}
	return err
}

func mailLinksNobody(o *office) {
	i := o.vouched(map[string]any{"sub": "evil", "email": "ada@example.org", "email_verified": true, "name": "Ada"})
	_, err := o.enter(i)
	o.want(err, ErrNoAccount)
	link, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	i.Say(map[string]any{"sub": "evil", "email": "bob@example.org", "email_verified": true})
	_, err = o.enter(i)
	o.want(err, ErrNoAccount) // an invitation is its link, and no address
	_, err = o.here.Invited(o.Context(), link)
	o.must(err)
}

func linkedBySelf(o *office) {
	i := o.vouched(map[string]any{"sub": "ada-there", "email": "another@example.com"})
	_, err := o.here.GoLink(o.Context(), o.ada, Proof{Password: "wrong", From: o.from})
	o.wantField(err, "current", "wrong")
	o.must(o.link(i, o.ada))
	e, err := o.enter(i)
	o.must(err)
	if e.Step != Entered || o.who(e.Token).ID != o.ada {
		o.Errorf("entered %+v", e)
	}
	o.pass(time.Second)
	by, err := o.here.SignOut(o.Context(), e.Token)
	o.must(err)
	if !by {
		o.Error("the session is not known as the issuer's")
	}
	o.out(e.Token)
	p, err := o.here.Acts(o.Context(), store.ActQuery{Limit: 1})
	o.must(err)
	if act := p.Acts[0]; act.Action != "account.sign_out" || act.Staff != o.ada {
		o.Errorf("kept %+v", act)
	}
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	if len(a.Identities) != 1 || a.Identities[0].Label != "another@example.com" {
		o.Fatalf("identities %+v", a.Identities)
	}
	o.must(o.here.Unlink(o.Context(), o.ada, i.URL, "ada-there", o.proof()))
	_, err = o.enter(i)
	o.want(err, ErrNoAccount)
}

func strangeNames(o *office) {
	i := o.vouched(map[string]any{"sub": "ada-there", "email": "ada\x00\n@example.com"})
	o.must(o.link(i, o.ada))
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	if len(a.Identities) != 1 || a.Identities[0].Label != "ada @example.com" {
		o.Errorf("identities %+v", a.Identities)
	}
	i.Say(map[string]any{"sub": "bob\x00there"})
	bob, _ := o.joined("bob", Post{Role: access.Moderator})
	o.want(o.link(i, bob.ID), access.ErrIdentity)
}

func joinsByIssuer(o *office) {
	i := o.vouched(map[string]any{"sub": "bob-there", "email": "another@example.com", "name": "Bob"})
	link, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	trip, err := o.here.GoJoin(o.Context(), link)
	e, linked, err := o.there.ComeBack(o.Context(), trip.Token, o.back(i, trip, err), "", o.from)
	o.must(err)
	who := o.who(e.Token)
	if linked || who.Name != "Bob" || who.Email != "bob@example.org" || who.Role != access.Moderator {
		o.Errorf("joined %+v", who)
	}
	_, err = o.here.GoJoin(o.Context(), link)
	o.want(err, ErrLinkUsed)
	_, err = o.enter(i)
	o.must(err)
	for _, password := range []string{"", password} {
		_, err = o.here.SignIn(o.Context(), "bob@example.org", password, o.from)
		o.want(err, ErrCredentials)
	}
}

func oneIdentity(o *office) {
	i := o.vouched(map[string]any{"sub": "shared"})
	o.must(o.link(i, o.ada))
	bob, _ := o.joined("bob", Post{Role: access.Moderator})
	o.want(o.link(i, bob.ID), ErrIdentityTaken)
	link, err := o.here.Invite(o.Context(), o.ada, "cy@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	trip, err := o.here.GoJoin(o.Context(), link)
	_, _, err = o.there.ComeBack(o.Context(), trip.Token, o.back(i, trip, err), "", o.from)
	o.want(err, ErrIdentityTaken)
	_, err = o.here.Invited(o.Context(), link)
	o.must(err) // the invitation is as good as before
}

func comesBackOnce(o *office) {
	i := o.vouched(map[string]any{"sub": "ada-there"})
	o.must(o.link(i, o.ada))
	trip, err := o.here.GoEnter(o.Context())
	brought := o.back(i, trip, err)
	another, err := o.here.GoEnter(o.Context())
	o.must(err)
	_, _, err = o.there.ComeBack(o.Context(), another.Token, brought, "", o.from)
	o.want(err, access.ErrIdentity) // which another browser brought
	_, _, err = o.there.ComeBack(o.Context(), trip.Token, brought, "", o.from)
	o.must(err)
	_, _, err = o.there.ComeBack(o.Context(), trip.Token, brought, "", o.from)
	o.want(err, ErrNoSession)
	_, _, err = o.there.ComeBack(o.Context(), "", brought, "", o.from)
	o.want(err, ErrNoSession)
	bob, _ := o.joined("bob", Post{Role: access.Moderator})
	i.Say(map[string]any{"sub": "bob-there"})
	trip, err = o.here.GoLink(o.Context(), bob.ID, o.proof())
	_, _, err = o.there.ComeBack(o.Context(), trip.Token, o.back(i, trip, err), o.ada, o.from)
	o.want(err, ErrNoSession) // ada has signed in at bob's browser since
}

func factorOfIssuer(o *office) {
	i := o.vouched(map[string]any{"sub": "ada-there"})
	o.must(o.link(i, o.ada))
	secret, _, _ := o.factor(o.ada)
	e, err := o.enter(i)
	o.must(err)
	o.who(e.Token) // while nobody asks for one
	o.must(o.here.RequireFactor(o.Context(), o.ada, true))
	e, err = o.enter(i)
	o.must(err)
	if e.Step != CodeNeeded {
		o.Fatalf("step %q, want %q", e.Step, CodeNeeded)
	}
	o.out(e.Token)
	o.pass(time.Minute)
	e, err = o.there.Code(o.Context(), e.Token, o.code(secret), o.from)
	o.must(err)
	if by, err := o.here.SignOut(o.Context(), e.Token); err != nil || !by {
		o.Errorf("the session is not known as the issuer's: %v", err)
	}
	i.Say(map[string]any{"sub": "ada-there", "amr": []string{"pwd", "mfa"}})
	e, err = o.enter(i)
	o.must(err)
	o.who(e.Token) // the issuer has seen two
}

func leavesIssuer(o *office) {
	i := o.vouched(map[string]any{"sub": "bob-there"})
	bob, _ := o.joined("bob", Post{Role: access.Moderator})
	o.must(o.link(i, bob.ID))
	o.must(o.here.Remove(o.Context(), o.ada, bob.ID))
	_, err := o.enter(i)
	o.want(err, ErrNoAccount)
	again, _ := o.joined("bob", Post{Role: access.Moderator})
	o.must(o.link(i, again.ID))
}

func lastWayStays(o *office) {
	i := o.vouched(map[string]any{"sub": "ada-there"})
	o.must(o.link(i, o.ada))
	o.must(o.store.Update(o.Context(), func(tx *store.Tx) error { return tx.SetPassword(o.ada, "") }))
	e, err := o.enter(i)
	o.must(err)
	o.wantField(o.here.Unlink(o.Context(), o.ada, i.URL, "ada-there", Proof{Session: e.Token, From: o.from}), "current", "last_way")
	_, err = o.enter(i)
	o.must(err)
}
