package staff

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"fanfare/server/access"
	"fanfare/server/access/passkeytest"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestPasskeys(t *testing.T) {
	onBoth(t, map[string]func(*office){
		"one alone lets in, also where a second factor is asked of all": passkeyAlone,
		"an answer counts once, for what it was asked":                  answerOnce,
		"an answer comes within five minutes":                           answerInTime,
		"beside a password it stands in for a code":                     passkeySecond,
		"who has passkeys alone has no codes":                           noCodes,
		"somebody else's is no second factor":                           passkeyOfAnother,
		"it proves that it is really them":                              passkeyProves,
		"one that is asked of all can be a passkey":                     passkeyAskedOfAll,
		"the last second factor stays where one is asked of all":        lastFactorStays,
		"one that may be copied is refused, and told of":                passkeyCopied,
		"who leaves takes their passkeys along":                         passkeysLeave,
		"an administrator takes them from who lost theirs":              passkeysTaken,
		"of many that are removed at once the last way in stays":        removedAtOnce,
		"many that are made at once are no more than one may have":      madeAtOnce,
	})
}

// pocket is a device with a passkey of somebody's.
type pocket struct {
	*office
	page   virtualwebauthn.RelyingParty
	keeper virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
}

func (o *office) pocket(id contest.StaffID) *pocket {
	return &pocket{
		o, virtualwebauthn.RelyingParty{ID: "fanfare.example", Origin: "https://fanfare.example"},
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(id)}),
		passkeytest.New(),
	}
}

// made answers a question for a new passkey.
func (p *pocket) made(q Question) Answer {
	p.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(`{"publicKey":` + string(q.Options) + `}`)
	p.must(err)
	return Answer{q.Token, virtualwebauthn.CreateAttestationResponse(p.page, p.keeper, p.key, *asked)}
}

// used answers a question for one.
func (p *pocket) used(q Question, err error) Answer {
	p.Helper()
	p.must(err)
	asked, err := virtualwebauthn.ParseAssertionOptions(`{"publicKey":` + string(q.Options) + `}`)
	p.must(err)
	p.key.Counter++
	return Answer{q.Token, virtualwebauthn.CreateAssertionResponse(p.page, p.keeper, p.key, *asked)}
}

// passkey adds one for somebody who is signed in, and returns the session that they have then.
func (o *office) passkey(who contest.StaffID, session string) (*pocket, string, []string) {
	o.Helper()
	p := o.pocket(who)
	q, err := o.here.NewPasskey(o.Context(), who, o.proof())
	o.must(err)
	e, codes, err := o.there.AddPasskey(o.Context(), session, p.made(q), " My\x00 phone ", o.from)
	o.must(err)
	if e.Token != "" {
		o.out(session)
		session = e.Token
	}
	o.who(session)
	return p, session, codes
}

func passkeyAlone(o *office) {
	p, session, codes := o.passkey(o.ada, o.begun("ada@example.org").Token)
	if len(codes) != recoveryCodes {
		o.Errorf("%d recovery codes, want %d", len(codes), recoveryCodes)
	}
	o.must(o.here.RequireFactor(o.Context(), o.ada, true))
	if who := o.who(session); who.ID != o.ada {
		o.Errorf("%s is in, want ada", who.ID)
	}
	e, err := o.there.EnterByPasskey(o.Context(), p.used(o.here.AskPasskey(o.Context())), o.from)
	o.must(err)
	if e.Step != Entered || o.who(e.Token).ID != o.ada {
		o.Errorf("entered %+v", e)
	}
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	if len(a.Passkeys) != 1 || a.Passkeys[0].Name != "My phone" || a.Passkeys[0].UsedAt.IsZero() || a.Passkeys[0].Uses != 1 {
		o.Errorf("passkeys %+v", a.Passkeys)
	}
	second, _, codes := o.passkey(o.ada, e.Token)
	if codes != nil {
		o.Error("a second device replaces the recovery codes")
	}
	_, err = o.here.EnterByPasskey(o.Context(), second.used(o.there.AskPasskey(o.Context())), o.from)
	o.must(err)
}

func answerOnce(o *office) {
	p, _, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	answer := p.used(o.here.AskPasskey(o.Context()))
	_, err := o.there.EnterByPasskey(o.Context(), answer, o.from)
	o.must(err)
	_, err = o.here.EnterByPasskey(o.Context(), answer, o.from)
	o.want(err, ErrNoSession)
	_, err = o.here.EnterByPasskey(o.Context(), p.used(o.here.AskProof(o.Context(), o.ada)), o.from)
	o.want(err, ErrNoSession) // which was asked for another purpose
	asked, err := o.here.AskPasskey(o.Context())
	o.must(err)
	mixed := p.used(o.here.AskPasskey(o.Context()))
	mixed.Token = asked.Token
	_, err = o.here.EnterByPasskey(o.Context(), mixed, o.from)
	o.want(err, access.ErrPasskey)
	_, err = o.here.EnterByPasskey(o.Context(), Answer{"", "{}"}, o.from)
	o.want(err, ErrNoSession)
}

func answerInTime(o *office) {
	p, _, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	answer := p.used(o.here.AskPasskey(o.Context()))
	o.pass(ceremonyLength)
	_, err := o.there.EnterByPasskey(o.Context(), answer, o.from)
	o.want(err, ErrNoSession)
}

func passkeySecond(o *office) {
	p, _, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	e := o.begun("ada@example.org")
	if e.Step != CodeNeeded {
		o.Fatalf("step %q, want %q", e.Step, CodeNeeded)
	}
	o.out(e.Token)
	w, err := o.there.Waiting(o.Context(), e.Token)
	o.must(err)
	if w.Factors != (Factors{Passkeys: 1}) {
		o.Errorf("factors %+v", w.Factors)
	}
	done, err := o.there.Second(o.Context(), e.Token, p.used(o.here.AskSecond(o.Context(), e.Token)), o.from)
	o.must(err)
	o.who(done.Token)
	_, err = o.here.AskSecond(o.Context(), e.Token)
	o.want(err, ErrNoSession)
}

func noCodes(o *office) {
	_, _, codes := o.passkey(o.ada, o.begun("ada@example.org").Token)
	e := o.begun("ada@example.org")
	_, err := o.here.Code(o.Context(), e.Token, o.code(strings.Repeat("A", 0)), o.from) // the code of no secret
	o.want(err, ErrCode)
	_, err = o.here.Code(o.Context(), e.Token, codes[0], o.from)
	o.must(err)
}

func passkeyOfAnother(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Moderator})
	theirs, _, _ := o.passkey(bob.ID, session)
	o.passkey(o.ada, o.begun("ada@example.org").Token)
	e := o.begun("ada@example.org")
	_, err := o.here.Second(o.Context(), e.Token, theirs.used(o.here.AskSecond(o.Context(), e.Token)), o.from)
	o.want(err, access.ErrPasskey)
	waiting := o.begun("bob@example.org")
	answer := theirs.used(o.here.AskSecond(o.Context(), waiting.Token))
	_, err = o.here.Second(o.Context(), e.Token, answer, o.from)
	o.want(err, ErrNoSession) // bob's answer at ada's sign-in
	_, err = o.here.NewPasskey(o.Context(), o.ada, Proof{Passkey: theirs.used(o.here.AskProof(o.Context(), bob.ID)), From: o.from})
	o.wantField(err, "current", "passkey")
}

func passkeyProves(o *office) {
	p, session, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	_, err := o.here.NewPasskey(o.Context(), o.ada, Proof{Password: "wrong", Session: session, From: o.from})
	o.wantField(err, "current", "wrong")
	q, err := o.here.NewPasskey(o.Context(), o.ada, Proof{Passkey: p.used(o.there.AskProof(o.Context(), o.ada)), From: o.from})
	o.must(err)
	bob, theirs := o.joined("bob", Post{Role: access.Moderator})
	other := o.pocket(bob.ID)
	_, _, err = o.here.AddPasskey(o.Context(), theirs, other.made(q), "", o.from)
	o.want(err, ErrNoSession) // what was asked of ada is brought by bob
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	o.wantField(o.here.DropPasskey(o.Context(), o.ada, a.Passkeys[0].ID, Proof{Password: "wrong", From: o.from}), "current", "wrong")
	o.want(o.here.DropPasskey(o.Context(), o.ada, "another", o.proof()), store.ErrNotFound)
	o.must(o.here.DropPasskey(o.Context(), o.ada, a.Passkeys[0].ID, Proof{Passkey: p.used(o.here.AskProof(o.Context(), o.ada)), From: o.from}))
	_, err = o.here.EnterByPasskey(o.Context(), p.used(o.here.AskPasskey(o.Context())), o.from)
	o.want(err, access.ErrPasskey)
	if e := o.begun("ada@example.org"); e.Step != Entered {
		o.Errorf("step %q without a second factor", e.Step)
	}
}

func passkeyAskedOfAll(o *office) {
	bob, _ := o.joined("bob", Post{Role: access.Moderator})
	o.want(o.here.RequireFactor(o.Context(), o.ada, true), ErrFactorNeeded)
	o.passkey(o.ada, o.begun("ada@example.org").Token)
	o.must(o.here.RequireFactor(o.Context(), o.ada, true))
	e := o.begun("bob@example.org")
	if e.Step != SetUpFirst {
		o.Fatalf("step %q, want %q", e.Step, SetUpFirst)
	}
	q, err := o.there.FirstPasskey(o.Context(), e.Token)
	o.must(err)
	p := o.pocket(bob.ID)
	done, codes, err := o.here.AddPasskey(o.Context(), e.Token, p.made(q), "key", o.from)
	o.must(err)
	if o.who(done.Token).ID != bob.ID || len(codes) != recoveryCodes {
		o.Error("bob is not in, with codes")
	}
	_, err = o.here.FirstPasskey(o.Context(), o.begun("bob@example.org").Token)
	o.want(err, ErrNoSession) // who has one shows it first
}

func lastFactorStays(o *office) {
	_, session, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	o.must(o.here.RequireFactor(o.Context(), o.ada, true))
	a, err := o.here.Account(o.Context(), o.ada)
	o.must(err)
	o.want(o.here.DropPasskey(o.Context(), o.ada, a.Passkeys[0].ID, o.proof()), ErrFactorNeeded)
	o.who(session)
	o.factor(o.ada)
	o.must(o.here.DropPasskey(o.Context(), o.ada, a.Passkeys[0].ID, o.proof()))
	o.want(o.here.DropFactor(o.Context(), o.ada, o.proof()), ErrFactorNeeded)
}

func passkeyCopied(o *office) {
	p, _, _ := o.passkey(o.ada, o.begun("ada@example.org").Token)
	_, err := o.here.EnterByPasskey(o.Context(), p.used(o.here.AskPasskey(o.Context())), o.from)
	o.must(err)
	o.pass(time.Second)
	p.key.Counter-- // as of a copy that was made before
	_, err = o.there.EnterByPasskey(o.Context(), p.used(o.here.AskPasskey(o.Context())), o.from)
	o.want(err, access.ErrPasskeyCopied)
	page, err := o.here.Acts(o.Context(), store.ActQuery{Staff: o.ada, Limit: 1})
	o.must(err)
	if len(page.Acts) != 1 || page.Acts[0].Action != "account.passkey_copied" {
		o.Errorf("the log says last %+v", page.Acts)
	}
}

func passkeysLeave(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Moderator})
	p, _, _ := o.passkey(bob.ID, session)
	answer := p.used(o.here.AskPasskey(o.Context()))
	o.must(o.here.Remove(o.Context(), o.ada, bob.ID))
	_, err := o.there.EnterByPasskey(o.Context(), answer, o.from)
	o.want(err, access.ErrPasskey)
}

func passkeysTaken(o *office) {
	bob, session := o.joined("bob", Post{Role: access.Moderator})
	p, session, _ := o.passkey(bob.ID, session)
	o.must(o.here.TakeFactor(o.Context(), o.ada, bob.ID))
	o.out(session)
	_, err := o.there.EnterByPasskey(o.Context(), p.used(o.here.AskPasskey(o.Context())), o.from)
	o.want(err, access.ErrPasskey)
	if e := o.begun("bob@example.org"); e.Step != Entered {
		o.Errorf("step %q, want none", e.Step)
	}
}

// devices gives somebody passkeys that no device has.
func (o *office) devices(id contest.StaffID, n int) {
	o.Helper()
	o.must(o.store.Update(o.Context(), func(tx *store.Tx) error {
		for i := range n {
			if err := tx.InsertPasskey(store.Passkey{ID: fmt.Sprintf("%s-%d", id, i), Staff: id, PublicKey: []byte("key")}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// passkeys counts somebody's.
func (o *office) passkeys(id contest.StaffID) int {
	o.Helper()
	a, err := o.here.Account(o.Context(), id)
	o.must(err)
	return len(a.Passkeys)
}

func removedAtOnce(o *office) {
	const many = 8
	session := o.begun("ada@example.org").Token
	o.devices(o.ada, many)
	o.must(o.store.Update(o.Context(), func(tx *store.Tx) error { return tx.SetPassword(o.ada, "") }))
	var all sync.WaitGroup
	for i := range many {
		at := []*Service{o.here, o.there}[i%2]
		all.Go(func() {
			_ = at.DropPasskey(o.Context(), o.ada, fmt.Sprintf("%s-%d", o.ada, i), Proof{Session: session, From: o.from}) // one is refused
		})
	}
	all.Wait()
	if n := o.passkeys(o.ada); n != 1 {
		o.Errorf("%d passkeys are left, want 1", n)
	}
}

func madeAtOnce(o *office) {
	session := o.begun("ada@example.org").Token
	o.devices(o.ada, maxPasskeys-1)
	var asked [4]Question
	for i := range asked {
		var err error
		asked[i], err = o.here.NewPasskey(o.Context(), o.ada, o.proof())
		o.must(err)
	}
	var all sync.WaitGroup
	var errs [len(asked)]error
	for i, q := range asked {
		answer, at := o.pocket(o.ada).made(q), []*Service{o.here, o.there}[i%2]
		all.Go(func() { _, _, errs[i] = at.AddPasskey(o.Context(), session, answer, "", o.from) })
	}
	all.Wait()
	if n := o.passkeys(o.ada); n != maxPasskeys {
		o.Errorf("%d passkeys, want %d", n, maxPasskeys)
	}
	for _, err := range errs {
		if err != nil {
			o.wantField(err, "current", "too_many")
		}
	}
}

func TestAHashThatCannotBeReadIsNoWrongPassword(t *testing.T) {
	o := newOffice(t, storetest.OpenSQLite)
	o.must(o.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SetPassword(o.ada, "broken") }))
	_, err := o.here.NewPasskey(t.Context(), o.ada, o.proof())
	if _, wrong := errors.AsType[*FieldError](err); wrong || err == nil {
		t.Errorf("got %v, want our own fault", err)
	}
}

// A sign-in is fresh for a while, which is all that somebody has to show who has no password.
func TestAProofWithoutAPasswordIsAFreshSignIn(t *testing.T) {
	onBoth(t, map[string]func(*office){"": func(o *office) {
		session := o.begun("ada@example.org").Token
		o.must(o.store.Update(o.Context(), func(tx *store.Tx) error { return tx.SetPassword(o.ada, "") }))
		fresh := Proof{Session: session, From: o.from}
		_, err := o.here.NewPasskey(o.Context(), o.ada, fresh)
		o.must(err)
		_, err = o.here.NewPasskey(o.Context(), o.ada, Proof{Session: "another", From: o.from})
		o.wantField(err, "current", "stale")
		o.pass(freshLength + time.Second)
		_, err = o.here.NewPasskey(o.Context(), o.ada, fresh)
		o.wantField(err, "current", "stale")
		_, err = o.here.SignIn(o.Context(), "ada@example.org", "", o.from)
		o.want(err, ErrCredentials)
	}})
}
