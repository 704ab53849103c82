package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/fan"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// public is the address of the replicas' own pages.
const public = "https://fanfare.example"

// A mailbox is one voter, at all replicas together (CHECKS 24).
func TestMailboxes(t *testing.T) {
	onBoth(t, map[string]func(*fair){
		"a code confirms at another replica, and the fan stays":  codeElsewhere,
		"a link confirms from anywhere, pressed twice too":       linkAnywhere,
		"all spellings of a mailbox are one voter":               oneVoter,
		"two sessions that confirm one mailbox at once are one":  oneAtOnce,
		"a guest's entries go along to whom they turn out to be": entriesGoAlong,
		"a vote for what turns out one's own does not count":     ownVotes,
		"another mailbox at the same device is another fan":      anotherFan,
		"wrong guesses end a code, and not the link":             guesses,
		"codes and links end in time":                            endInTime,
		"the newest letter alone confirms":                       newestAlone,
		"letters to a mailbox are bounded, known or not":         fewLetters,
		"what is confirmed, ended or given up gets no letter":    noLetter,
		"what counts for nobody is refused before a letter":      refusedAtOnce,
		"the banned confirm nothing":                             bannedConfirmNothing,
		"a juror does not become somebody else":                  jurorStays,
		"who must become more may do nothing before":             mustBecomeMore,
		"strangers get no session where they cannot become more": strangersStay,
		"without a mail server no address is taken":              noServer,
	})
}

func TestInvitations(t *testing.T) {
	onBoth(t, map[string]func(*fair){
		"a code is one fan's, who may use it again":         oneFansCode,
		"a code is read however it is typed":                typedAnyhow,
		"a revoked code takes the class away":               revokedCode,
		"a second code for the same is left for somebody":   secondCode,
		"no challenge has more than it can bear":            boundedInvitations,
		"two who use one code at once: one of them is told": codeAtOnce,
	})
}

// fair is two replicas with a launched challenge, and the letters that they sent.
type fair struct {
	*replicas
	challenge contest.Challenge

	mu      sync.Mutex // guards letters
	letters []Letter
}

func onBoth(t *testing.T, claims map[string]func(*fair)) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		for claim, check := range claims {
			t.Run(claim, func(t *testing.T) { check(newFair(t, open)) })
		}
	})
}

func newFair(t *testing.T, open storetest.Opener) *fair {
	t.Helper()
	f := &fair{replicas: newReplicas(t, open)}
	disposable, err := fan.ReadDisposable(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Service{f.here, f.there} {
		s.audience = public
		s.ConfirmBy(Mail{Send: f.receive, Disposable: disposable, Queue: job.NewQueue(nil, nil)})
	}
	f.launch(func(*contest.Rules) {})
	return f
}

func (f *fair) receive(_ context.Context, l Letter) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.letters = append(f.letters, l)
	return nil
}

// launch launches the fair's challenge anew, under rules that change changes.
func (f *fair) launch(change func(*contest.Rules)) {
	f.Helper()
	var c contest.Challenge
	err := f.store.Update(f.Context(), func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		draft := storetest.Draft(campaign.ID, fmt.Sprint("night-", strings.ToLower(access.NewToken()[:5])), tx.Now())
		change(&draft.Rules)
		c, err = tx.CreateChallenge(draft)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	err = f.store.UpdateIn(f.Context(), c.ID, func(tx *store.Tx) error {
		c.LaunchedAt, c.RulesHash = tx.Now(), c.Hash()
		return tx.SaveChallenge(c)
	})
	if err != nil {
		f.Fatal(err)
	}
	f.challenge = c
}

// guest opens a session and returns its bearer.
func (f *fair) guest() string {
	f.Helper()
	bearer, _, _, err := f.here.OpenSession(f.Context(), SessionRequest{Challenge: f.challenge.Slug, Origin: public, Name: "阿明"})
	if err != nil {
		f.Fatal(err)
	}
	return bearer
}

// session is a bearer's session as a replica sees it.
func (f *fair) session(s *Service, bearer string) access.Session {
	f.Helper()
	session, _, err := s.Session(f.Context(), bearer, "")
	if err != nil {
		f.Fatal(err)
	}
	return session
}

// ask asks for a letter and returns it.
func (f *fair) ask(s *Service, bearer, mail string) Letter {
	f.Helper()
	if _, err := s.AskMail(f.Context(), f.session(s, bearer), MailRequest{Address: mail, Language: "zh-CN"}); err != nil {
		f.Fatalf("ask for %s: %v", mail, err)
	}
	before := len(f.letters)
	if err := f.there.sendLetter(f.Context(), job.Job{Key: access.HashToken(bearer)}); err != nil {
		f.Fatal(err)
	}
	if len(f.letters) != before+1 {
		f.Fatalf("%d letters, want one more than %d", len(f.letters), before)
	}
	return f.letters[before]
}

// confirm has a guest confirm a mailbox, and returns the session after it.
func (f *fair) confirm(bearer, mail string) access.Session {
	f.Helper()
	l := f.ask(f.here, bearer, mail)
	if err := f.there.ConfirmCode(f.Context(), f.session(f.there, bearer), l.Code); err != nil {
		f.Fatalf("confirm %s: %v", mail, err)
	}
	f.pass(letterPause)
	return f.session(f.here, bearer)
}

// want holds that an error is of a kind.
func (f *fair) want(what string, err, kind error) {
	f.Helper()
	if !errors.Is(err, kind) {
		f.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

// refused holds that an error is a refusal for a reason.
func (f *fair) refused(what string, err error, reason contest.Reason) {
	f.Helper()
	if refusal, ok := errors.AsType[*contest.Refusal](err); !ok || refusal.Reason != reason {
		f.Errorf("%s: got %v, want a refusal for %s", what, err, reason)
	}
}

func codeElsewhere(f *fair) {
	bearer := f.guest()
	before := f.session(f.here, bearer)
	if before.Class != contest.GuestVoter {
		f.Errorf("a guest is %q", before.Class)
	}
	l := f.ask(f.here, bearer, "Ada.L@Example.org")
	if l.To != "Ada.L@example.org" || l.Language != "zh-CN" || len(l.Code) != codeDigits || l.Title != f.challenge.Title || l.Minutes != 15 {
		f.Errorf("letter %+v", l)
	}
	f.want("code", f.there.ConfirmCode(f.Context(), f.session(f.there, bearer), " "+l.Code[:3]+" "+l.Code[3:]), nil)
	for _, s := range []*Service{f.here, f.there} { // neither remembers what it was before
		after := f.session(s, bearer)
		if after.Class != contest.MailVoter || after.Fan.ID != before.Fan.ID || after.Voter != before.Voter {
			f.Errorf("afterwards %+v, before %+v", after, before)
		}
	}
}

func linkAnywhere(f *fair) {
	bearer := f.guest()
	l := f.ask(f.here, bearer, "ada@example.org")
	f.want("another link", f.there.ConfirmLink(f.Context(), l.Secret+"x"), ErrCodeEnded)
	f.want("no link", f.there.ConfirmLink(f.Context(), ""), ErrCodeEnded)
	for range 2 {
		f.want("link", f.there.ConfirmLink(f.Context(), l.Secret), nil)
	}
	f.want("the code after the link", f.here.ConfirmCode(f.Context(), f.session(f.here, bearer), l.Code), nil)
	if got := f.session(f.here, bearer); got.Class != contest.MailVoter {
		f.Errorf("afterwards %q", got.Class)
	}
}

func oneVoter(f *fair) {
	first := f.confirm(f.guest(), "ada.lovelace@gmail.com")
	for _, spelling := range []string{"AdaLovelace@gmail.com", "a.d.a.lovelace+2@googlemail.com", "ａｄａｌｏｖｅｌａｃｅ＠gmail。com"} {
		if got := f.confirm(f.guest(), spelling); got.Fan.ID != first.Fan.ID || got.Voter != first.Voter {
			f.Errorf("%s is %s, want %s", spelling, got.Voter, first.Voter)
		}
	}
	if other := f.confirm(f.guest(), "adalovelace@example.org"); other.Voter == first.Voter {
		f.Error("two mailboxes are one voter")
	}
}

func oneAtOnce(f *fair) {
	bearers := []string{f.guest(), f.guest()}
	var letters []Letter
	for _, bearer := range bearers {
		letters = append(letters, f.ask(f.here, bearer, "ada@example.org"))
		f.pass(letterPause)
	}
	var wait sync.WaitGroup
	for i, s := range []*Service{f.here, f.there} {
		wait.Go(func() { f.want("code", s.ConfirmLink(f.Context(), letters[i].Secret), nil) })
	}
	wait.Wait()
	if a, b := f.session(f.here, bearers[0]), f.session(f.there, bearers[1]); a.Voter != b.Voter {
		f.Errorf("one mailbox is the voters %s and %s", a.Voter, b.Voter)
	}
}

func entriesGoAlong(f *fair) {
	owner := f.confirm(f.guest(), "ada@example.org")
	bearer := f.guest()
	guest := f.session(f.here, bearer)
	var entry contest.EntryID
	err := f.store.UpdateIn(f.Context(), f.challenge.ID, func(tx *store.Tx) error {
		e, err := tx.InsertEntry(contest.Entry{Challenge: f.challenge.ID, Fan: guest.Fan.ID, Status: contest.Published})
		entry = e.ID
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.confirm(bearer, "ada@example.org")
	err = f.store.View(f.Context(), func(tx *store.Tx) error {
		e, err := tx.Entry(entry)
		if e.Fan != owner.Fan.ID {
			f.Errorf("the entry is %s's, want %s's", e.Fan, owner.Fan.ID)
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

func ownVotes(f *fair) {
	owner := f.confirm(f.guest(), "ada@example.org")
	bearer := f.guest()
	guest := f.session(f.here, bearer)
	stranger := f.session(f.here, f.guest())
	var entry contest.EntryID
	err := f.store.UpdateIn(f.Context(), f.challenge.ID, func(tx *store.Tx) error {
		e, err := tx.InsertEntry(contest.Entry{Challenge: f.challenge.ID, Fan: guest.Fan.ID, Status: contest.Published})
		entry = e.ID
		for _, s := range []access.Session{owner, stranger} {
			if err == nil {
				_, err = tx.Cast(contest.Ballot{Challenge: f.challenge.ID, Entry: entry, Fan: s.Fan.ID, Voter: s.Voter, Class: s.Class}, "all", 1, store.Origin{})
			}
		}
		return err
	})
	f.want("votes", err, nil)
	f.confirm(bearer, "ada@example.org")
	err = f.store.View(f.Context(), func(tx *store.Tx) error {
		tallies, err := tx.Tallies(f.challenge.ID)
		for _, t := range tallies {
			if t.Entry == entry && (t.Score != 1 || t.Excluded != 1) {
				f.Errorf("score %d and %d excluded, want the stranger's vote alone to count", t.Score, t.Excluded)
			}
		}
		if len(tallies) != 1 {
			f.Errorf("tallies: got %d, want 1", len(tallies))
		}
		return err
	})
	f.want("tallies", err, nil)
}

func anotherFan(f *fair) {
	bearer := f.guest()
	mother := f.confirm(bearer, "mother@example.org")
	child := f.confirm(bearer, "child@example.org")
	if child.Fan.ID == mother.Fan.ID || child.Voter == mother.Voter || child.Class != contest.MailVoter {
		f.Errorf("the child is %+v, the mother %+v", child, mother)
	}
	if again := f.confirm(bearer, "mother@example.org"); again.Voter != mother.Voter {
		f.Errorf("the mother is %s now, was %s", again.Voter, mother.Voter)
	}
}

func guesses(f *fair) {
	bearer := f.guest()
	l := f.ask(f.here, bearer, "ada@example.org")
	session := f.session(f.here, bearer)
	for n := range maxGuesses {
		wrong := fmt.Sprintf("%06d", n)
		if wrong == l.Code {
			wrong = "999999"
		}
		f.want("guess", []*Service{f.here, f.there}[n%2].ConfirmCode(f.Context(), session, wrong), ErrCode)
	}
	f.want("the right code after the guesses", f.here.ConfirmCode(f.Context(), session, l.Code), ErrCodeEnded)
	f.want("no code after the guesses", f.here.ConfirmCode(f.Context(), session, ""), ErrCodeEnded)
	f.want("the link after the guesses", f.here.ConfirmLink(f.Context(), l.Secret), nil)
}

func endInTime(f *fair) {
	bearer := f.guest()
	f.want("before any letter", f.here.ConfirmCode(f.Context(), f.session(f.here, bearer), ""), ErrCodeEnded)
	l := f.ask(f.here, bearer, "ada@example.org")
	f.pass(codeLife)
	f.want("code", f.here.ConfirmCode(f.Context(), f.session(f.here, bearer), l.Code), ErrCodeEnded)
	f.want("link", f.here.ConfirmLink(f.Context(), l.Secret), ErrCodeEnded)
	f.want("tidying", f.here.Tidy(f.Context()), nil)
	err := f.store.View(f.Context(), func(tx *store.Tx) error {
		_, err := tx.Confirmation(access.HashToken(bearer))
		return err
	})
	f.want("the address afterwards", err, store.ErrNotFound)
}

func newestAlone(f *fair) {
	bearer := f.guest()
	former := f.ask(f.here, bearer, "ada@example.org")
	newest := f.ask(f.here, bearer, "eve@example.org")
	f.want("the former link", f.here.ConfirmLink(f.Context(), former.Secret), ErrCodeEnded)
	if former.Code != newest.Code { // once in a million
		f.want("the former code", f.here.ConfirmCode(f.Context(), f.session(f.here, bearer), former.Code), ErrCode)
	}
	f.want("the newest link", f.here.ConfirmLink(f.Context(), newest.Secret), nil)
}

func fewLetters(f *fair) {
	f.confirm(f.guest(), "known@example.org")
	f.pass(letterWindow)
	for _, mail := range []string{"known@example.org", "new@example.org"} {
		began := f.clock
		for n := range maxLetters {
			f.ask([]*Service{f.here, f.there}[n%2], f.guest(), mail)
			_, err := f.here.AskMail(f.Context(), f.session(f.here, f.guest()), MailRequest{Address: "+" + mail, Language: "en"})
			if err != nil {
				f.Errorf("another mailbox waits for %s: %v", mail, err)
			}
			_, err = f.there.AskMail(f.Context(), f.session(f.there, f.guest()), MailRequest{Address: strings.Replace(mail, "@", "+x@", 1), Language: "en"})
			if wait, ok := errors.AsType[*WaitError](err); n < maxLetters-1 && (!ok || wait.Until.Sub(f.clock) > letterPause) {
				f.Errorf("%s again at once: %v", mail, err)
			}
			f.pass(letterPause)
		}
		_, err := f.here.AskMail(f.Context(), f.session(f.here, f.guest()), MailRequest{Address: mail, Language: "en"})
		wait, ok := errors.AsType[*WaitError](err)
		if want := began.Add(letterWindow); !ok || wait.Until.Sub(want).Abs() > time.Second {
			f.Errorf("%s after %d letters: %v, want to wait until %v", mail, maxLetters, err, want)
		}
	}
}

func noLetter(f *fair) {
	bearer := f.guest()
	l := f.ask(f.here, bearer, "ada@example.org")
	f.want("link", f.here.ConfirmLink(f.Context(), l.Secret), nil)
	late := f.guest()
	if _, err := f.here.AskMail(f.Context(), f.session(f.here, late), MailRequest{Address: "eve@example.org", Language: "en"}); err != nil {
		f.Fatal(err)
	}
	f.pass(codeLife)
	for _, key := range []string{access.HashToken(bearer), access.HashToken(late), "nobody's"} {
		f.want("letter", f.here.sendLetter(f.Context(), job.Job{Key: key}), nil)
	}
	if len(f.letters) != 1 {
		f.Errorf("%d letters, want the first alone", len(f.letters))
	}
}

func refusedAtOnce(f *fair) {
	session := f.session(f.here, f.guest())
	for mail, want := range map[string]error{
		"ada@mailinator.com": fan.ErrDisposable, "ada@eu.YOPMAIL.com": fan.ErrDisposable, "nobody": fan.ErrAddress, `"a b"@example.org`: fan.ErrAddress,
	} {
		_, err := f.here.AskMail(f.Context(), session, MailRequest{Address: mail, Language: "en"})
		f.want(mail, err, want)
	}
}

func bannedConfirmNothing(f *fair) {
	bearer := f.guest()
	l := f.ask(f.here, bearer, "ada@example.org")
	session := f.session(f.here, bearer)
	err := f.store.Update(f.Context(), func(tx *store.Tx) error {
		_, err := tx.InsertBan(contest.Ban{Challenge: f.challenge.ID, Fan: session.Fan.ID, Reason: contest.VoteTrading})
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.refused("code", f.here.ConfirmCode(f.Context(), session, l.Code), contest.Banned)
	f.refused("link", f.here.ConfirmLink(f.Context(), l.Secret), contest.Banned)
	_, err = f.here.AskMail(f.Context(), f.session(f.here, bearer), MailRequest{Address: "eve@example.org", Language: "en"})
	f.refused("another letter", err, contest.Banned)
}

func jurorStays(f *fair) {
	f.confirm(f.guest(), "ada@example.org")
	bearer := f.guest()
	f.want("invitation", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), f.invite(contest.JuryVoter, 1)[0]), nil)
	juror := f.session(f.here, bearer)
	l := f.ask(f.here, bearer, "ada@example.org")
	f.want("somebody else's mailbox", f.here.ConfirmLink(f.Context(), l.Secret), ErrMailTaken)
	if got := f.confirm(bearer, "juror@example.org"); got.Fan.ID != juror.Fan.ID || got.Class != contest.JuryVoter {
		f.Errorf("with a mailbox of their own the juror is %+v", got)
	}
}

func mustBecomeMore(f *fair) {
	f.launch(func(r *contest.Rules) {
		r.Guests, r.Voters = false, []contest.VoterClass{contest.MailVoter, contest.JuryVoter}
	})
	bearer := f.guest()
	err := f.session(f.here, bearer).MayAct()
	f.refused("before", err, contest.VoterNotAdmitted)
	if refusal, _ := errors.AsType[*contest.Refusal](err); refusal != nil && refusal.Params["classes"] != "mail,jury" {
		f.Errorf("it names %q", refusal.Params["classes"])
	}
	f.want("after a mailbox", f.confirm(bearer, "ada@example.org").MayAct(), nil)
	juror := f.guest()
	f.session(f.there, juror) // is not remembered
	f.want("invitation", f.here.UseInvitation(f.Context(), f.session(f.here, juror), f.invite(contest.JuryVoter, 1)[0]), nil)
	f.want("after an invitation, at the other replica", f.session(f.there, juror).MayAct(), nil)
}

func strangersStay(f *fair) {
	f.launch(func(r *contest.Rules) { r.Guests, r.Voters = false, []contest.VoterClass{contest.HostVoter} })
	_, _, _, err := f.here.OpenSession(f.Context(), SessionRequest{Challenge: f.challenge.Slug, Origin: public})
	f.want("session", err, ErrGuestsNotAllowed)
}

func noServer(f *fair) {
	f.here.mail = nil
	_, err := f.here.AskMail(f.Context(), f.session(f.here, f.guest()), MailRequest{Address: "ada@example.org", Language: "en"})
	f.want("letter", err, ErrMailNotConfigured)
}

// invite makes invitations.
func (f *fair) invite(class contest.VoterClass, n int) []string {
	f.Helper()
	codes, err := f.here.Invite(f.Context(), "st_1", f.challenge.ID, class, "label", n)
	if err != nil {
		f.Fatal(err)
	}
	return codes
}

func oneFansCode(f *fair) {
	code := f.invite(contest.InvitedVoter, 1)[0]
	bearer := f.guest()
	for range 2 {
		f.want("code", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), code), nil)
	}
	if got := f.session(f.here, bearer).Class; got != contest.InvitedVoter {
		f.Errorf("the fan is %q", got)
	}
	f.want("somebody else", f.there.UseInvitation(f.Context(), f.session(f.there, f.guest()), code), ErrInvitation)
	f.want("a code that is none", f.there.UseInvitation(f.Context(), f.session(f.there, bearer), "0000-0000-0000-0000"), ErrInvitation)
	code = f.invite(contest.JuryVoter, 1)[0]
	f.launch(func(*contest.Rules) {})
	f.want("another challenge's", f.there.UseInvitation(f.Context(), f.session(f.there, f.guest()), code), ErrInvitation)
}

func typedAnyhow(f *fair) {
	code := f.invite(contest.InvitedVoter, 1)[0]
	if len(code) != 19 || strings.ContainsAny(code, "ILOU") {
		f.Errorf("code %q", code)
	}
	typed := " " + strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(code)) + "\n"
	f.want(typed, f.here.UseInvitation(f.Context(), f.session(f.here, f.guest()), typed), nil)
}

func revokedCode(f *fair) {
	codes := f.invite(contest.JuryVoter, 2)
	bearer := f.guest()
	f.want("code", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), codes[0]), nil)
	f.want("revoking", f.there.RevokeInvitation(f.Context(), f.challenge.ID, codes[0]), nil)
	f.want("revoking again", f.there.RevokeInvitation(f.Context(), f.challenge.ID, codes[0]), ErrInvitation)
	f.pass(sessionMemory)
	if got := f.session(f.here, bearer).Class; got != contest.GuestVoter {
		f.Errorf("the fan is still %q", got)
	}
	f.want("the revoked code", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), codes[0]), ErrInvitation)
	f.want("the other code", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), codes[1]), nil)
}

func secondCode(f *fair) {
	codes := f.invite(contest.JuryVoter, 2)
	bearer := f.guest()
	for _, code := range codes {
		f.want("code", f.here.UseInvitation(f.Context(), f.session(f.here, bearer), code), nil)
	}
	f.want("the second code, by somebody else", f.here.UseInvitation(f.Context(), f.session(f.here, f.guest()), codes[1]), nil)
	batches, err := f.here.Invitations(f.Context(), f.challenge.ID)
	if err != nil || len(batches) != 1 || batches[0].Used != 2 || batches[0].Unused != 0 {
		f.Errorf("batches %+v, %v", batches, err)
	}
}

func boundedInvitations(f *fair) {
	for range maxAllInvitations / MaxInvitations {
		f.invite(contest.InvitedVoter, MaxInvitations)
	}
	_, err := f.here.Invite(f.Context(), "st_1", f.challenge.ID, contest.InvitedVoter, "", 1)
	if wrong, ok := errors.AsType[*FieldError](err); !ok || wrong.Code != "too_many" {
		f.Errorf("one more: %v", err)
	}
}

func codeAtOnce(f *fair) {
	code := f.invite(contest.JuryVoter, 1)[0]
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		session := f.session(f.here, f.guest())
		wait.Go(func() { errs[i] = []*Service{f.here, f.there}[i%2].UseInvitation(f.Context(), session, code) })
	}
	wait.Wait()
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(fmt.Sprint(b), fmt.Sprint(a)) })
	refused := 0
	for _, err := range errs {
		if errors.Is(err, ErrInvitation) {
			refused++
		} else {
			f.want("code", err, nil)
		}
	}
	if refused != len(errs)-1 {
		f.Errorf("%d of %d were refused", refused, len(errs))
	}
}
