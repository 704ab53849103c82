package staff

import (
	"context"
	"errors"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestPasswords(t *testing.T) {
	onBoth(t, map[string]func(*office){
		"a reset works once, within half an hour":               resetOnce,
		"a reset ends all sessions and asks for the code":       resetEnds,
		"a change ends the other sessions":                      changeEnds,
		"letters go to members alone, and each asks the same":   resetsAlike,
		"somebody and nobody cost one hashing each":             hashedAlike,
		"a link in a letter is drawn when the letter is wanted": linkDrawn,
	})
}

const another = "another long password"

func resetOnce(o *office) {
	first, err := o.here.ResetLink(o.Context(), o.ada, o.ada)
	o.must(err)
	link, err := o.here.ResetLink(o.Context(), o.ada, o.ada)
	o.must(err)
	o.want(o.there.Reset(o.Context(), first, another), ErrLinkUsed)
	o.wantField(o.there.Reset(o.Context(), link, "short"), "password", "too_short")
	o.must(o.there.Reset(o.Context(), link, another))
	o.want(o.here.Reset(o.Context(), link, password), ErrLinkUsed)
	_, err = o.here.SignIn(o.Context(), "ada@example.org", password, o.from)
	o.want(err, ErrCredentials)
	late, err := o.here.ResetLink(o.Context(), o.ada, o.ada)
	o.must(err)
	o.pass(resetLength)
	o.want(o.here.Reset(o.Context(), late, password), ErrLinkUsed)
}

func resetEnds(o *office) {
	_, session, _ := o.factor(o.ada)
	waiting := o.begun("ada@example.org")
	link, err := o.here.ResetLink(o.Context(), o.ada, o.ada)
	o.must(err)
	o.must(o.here.Reset(o.Context(), link, another))
	o.out(session)
	if _, err := o.here.Waiting(o.Context(), waiting.Token); !errors.Is(err, ErrNoSession) {
		o.Errorf("a sign-in with the former password goes on: %v", err)
	}
	e, err := o.here.SignIn(o.Context(), "ada@example.org", another, o.from)
	if err != nil || e.Step != CodeNeeded {
		o.Errorf("afterwards %+v, %v", e, err)
	}
}

func changeEnds(o *office) {
	own, other := o.begun("ada@example.org").Token, o.begun("ada@example.org").Token
	o.wantField(o.here.ChangePassword(o.Context(), o.ada, another, Proof{Password: "wrong", Session: own, From: o.from}), "current", "wrong")
	o.must(o.here.ChangePassword(o.Context(), o.ada, another, Proof{Password: password, Session: own, From: o.from}))
	o.who(own)
	o.out(other)
}

// post gives both replicas a mail server and collects what it is sent.
func (o *office) post() (letters chan Letter) {
	letters = make(chan Letter, 9)
	queue := storetest.Queue(o.store, func(j job.Job, err error) { o.Errorf("job %s: %v", j.Kind, err) })
	o.here.WriteBy(Mail{Send: func(_ context.Context, l Letter) error { letters <- l; return nil }, Queue: queue})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { queue.Run(ctx); close(ended) }()
	o.Cleanup(func() { stop(); <-ended })
	return letters
}

func (o *office) letter(letters chan Letter) Letter {
	o.Helper()
	select {
	case l := <-letters:
		return l
	case <-time.After(30 * time.Second):
		o.Fatal("no letter came")
	}
	return Letter{}
}

// CHECKS 51: who asks learns nothing, neither by the answer nor by what is done until it.
func resetsAlike(o *office) {
	letters := o.post()
	for _, email := range []string{"nobody@example.org", "ada@example.org"} { // an errand for each, which finds nobody for the one
		before := o.store.Stats().Updates
		o.must(o.here.AskReset(o.Context(), email, "en", o.from))
		if updates := o.store.Stats().Updates - before; updates < 2 {
			o.Errorf("%s: %d updates, want the count and the errand", email, updates)
		}
	}
	l := o.letter(letters)
	if l.To != "ada@example.org" || l.Invites || l.Minutes != 30 {
		o.Errorf("the letter %+v", l)
	}
	o.must(o.there.Reset(o.Context(), l.Secret, another))
	for range maxFailures + 1 {
		if err := o.here.AskReset(o.Context(), "ada@example.org", "en", o.from); err != nil {
			o.want(err, ErrThrottled)
			return
		}
	}
	o.Error("asking is never slowed")
}

func letterNames(o *office) {
	letters, post := o.post(), o.toWuhan()
	_, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "en", post)
	o.must(err)
	want := Partner{post.Campaign, contest.Text{ZH: "夜", EN: "Night"}, "wuhan", contest.Text{ZH: "武汉文旅", EN: "Wuhan"}}
	if l := o.letter(letters); l.By != "Ada" || l.Role != access.Partner || l.For != want {
		o.Errorf("the letter %+v, want it for %+v", l, want)
	}
	o.must(o.store.View(o.Context(), func(tx *store.Tx) error {
		left, err := invitedFor(tx, store.StaffInvitation{Campaign: post.Campaign, Partner: "left"})
		if want.Partner, want.Name = "left", (contest.Text{EN: "left"}); left != want {
			o.Errorf("a partner that nothing names any more: %+v, want %+v", left, want)
		}
		return err
	}))
	_, err = o.here.Invite(o.Context(), o.ada, "cy@example.org", "en", Post{Role: access.Moderator})
	o.must(err)
	if l := o.letter(letters); l.Role != access.Moderator || l.For != (Partner{}) {
		o.Errorf("a moderator's letter %+v", l)
	}
}

func hashedAlike(o *office) {
	hashings := 0
	o.here.check = func(hash, password string) (bool, error) {
		hashings++
		return access.CheckPassword(hash, password)
	}
	for _, email := range []string{"ada@example.org", "nobody@example.org"} {
		hashings = 0
		_, err := o.here.SignIn(o.Context(), email, "wrong", o.from)
		o.want(err, ErrCredentials)
		if hashings != 1 {
			o.Errorf("%s: %d hashings, want 1", email, hashings)
		}
	}
}

func linkDrawn(o *office) {
	letters := o.post()
	link, err := o.here.Invite(o.Context(), o.ada, "bob@example.org", "zh-CN", Post{Role: access.Moderator})
	o.must(err)
	if link != "" {
		o.Error("the link is shown although a letter goes")
	}
	l := o.letter(letters)
	if l.To != "bob@example.org" || !l.Invites || l.By != "Ada" || l.Language != "zh-CN" || l.Hours != 72 {
		o.Errorf("the letter %+v", l)
	}
	e, err := o.there.Accept(o.Context(), l.Secret, Newcomer{Name: "Bob", Password: password})
	o.must(err)
	o.who(e.Token)
}
