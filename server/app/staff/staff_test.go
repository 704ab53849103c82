package staff

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

const password = "correct horse battery"

// office is an installation with one administrator.
type office struct {
	*replicas
	ada  contest.StaffID
	from Visit
}

func onBoth(t *testing.T, claims map[string]func(*office)) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		for claim, check := range claims {
			t.Run(claim, func(t *testing.T) { check(newOffice(t, open)) })
		}
	})
}

func newOffice(t *testing.T, open storetest.Opener) *office {
	t.Helper()
	o := &office{replicas: newReplicas(t, open), from: Visit{Address: "192.0.2.1", Agent: "Firefox"}}
	link, err := o.here.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, err := o.here.SetUp(t.Context(), link, Newcomer{Name: "Ada", Email: "ada@example.org", Password: password, From: o.from})
	if err != nil {
		t.Fatal(err)
	}
	o.ada = o.who(e.Token).ID
	return o
}

// who is signed in with a session.
func (o *office) who(session string) access.Staff {
	o.Helper()
	who, err := o.here.Staff(o.Context(), session)
	if err != nil {
		o.Fatal(err)
	}
	return who
}

// out holds that a session is over, at the other replica as well.
func (o *office) out(session string) {
	o.Helper()
	for _, s := range []*Service{o.here, o.there} {
		if _, err := s.Staff(o.Context(), session); !errors.Is(err, ErrNoSession) {
			o.Errorf("the session: %v, want %v", err, ErrNoSession)
		}
	}
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) want(err, want error) {
	o.Helper()
	if !errors.Is(err, want) {
		o.Errorf("got %v, want %v", err, want)
	}
}

// wantField holds that a form is refused because of one of its fields.
func (o *office) wantField(err error, field, code string) {
	o.Helper()
	if wrong, ok := errors.AsType[*FieldError](err); !ok || *wrong != (FieldError{field, code}) {
		o.Errorf("got %v, want %s: %s", err, field, code)
	}
}

// proof is everybody's password.
func (o *office) proof() Proof { return Proof{Password: password, From: o.from} }

// joined makes somebody a member by an invitation, and returns their session.
func (o *office) joined(name string, p Post) (access.Staff, string) {
	o.Helper()
	link, err := o.here.Invite(o.Context(), o.ada, name+"@example.org", "en", p)
	o.must(err)
	e, err := o.there.Accept(o.Context(), link, Newcomer{Name: name, Password: password, From: o.from})
	o.must(err)
	return o.who(e.Token), e.Token
}

// factor sets up somebody's second factor.
func (o *office) factor(id contest.StaffID) (secret, session string, codes []string) {
	o.Helper()
	f, err := o.here.BeginFactor(o.Context(), id, o.proof())
	o.must(err)
	e, codes, err := o.there.ConfirmFactor(o.Context(), f.Token, o.code(f.Secret), o.from)
	o.must(err)
	return f.Secret, e.Token, codes
}

func (o *office) code(secret string) string {
	code, err := totp.GenerateCode(secret, o.clock)
	o.must(err)
	return code
}

// begun shows the password and returns what leads on.
func (o *office) begun(email string) Entry {
	o.Helper()
	e, err := o.here.SignIn(o.Context(), email, password, o.from)
	o.must(err)
	return e
}

func TestSecondFactors(t *testing.T) {
	onBoth(t, map[string]func(*office){
		"a password alone lets nobody in who has one":       codeNeeded,
		"a code lets in once, at all replicas together":     codeOnce,
		"a recovery code lets in once":                      recoveryOnce,
		"five wrong codes end a sign-in":                    fiveCodes,
		"who knows the password guesses twenty codes a day": twentyCodes,
		"one that is set up ends the other sessions":        othersEnd,
		"one that is asked of all is set up before all":     askedOfAll,
		"nobody asks of all what they have not":             askedFirst,
	})
}

func codeNeeded(o *office) {
	o.factor(o.ada)
	e := o.begun("ada@example.org")
	if e.Step != CodeNeeded {
		o.Fatalf("step %q, want %q", e.Step, CodeNeeded)
	}
	o.out(e.Token)
	_, _, err := o.here.ConfirmFactor(o.Context(), e.Token, "000000", o.from)
	o.want(err, ErrNoSession) // it sets no other one up
}

func codeOnce(o *office) {
	secret, _, _ := o.factor(o.ada)
	code := o.code(secret)
	_, err := o.there.Code(o.Context(), o.begun("ada@example.org").Token, code, o.from)
	o.want(err, ErrCode) // it was taken when the factor was set up
	o.pass(time.Minute)
	code = o.code(secret)
	first, second := o.begun("ada@example.org"), o.begun("ada@example.org")
	e, err := o.there.Code(o.Context(), first.Token, code, o.from)
	o.must(err)
	o.who(e.Token)
	_, err = o.here.Code(o.Context(), second.Token, code, o.from)
	o.want(err, ErrCode)
	_, err = o.here.Code(o.Context(), first.Token, o.code(secret), o.from)
	o.want(err, ErrNoSession)
	o.pass(signInLength + time.Minute)
	_, err = o.here.Code(o.Context(), second.Token, o.code(secret), o.from)
	o.want(err, ErrNoSession)
}

func recoveryOnce(o *office) {
	_, _, codes := o.factor(o.ada)
	if len(codes) != recoveryCodes {
		o.Fatalf("%d recovery codes, want %d", len(codes), recoveryCodes)
	}
	typed := strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))
	e, err := o.there.Code(o.Context(), o.begun("ada@example.org").Token, typed, o.from)
	o.must(err)
	o.who(e.Token)
	_, err = o.here.Code(o.Context(), o.begun("ada@example.org").Token, codes[3], o.from)
	o.want(err, ErrCode)
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	if a.Codes != recoveryCodes-1 {
		o.Errorf("%d codes are left, want %d", a.Codes, recoveryCodes-1)
	}
}

func fiveCodes(o *office) {
	secret, _, _ := o.factor(o.ada)
	o.pass(time.Minute)
	e := o.begun("ada@example.org")
	for range maxCodes {
		_, err := o.here.Code(o.Context(), e.Token, "000000", o.from)
		o.want(err, ErrCode)
	}
	_, err := o.there.Code(o.Context(), e.Token, o.code(secret), o.from)
	o.want(err, ErrNoSession)
}

func twentyCodes(o *office) {
	secret, _, codes := o.factor(o.ada)
	for range maxWrongCodes / maxCodes {
		e := o.begun("ada@example.org")
		for range maxCodes {
			_, err := o.here.Code(o.Context(), e.Token, "000000", o.from)
			o.want(err, ErrCode)
		}
	}
	o.pass(time.Hour)
	_, err := o.there.Code(o.Context(), o.begun("ada@example.org").Token, o.code(secret), o.from)
	o.want(err, ErrThrottled)
	_, err = o.there.Code(o.Context(), o.begun("ada@example.org").Token, codes[0], o.from)
	o.must(err) // whoever has the paper is not locked out
	o.pass(wrongCodeWindow)
	_, err = o.there.Code(o.Context(), o.begun("ada@example.org").Token, o.code(secret), o.from)
	o.must(err)
}

func othersEnd(o *office) {
	before := o.begun("ada@example.org").Token
	_, session, _ := o.factor(o.ada)
	o.out(before)
	o.who(session)
	o.wantField(o.here.DropFactor(o.Context(), o.ada, Proof{Password: "wrong", From: o.from}), "current", "wrong")
	o.must(o.here.DropFactor(o.Context(), o.ada, o.proof()))
	if e := o.begun("ada@example.org"); e.Step != Entered {
		o.Errorf("step %q without one", e.Step)
	}
}

func askedOfAll(o *office) {
	_, session := o.joined("bob", Post{Role: access.Moderator})
	_, own, _ := o.factor(o.ada)
	o.must(o.here.RequireFactor(o.Context(), o.ada, true))
	o.out(session)
	o.who(own)
	e := o.begun("bob@example.org")
	if e.Step != SetUpFirst {
		o.Fatalf("step %q, want %q", e.Step, SetUpFirst)
	}
	_, err := o.here.Code(o.Context(), e.Token, "000000", o.from)
	o.want(err, ErrNoSession)
	wait, err := o.there.Waiting(o.Context(), e.Token)
	o.must(err)
	done, codes, err := o.here.ConfirmFactor(o.Context(), e.Token, o.code(wait.Factor.Secret), o.from)
	o.must(err)
	if o.who(done.Token).Name != "bob" || len(codes) != recoveryCodes {
		o.Error("bob is not in, with codes")
	}
	o.want(o.here.DropFactor(o.Context(), o.ada, o.proof()), ErrFactorNeeded)
	o.must(o.here.TakeFactor(o.Context(), o.ada, o.who(done.Token).ID))
	o.out(done.Token)
}

func askedFirst(o *office) {
	o.want(o.here.RequireFactor(o.Context(), o.ada, true), ErrFactorNeeded)
}

func TestMembers(t *testing.T) {
	onBoth(t, map[string]func(*office){
		"an invitation works once, within three days":           inviteOnce,
		"an invitation is for a role and an address that exist": inviteJudged,
		"a partner is one whom a campaign or a challenge names": invitePartner,
		"a partner invites few, each now and then, of its own":  inviteColleagues,
		"the letter names the partner and the campaign":         letterNames,
		"another role ends sessions and invitations":            roleEnds,
		"who is removed is out and may be invited again":        removedOut,
		"the last administrator stays one":                      lastStays,
		"two who remove each other leave one":                   twoRemove,
		"a session is ended by its owner's side only":           endSession,
		"what they did is kept with where it was done":          actsKept,
	})
}

func inviteOnce(o *office) {
	link, err := o.here.Invite(o.Context(), o.ada, " Bob@Example.org ", "en", Post{Role: access.Marketer})
	o.must(err)
	second, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	bob := Newcomer{Name: "Bob", Email: "eve@example.org", Password: password}
	_, err = o.there.Accept(o.Context(), link, bob)
	o.want(err, ErrLinkUsed) // another took its place
	e, err := o.there.Accept(o.Context(), second, bob)
	o.must(err)
	if who := o.who(e.Token); who.Role != access.Moderator || who.Email != "bob@example.org" {
		o.Errorf("joined as %+v", who)
	}
	_, err = o.here.Accept(o.Context(), second, bob)
	o.want(err, ErrLinkUsed)
	late, err := o.here.Invite(o.Context(), o.ada, "cy@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	o.pass(InvitationLength)
	_, err = o.here.Accept(o.Context(), late, bob)
	o.want(err, ErrLinkUsed)
}

func inviteJudged(o *office) {
	for _, role := range []access.Role{"", "owner", "administrator\x00", "Administrator"} {
		_, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", Post{Role: role})
		o.wantField(err, "role", "invalid")
	}
	_, err := o.here.Invite(o.Context(), o.ada, "bob", "en", Post{Role: access.Moderator})
	o.wantField(err, "email", "invalid")
	_, err = o.here.Invite(o.Context(), o.ada, "ADA@example.org", "en", Post{Role: access.Moderator})
	o.wantField(err, "email", "taken")
}

// toWuhan is the post of who works for a partner.
func (o *office) toWuhan() Post {
	o.Helper()
	var campaign contest.Campaign
	o.must(o.store.Update(o.Context(), func(tx *store.Tx) (err error) {
		if campaign, err = tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}}); err != nil {
			return err
		}
		draft := storetest.Draft(campaign.ID, "night", tx.Now())
		draft.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉文旅", EN: "Wuhan"}}, {ID: "beijing", Name: contest.Text{EN: "Beijing"}}}
		_, err = tx.CreateChallenge(draft)
		return err
	}))
	return Post{access.Partner, campaign.ID, "wuhan"}
}

// CHECKS 42, 43: whoever works for a partner reaches nobody's invitations but the partner's, and sends no letters to the world.
func inviteColleagues(o *office) {
	post := o.toWuhan()
	bob, _ := o.joined("bob", post)
	invite := func(email string, p Post) error {
		_, err := o.here.Invite(o.Context(), bob.ID, email, "en", p)
		return err
	}
	theirs, err := o.here.Invite(o.Context(), o.ada, "cy@example.org", "en", Post{Role: access.Marketer})
	o.must(err)
	o.wantField(invite("CY@example.org", post), "email", "invited")
	if i, err := o.here.Invited(o.Context(), theirs); err != nil || i.Role != string(access.Marketer) {
		o.Errorf("the invitation of another is %+v, %v", i, err)
	}
	o.want(invite("dan@example.org", Post{Role: access.Administrator}), store.ErrNotFound)
	o.want(invite("dan@example.org", Post{access.Partner, post.Campaign, "beijing"}), store.ErrNotFound)
	for n := range maxInvited {
		o.must(invite(fmt.Sprintf("p%d@example.org", n), post))
	}
	o.wantField(invite("more@example.org", post), "email", "invited_many")
	o.wantField(invite("p0@example.org", post), "email", "invited")
	o.pass(invitedSoon)
	o.must(invite("p0@example.org", post))
	_, err = o.here.Invite(o.Context(), o.ada, "more@example.org", "en", post)
	o.must(err)
}

func invitePartner(o *office) {
	post := o.toWuhan()
	for _, p := range []Post{{Role: access.Partner}, {access.Partner, post.Campaign, "other"}, {access.Partner, "ca_none", "wuhan"}} {
		_, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", p)
		o.wantField(err, "partner", "required")
	}
	who, _ := o.joined("bob", post)
	if who.Role != access.Partner || who.Campaign != post.Campaign || who.Partner != "wuhan" {
		o.Errorf("joined as %+v", who)
	}
	who, _ = o.joined("cy", Post{access.Moderator, post.Campaign, "wuhan"})
	if who.Campaign != "" || who.Partner != "" {
		o.Errorf("a moderator has a partner: %+v", who)
	}
}

func roleEnds(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Administrator})
	link, err := o.here.Invite(o.Context(), bob.ID, "me-too@example.org", "en", Post{Role: access.Administrator})
	o.must(err)
	o.must(o.here.Assign(o.Context(), o.ada, bob.ID, Post{Role: access.Moderator}))
	o.out(session)
	_, err = o.here.Accept(o.Context(), link, Newcomer{Name: "Bob", Password: password})
	o.want(err, ErrLinkUsed)
	if who := o.who(o.begun("bob@example.org").Token); who.Role != access.Moderator {
		o.Errorf("is %s now", who.Role)
	}
}

func removedOut(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Marketer})
	reset, err := o.here.ResetLink(o.Context(), o.ada, bob.ID)
	o.must(err)
	o.must(o.here.Remove(o.Context(), o.ada, bob.ID))
	o.out(session)
	o.want(o.here.Reset(o.Context(), reset, "another long password"), ErrLinkUsed)
	_, err = o.here.SignIn(o.Context(), "bob@example.org", password, o.from)
	o.want(err, ErrCredentials)
	_, err = o.here.SignIn(o.Context(), string(bob.ID), password, o.from)
	o.want(err, ErrCredentials)
	o.joined("bob", Post{Role: access.Marketer})
}

func lastStays(o *office) {
	o.joined("bob", Post{Role: access.Marketer})
	o.want(o.here.Remove(o.Context(), o.ada, o.ada), ErrLastAdministrator)
	o.want(o.here.Assign(o.Context(), o.ada, o.ada, Post{Role: access.Moderator}), ErrLastAdministrator)
	o.must(o.here.Assign(o.Context(), o.ada, o.ada, Post{Role: access.Administrator}))
}

func twoRemove(o *office) {
	bob, _ := o.joined("bob", Post{Role: access.Administrator})
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { errs[0] = o.here.Remove(o.Context(), o.ada, bob.ID) })
	both.Go(func() { errs[1] = o.there.Remove(o.Context(), bob.ID, o.ada) })
	both.Wait()
	if members, err := o.here.Members(o.Context()); err != nil || len(members) != 1 {
		o.Errorf("%d administrators are left, %v; %v", len(members), err, errs)
	}
}

func endSession(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Moderator})
	hash := access.HashToken(session)
	o.want(o.here.EndSession(o.Context(), o.ada, o.ada, hash), store.ErrNotFound)
	o.who(session)
	o.must(o.here.EndSession(o.Context(), bob.ID, bob.ID, hash))
	o.out(session)
	first, second := o.begun("bob@example.org").Token, o.begun("bob@example.org").Token
	o.must(o.here.EndSessions(o.Context(), bob.ID, bob.ID, second))
	o.out(first)
	o.who(second)
}

func actsKept(o *office) {
	o.pass(time.Second)
	ctx := store.WithActor(o.Context(), store.Actor{Staff: o.ada, Address: "192.0.2.8"})
	_, err := o.here.Invite(ctx, o.ada, "bob@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	p, err := o.here.Acts(o.Context(), store.ActQuery{Limit: 1})
	o.must(err)
	if a := p.Acts[0]; a.Action != "staff.invite" || a.Name != "Ada" || a.Address != "192.0.2.8" || !strings.Contains(a.Note, "bob@example.org, moderator") {
		o.Errorf("kept %+v", a)
	}
	o.pass(addressLife + time.Hour)
	o.must(o.here.Tidy(o.Context()))
	p, err = o.here.Acts(o.Context(), store.ActQuery{Limit: 1})
	o.must(err)
	if a := p.Acts[0]; a.Address != "" || a.Name != "Ada" {
		o.Errorf("three months later %+v", a)
	}
}
