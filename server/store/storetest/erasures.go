package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

var erasureClaims = map[string]func(*testing.T, Opener){
	"nothing of an erased fan is left in any row but the identifier":       erasedWhole,
	"an erasure leaves the vote log, the votes and the scores of others":   erasedVotesCount,
	"an erased entry leaves the board":                                     erasedEntryLeaves,
	"a repost of an erased entry stays, and names no grant that is gone":   erasedRepostStays,
	"erasing in another challenge than the update's is refused":            erasedElsewhere,
	"who voted under a site's name or a mailbox is known to have left":     departedKnown,
	"a guest, and who left no vote, may come back as somebody else":        departedUnknown,
	"a guest who turned out to be a fan is a person with that fan":         personsListed,
	"erasures are remembered once, and erased fans are listed no longer":   erasuresRemembered,
	"what is kept of a fan is counted, and of an erased one there is none": holdingsCounted,
}

// erase erases a fan as the use case does.
func (s *stage) erase(fan contest.FanID) (entries []contest.Entry) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		challenges, err := tx.TakeIdentity(fan, tx.Now())
		if err == nil && slices.Contains(challenges, s.challenge.ID) {
			entries, err = tx.EraseIn(s.challenge.ID, fan, tx.Now())
		}
		if err != nil {
			return err
		}
		return tx.EndErasure("hash of "+string(fan), tx.Now())
	})
	return entries
}

// secret is in every text of the fan who is erased.
const secret = "Zhāng-Wěi"

// person is a fan of a site with something in every table that knows of fans.
func (s *stage) person() (contest.Fan, contest.VoterID) {
	s.Helper()
	var f contest.Fan
	var voter contest.VoterID
	var e contest.Entry
	s.update(func(tx *store.Tx) (err error) {
		if f, err = tx.FanFor("site:s_1", secret, secret); err != nil {
			return err
		}
		voter, err = tx.VoterFor(s.challenge.ID, f.ID)
		return err
	})
	s.update(func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{
			Challenge: s.challenge.ID, Fan: f.ID, Author: secret, Caption: secret + " #夜景", Tags: []string{secret}, City: secret, Partner: secret,
			Status: contest.Processing, Original: "original/key", SHA256: secret, SharePlace: true,
		})
		if err != nil {
			return err
		}
		photo := contest.Photo{Perceptual: secret, ThumbHash: secret, Capture: contest.Capture{Make: secret, Place: &contest.Place{Lat: 29.5, Lon: 106.5}}}
		_, err = tx.SetPhoto(e.ID, photo, []contest.Flag{{Kind: contest.WordsFound, Words: []string{secret}}}, contest.Published, "")
		return err
	})
	other := s.entry(s.fan("other"), contest.Published)
	s.update(func(tx *store.Tx) error {
		b := contest.Ballot{Challenge: s.challenge.ID, Entry: other.ID, Fan: f.ID, Voter: voter, Class: contest.HostVoter}
		_, err := tx.Cast(b, today, 1, store.Origin{Source: secret, Agent: secret})
		return err
	})
	for _, write := range []func(*store.Tx) error{
		func(tx *store.Tx) error {
			return tx.InsertToken(store.Token{Hash: "token of " + secret, Fan: f.ID, Challenge: s.challenge.ID, ExpiresAt: tx.Now()})
		},
		func(tx *store.Tx) error { return tx.InsertMailbox("mailbox of "+secret, secret, f.ID) },
		func(tx *store.Tx) error {
			return tx.SaveCorrespondent(store.Correspondent{Person: store.FanPerson(f.ID), Address: secret})
		},
		func(tx *store.Tx) error {
			_, err := tx.InsertNotice(store.Notice{Key: "received/" + string(f.ID), Person: store.FanPerson(f.ID), About: secret})
			return err
		},
		func(tx *store.Tx) error {
			return tx.AskConfirmation(store.Confirmation{Token: "token of " + secret, Link: secret, Address: secret})
		},
		func(tx *store.Tx) error {
			return tx.Invite(store.Invitation{Challenge: s.challenge.ID, Label: secret}, []string{"code"})
		},
		func(tx *store.Tx) error { return tx.UseInvitation("code", f.ID) },
		func(tx *store.Tx) error {
			return tx.SaveIdempotent("entry/"+string(s.challenge.ID)+"/"+string(f.ID), secret, secret, secret)
		},
		func(tx *store.Tx) error {
			return tx.SaveIdempotent(store.VoteScope(s.challenge.ID, voter), secret, secret, secret)
		},
		func(tx *store.Tx) error {
			return tx.InsertReport(contest.Report{Entry: other.ID, Fan: f.ID, Note: secret})
		},
		func(tx *store.Tx) error {
			return tx.InsertReport(contest.Report{Entry: e.ID, Fan: "f_x", Note: secret})
		},
		func(tx *store.Tx) error {
			_, err := tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: f.ID, Note: secret})
			return err
		},
		func(tx *store.Tx) error {
			return tx.InsertAppeal(contest.Appeal{Challenge: s.challenge.ID, Fan: f.ID, Entry: e.ID, Text: secret})
		},
		func(tx *store.Tx) error {
			_, err := tx.InsertComplaint(contest.Complaint{Challenge: s.challenge.ID, Entry: e.ID, Fan: f.ID, Statement: secret})
			return err
		},
		func(tx *store.Tx) error {
			_, err := tx.InsertTakedown(contest.Takedown{Entry: e.ID, Name: secret, Contact: secret, Statement: secret, Hid: true})
			return err
		},
		func(tx *store.Tx) error {
			return tx.InsertDecision(contest.Decision{Entry: e.ID, From: contest.Pending, To: contest.Published, FromNote: secret, Note: secret})
		},
		func(tx *store.Tx) error { return tx.SetLikeness(e.ID, 1) },
		func(tx *store.Tx) error {
			return tx.SetMark(contest.Mark{Challenge: s.challenge.ID, Entry: e.ID, Kind: "award", Text: contest.Text{EN: secret, ZH: secret}})
		},
		func(tx *store.Tx) error {
			_, err := tx.SaveGrant(partner.Grant{Challenge: s.challenge.ID, Entry: e.ID, Outlets: partner.Outlets, Text: contest.ConsentID(secret)})
			return err
		},
		func(tx *store.Tx) error { return tx.SetEvidence(e.ID, "evidence/key", secret) },
		func(tx *store.Tx) error { return tx.AskOriginal(e.ID, true) },
	} {
		s.update(write)
	}
	return f, voter
}

// told lists the rows that hold a text anywhere, of all tables that copies carry, and of those that they leave.
func (s *stage) told(text string) (where []string) {
	s.Helper()
	tables := append(store.Tables(), store.Table{Name: "confirmations", Columns: strings.Fields("token link code mailbox domain address"), Key: 1})
	s.view(func(tx *store.Tx) error {
		for _, table := range tables {
			err := tx.Rows(table, nil, func(row []any) error {
				if line := fmt.Sprint(row...); strings.Contains(line, text) {
					where = append(where, table.Name+": "+line)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return where
}

func erasedWhole(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, voter := s.person()
	if before := s.told(secret); len(before) < 15 {
		t.Fatalf("the person is in few rows: %q", before)
	}
	entries := s.erase(f.ID)
	equal(t, "entries", len(entries), 1)
	same(t, "rows with their words", s.told(secret), []string(nil))
	for _, row := range s.told(string(voter)) {
		if strings.Contains(row, string(f.ID)) {
			t.Errorf("the pseudonym is still the fan's: %s", row)
		}
	}
	e := s.read(entries[0].ID)
	same(t, "photo", e.Photo, contest.Photo{})
	equal(t, "key of the original, to be removed", e.Original, "original/key")
	s.erase(f.ID) // once more does the rest, of which there is none
	equal(t, "status", s.read(entries[0].ID).Status, contest.Withdrawn)
}

func erasedVotesCount(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, voter := s.person()
	log := s.leaves()
	s.erase(f.ID)
	same(t, "log", s.leaves(), log)
	equal(t, "leaves", len(log), 1)
	s.audited(nil)
	s.view(func(tx *store.Tx) error {
		tallies, err := tx.Tallies(s.challenge.ID)
		equal(t, "score of the other entry", tallies[1].Score, int64(1))
		return err
	})
	rows := s.told(string(voter))
	equal(t, "rows of the pseudonym: the leaf and the vote", len(rows), 2)
	if vote := strings.Join(rows, "\n"); !strings.Contains(vote, store.ErasedSource) {
		t.Errorf("the vote's source is not said to be erased: %s", vote)
	}
}

func erasedEntryLeaves(t *testing.T, open Opener) {
	var changes []contest.Change
	s := setStage(t, open, func(c []contest.Change) { changes = append(changes, c...) })
	f, _ := s.person()
	e := s.erase(f.ID)[0].ID
	last := changes[len(changes)-1]
	equal(t, "told of", last.Entry, e)
	equal(t, "visible", last.Visible, false)
	equal(t, "version", last.Version, s.read(e).Version)
	told := len(changes)
	s.erase(f.ID)
	equal(t, "told again", len(changes)-told, 0)
}

func erasedRepostStays(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, _ := s.person()
	other := s.repost("another", "abcd2345")
	of := func(entry contest.EntryID) (reposts []partner.Repost) {
		s.view(func(tx *store.Tx) (err error) {
			reposts, err = tx.RepostsOf(entry)
			return err
		})
		return reposts
	}
	var told partner.Repost
	s.update(func(tx *store.Tx) error {
		entries, err := tx.EntriesByFan(s.challenge.ID, f.ID)
		if err == nil {
			told, err = tx.CreateRepost(partner.Repost{
				Campaign: s.challenge.Campaign, Challenge: s.challenge.ID, Entry: entries[0].ID, Partner: "wuhan", Outlet: partner.Weibo, Grant: 1,
			}, entries[0].Number, "post")
		}
		return err
	})
	s.erase(f.ID)
	told.Grant = 0
	same(t, "reposts of the erased entry", of(told.Entry), []partner.Repost{told})
	same(t, "reposts of another", of(other.Entry), []partner.Repost{other})
}

func erasedElsewhere(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, _ := s.person()
	err := s.store.UpdateIn(t.Context(), "ch_other", func(tx *store.Tx) error {
		_, err := tx.EraseIn(s.challenge.ID, f.ID, tx.Now())
		return err
	})
	if err == nil {
		t.Error("it was erased beside the challenge's lane")
	}
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeIdentity("f_none", tx.Now()); return err })
}

// departed asks whether somebody is known to have left.
func (s *stage) departed(issuer, subject string) (departed bool) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		departed, err = tx.Departed(s.challenge.ID, issuer, subject)
		return err
	})
	return departed
}

func departedKnown(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, _ := s.person()
	equal(t, "before", s.departed("site:s_1", secret), false)
	s.erase(f.ID)
	equal(t, "by the site's name", s.departed("site:s_1", secret), true)
	equal(t, "by the mailbox", s.departed(store.MailboxIssuer, "mailbox of "+secret), true)
	equal(t, "of another site", s.departed("site:s_2", secret), false)
	s.update(func(tx *store.Tx) error { return tx.ForgetDepartures(s.challenge.ID) })
	equal(t, "when the challenge is over", s.departed("site:s_1", secret), false)
}

func departedUnknown(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	guest := s.fan("guest")
	e := s.entry(s.fan("other"), contest.Published)
	s.update(func(tx *store.Tx) error {
		voter, err := tx.VoterFor(s.challenge.ID, guest.ID)
		if err != nil {
			return err
		}
		_, err = Cast(tx, contest.Ballot{Challenge: s.challenge.ID, Entry: e.ID, Fan: guest.ID, Voter: voter, Class: contest.GuestVoter}, today)
		return err
	})
	var silent contest.Fan
	s.update(func(tx *store.Tx) (err error) {
		silent, err = tx.FanFor("site:s_1", "silent", "")
		return err
	})
	s.erase(guest.ID)
	s.erase(silent.ID)
	equal(t, "the guest", s.departed("guest", "guest"), false)
	equal(t, "the silent one", s.departed("site:s_1", "silent"), false)
}

func personsListed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, _ := s.person()
	guest, other := s.fan("guest"), s.entry(s.fan("other"), contest.Published)
	s.update(func(tx *store.Tx) error {
		voter, err := tx.VoterFor(s.challenge.ID, guest.ID)
		if err == nil {
			_, err = Cast(tx, contest.Ballot{Challenge: s.challenge.ID, Entry: other.ID, Fan: guest.ID, Voter: voter}, today)
		}
		if err != nil {
			return err
		}
		return tx.Become(s.challenge.ID, guest.ID, f.ID)
	})
	s.view(func(tx *store.Tx) error {
		persons, err := tx.Persons(f.ID)
		same(t, "persons", persons, []contest.FanID{f.ID, guest.ID})
		kept, keptErr := tx.Holdings(f.ID)
		equal(t, "votes", kept.Votes, 2)
		if err == nil {
			err = keptErr
		}
		return err
	})
}

func erasuresRemembered(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	one, two := s.fan("one"), s.fan("two")
	s.erase(one.ID)
	s.erase(one.ID)
	s.view(func(tx *store.Tx) error {
		known, err := tx.Erasures()
		same(t, "erasures", known, map[string]bool{"hash of " + string(one.ID): true})
		if err != nil {
			return err
		}
		left, err := tx.FansAfter("", 10)
		same(t, "fans", left, []contest.FanID{two.ID})
		return err
	})
}

func holdingsCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	f, _ := s.person()
	s.view(func(tx *store.Tx) error {
		kept, err := tx.Holdings(f.ID)
		same(t, "kept", []any{kept.Fan.Name, kept.Entries, kept.Votes, kept.Binding}, []any{secret, 1, 1, []contest.ChallengeID{s.challenge.ID}})
		return err
	})
	s.erase(f.ID)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Holdings(f.ID); return err })
}
