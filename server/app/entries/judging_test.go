package entries

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// put enters a photo that was rendered, and leaves it in a status.
func (p *place) put(fan contest.Fan, status contest.Status, flags ...contest.Flag) (e contest.Entry) {
	p.Helper()
	p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{
			Challenge: p.challenge.ID, Fan: fan.ID, Author: fan.Name, Caption: "江汉关的灯", City: "chongqing", Status: contest.Processing,
			SHA256: store.NewID(""),
		})
		if err != nil || status == contest.Processing {
			return err
		}
		e, err = tx.SetPhoto(e.ID, contest.Photo{Renditions: []contest.Rendition{{Name: "480"}}}, flags, status, "")
		return err
	}))
	return e
}

func (p *place) other(name string) (fan contest.Fan) {
	p.Helper()
	p.must(p.store.Update(p.Context(), func(tx *store.Tx) (err error) {
		fan, err = tx.FanFor("guest", name, name)
		return err
	}))
	return fan
}

func (p *place) session(fan contest.Fan) access.Session {
	return access.Session{Fan: fan, Challenge: p.challenge.ID}
}

// is holds that an entry has a status and a reason.
func (p *place) is(id contest.EntryID, status contest.Status, reason contest.Reason) contest.Entry {
	p.Helper()
	e, err := p.Entry(p.Context(), id)
	p.must(err)
	if e.Status != status || e.Reason != reason {
		p.Errorf("entry %s is %s %q, want %s %q", id, e.Status, e.Reason, status, reason)
	}
	return e
}

func (p *place) act(to contest.Status, reason contest.Reason, ids ...contest.EntryID) Batch {
	p.Helper()
	batch, err := p.Act(p.Context(), "st_1", ids, to, reason, "note")
	p.must(err)
	return batch
}

// expectReason holds that something was refused for a reason.
func (p *place) expectReason(err error, want contest.Reason) {
	p.Helper()
	if refusal, ok := errors.AsType[*contest.Refusal](err); !ok || refusal.Reason != want {
		p.Errorf("got %v, want it refused as %s", err, want)
	}
}

func TestABatchIsUndoneWhereNothingWasDecidedSince(t *testing.T) {
	in(t, func(p *place) {
		first, second, third := p.put(p.fan, contest.Pending), p.put(p.fan, contest.Published), p.put(p.fan, contest.Pending)
		batch := p.act(contest.Rejected, contest.OffTopic, first.ID, second.ID, third.ID)
		if len(batch.Done) != 3 || batch.Skipped != 0 {
			p.Fatalf("got %+v", batch)
		}
		p.is(second.ID, contest.Rejected, contest.OffTopic)
		p.act(contest.Published, "", third.ID)
		undone, err := p.Undo(p.Context(), "st_2", batch.ID)
		p.must(err)
		if len(undone.Done) != 2 {
			p.Errorf("undone %v, want the first two", undone.Done)
		}
		p.is(first.ID, contest.Pending, "")
		p.is(second.ID, contest.Published, "")
		p.is(third.ID, contest.Published, "")
		if left, err := p.Undoable(p.Context(), batch.ID); err != nil || len(left) != 0 {
			p.Errorf("undoable again: %v, %v", left, err)
		}
		redone, err := p.Undo(p.Context(), "st_2", undone.ID)
		p.must(err)
		if e := p.is(first.ID, contest.Rejected, contest.OffTopic); e.Note != "note" || len(redone.Done) != 2 {
			p.Errorf("redone %v with note %q", redone.Done, e.Note)
		}
		decisions, err := p.Decisions(p.Context(), first.ID)
		p.must(err)
		var way []contest.Status
		for _, d := range decisions {
			way = append(way, d.To)
		}
		if want := []contest.Status{contest.Rejected, contest.Pending, contest.Rejected}; !slices.Equal(way, want) {
			p.Errorf("the entry's way is %v, want %v", way, want)
		}
	})
}

func TestAnActSkipsWhatItCannotMove(t *testing.T) {
	in(t, func(p *place) {
		waiting := p.put(p.fan, contest.Pending)
		held := p.put(p.fan, contest.Published)
		_, err := p.Takedown(p.Context(), held.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
		p.must(err)
		ids := []contest.EntryID{waiting.ID, p.put(p.fan, contest.Processing).ID, p.put(p.fan, contest.Withdrawn).ID, held.ID, "e_none"}
		batch := p.act(contest.Published, "", ids...)
		if !slices.Equal(batch.Done, ids[:1]) || batch.Skipped != 4 {
			p.Errorf("got %+v, want one done and four skipped", batch)
		}
		for _, c := range []struct {
			to     contest.Status
			reason contest.Reason
		}{{contest.Rejected, ""}, {contest.Rejected, contest.Unreadable}, {contest.Withdrawn, ""}, {contest.Processing, ""}} {
			if _, err := p.Act(p.Context(), "st_1", ids, c.to, c.reason, ""); !errors.Is(err, ErrReportReason) {
				p.Errorf("to %s with reason %q: got %v, want it refused", c.to, c.reason, err)
			}
		}
	})
}

func TestARejectionAnswersTheReports(t *testing.T) {
	in(t, func(p *place) {
		e := p.put(p.fan, contest.Published)
		viewer := p.session(p.other("b"))
		p.must(p.Report(p.Context(), &viewer, e.ID, "offensive", ""))
		p.act(contest.Rejected, contest.Offensive, e.ID)
		if w, err := p.Waiting(p.Context()); err != nil || w != (Waiting{}) {
			p.Errorf("waiting: %+v, %v", w, err)
		}
	})
}

func TestASkippedEntryKeepsItsReports(t *testing.T) {
	in(t, func(p *place) {
		e := p.put(p.fan, contest.Published)
		viewer := p.session(p.other("b"))
		p.must(p.Report(p.Context(), &viewer, e.ID, "offensive", ""))
		p.must(p.Withdraw(p.Context(), p.session(p.fan), e.ID))
		if batch := p.act(contest.Rejected, contest.Offensive, e.ID); batch.Skipped != 1 {
			p.Fatalf("got %+v, want the entry skipped", batch)
		}
		if w, err := p.Waiting(p.Context()); err != nil || w.Reports != 1 {
			p.Errorf("waiting: %+v, %v, want the report", w, err)
		}
	})
}

func TestATakedownHidesThePhotoUntilItIsDecided(t *testing.T) {
	in(t, func(p *place) {
		e := p.put(p.fan, contest.Published)
		by, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Name: " 王  芳 ", Contact: "wang@example.org", Statement: "照片里是我\x00"})
		p.must(err)
		if want := time.Now().Add(72 * time.Hour); !by.Equal(want) {
			p.Errorf("decided by %v, want %v", by, want)
		}
		if p.is(e.ID, contest.Pending, "").PhotoServed() {
			p.Error("the photo is still served")
		}
		if _, waiting, err := p.Queue(p.Context(), 10); err != nil || waiting != 0 {
			p.Errorf("in the queue: %d, %v, want it among the takedowns alone", waiting, err)
		}
		time.Sleep(time.Hour)
		again, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "还是我啊喂"})
		if err != nil || !again.Equal(by) {
			p.Errorf("asked twice: %v, %v, want %v", again, err, by)
		}
		open, err := p.Takedowns(p.Context(), 10)
		p.must(err)
		if len(open) != 1 || open[0].Name != "王 芳" || open[0].Statement != "照片里是我" || open[0].Item.Entry.ID != e.ID {
			p.Fatalf("got %+v", open)
		}
		batch, err := p.DecideTakedown(p.Context(), "st_1", open[0].ID, false)
		p.must(err)
		if e := p.is(e.ID, contest.Published, ""); !e.PhotoServed() || len(e.Flags) != 0 || len(batch.Done) != 1 {
			p.Errorf("after an unfounded one: %+v, %v", e, batch)
		}
		if _, err := p.DecideTakedown(p.Context(), "st_1", open[0].ID, true); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("decided twice: %v", err)
		}
	})
}

func TestASecondTakedownOfAPhotoWaitsForModeratorsInPublic(t *testing.T) {
	in(t, func(p *place) {
		e := p.put(p.fan, contest.Published)
		decide := func(remove bool) TakedownItem {
			open, err := p.Takedowns(p.Context(), 10)
			p.must(err)
			_, err = p.DecideTakedown(p.Context(), "st_1", open[0].ID, remove)
			p.must(err)
			return open[0]
		}
		for range 2 {
			_, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
			p.must(err)
			decide(false)
		}
		_, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
		p.must(err)
		if !p.is(e.ID, contest.Published, "").PhotoServed() {
			p.Error("the photo was hidden again")
		}
		if of := decide(true); of.Unfounded != 2 || of.Hid {
			p.Errorf("got %+v", of)
		}
		p.is(e.ID, contest.Rejected, contest.PersonShown)
	})
}

func TestAnUndoneTakedownWaitsForItsDecisionAgain(t *testing.T) {
	in(t, func(p *place) {
		for _, remove := range []bool{true, false} {
			e := p.put(p.fan, contest.Published)
			_, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
			p.must(err)
			asked, err := p.Takedowns(p.Context(), 1)
			p.must(err)
			batch, err := p.DecideTakedown(p.Context(), "st_1", asked[0].ID, remove)
			p.must(err)
			time.Sleep(time.Second)
			_, err = p.Undo(p.Context(), "st_2", batch.ID)
			p.must(err)
			if after := p.is(e.ID, contest.Pending, ""); after.PhotoServed() || len(after.Flags) != 1 {
				p.Errorf("removed %v and undone: served %v, flags %v, want it hidden again", remove, after.PhotoServed(), after.Flags)
			}
			open, err := p.Takedowns(p.Context(), 10)
			if err != nil || len(open) != 1 || open[0].Takedown != asked[0].Takedown {
				p.Fatalf("waiting: %+v, %v, want the request as it was", open, err)
			}
			_, err = p.DecideTakedown(p.Context(), "st_2", asked[0].ID, !remove)
			p.must(err)
		}
	})
}

func TestAnUndoneRejectionLeavesEarlierTakedownsDecided(t *testing.T) {
	in(t, func(p *place) {
		e := p.put(p.fan, contest.Published)
		_, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
		p.must(err)
		asked, err := p.Takedowns(p.Context(), 1)
		p.must(err)
		_, err = p.DecideTakedown(p.Context(), "st_1", asked[0].ID, false)
		p.must(err)
		time.Sleep(time.Second)
		_, err = p.Undo(p.Context(), "st_1", p.act(contest.Rejected, contest.OffTopic, e.ID).ID)
		p.must(err)
		if !p.is(e.ID, contest.Published, "").PhotoServed() {
			p.Error("an answered takedown hides the photo again")
		}
	})
}

func TestAFloodOfTakedownsHidesOnlySomePhotos(t *testing.T) {
	in(t, func(p *place) {
		const all = 52
		var entries []contest.Entry
		for range all {
			entries = append(entries, p.put(p.fan, contest.Published))
		}
		hidden := 0
		for _, e := range entries {
			_, err := p.Takedown(p.Context(), e.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
			p.must(err)
			if after, err := p.Entry(p.Context(), e.ID); err != nil || after.Status != contest.Published {
				hidden++
			}
		}
		w, err := p.Waiting(p.Context())
		p.must(err)
		if hidden != contest.HiddenAtOnce(all) || w.Takedowns != all || w.Overdue != 0 {
			p.Errorf("hidden %d, waiting %+v", hidden, w)
		}
		time.Sleep(contest.TakedownTime + time.Millisecond)
		if w, err = p.Waiting(p.Context()); err != nil || w.Overdue != all {
			p.Errorf("after three days: %+v, %v", w, err)
		}
	})
}

func TestTakedownsOfWhatNobodySeesAreRefused(t *testing.T) {
	in(t, func(p *place) {
		for _, status := range []contest.Status{contest.Processing, contest.Pending, contest.Rejected, contest.Withdrawn} {
			if _, err := p.Takedown(p.Context(), p.put(p.fan, status).ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"}); !errors.Is(err, store.ErrNotFound) {
				p.Errorf("a %s entry: got %v, want not found", status, err)
			}
		}
		_, err := p.Takedown(p.Context(), p.put(p.fan, contest.Published).ID, contest.Takedown{Contact: "x", Statement: "照片里是我"})
		p.expectReason(err, contest.ContactMissing)
	})
}

func TestAWithdrawalClosesWhatWaitedAboutTheEntry(t *testing.T) {
	in(t, func(p *place) {
		hidden, rejected := p.put(p.fan, contest.Published), p.put(p.fan, contest.Rejected)
		_, err := p.Takedown(p.Context(), hidden.ID, contest.Takedown{Contact: "13800138000", Statement: "照片里是我"})
		p.must(err)
		p.must(p.Appeal(p.Context(), p.session(p.fan), rejected.ID, "是我拍的"))
		for _, id := range []contest.EntryID{hidden.ID, rejected.ID} {
			p.must(p.Withdraw(p.Context(), p.session(p.fan), id))
			p.is(id, contest.Withdrawn, "")
		}
		if w, err := p.Waiting(p.Context()); err != nil || w != (Waiting{}) {
			p.Errorf("waiting: %+v, %v", w, err)
		}
	})
}

func TestARejectionIsAppealedAgainstOnce(t *testing.T) {
	in(t, func(p *place) {
		for _, upheld := range []bool{true, false} {
			e := p.put(p.fan, contest.Pending)
			fan := p.session(p.fan)
			p.expectReason(p.Appeal(p.Context(), fan, e.ID, "是我拍的"), contest.AppealNotOpen)
			p.act(contest.Rejected, contest.RightsDoubt, e.ID)
			p.expectReason(p.Appeal(p.Context(), fan, e.ID, " \n "), contest.AppealMissing)
			if err := p.Appeal(p.Context(), p.session(p.other("b")), e.ID, "是我拍的"); !errors.Is(err, store.ErrNotFound) {
				p.Errorf("by another fan: got %v, want not found", err)
			}
			p.must(p.Appeal(p.Context(), fan, e.ID, "是我拍的"))
			p.expectReason(p.Appeal(p.Context(), fan, e.ID, "真的"), contest.AppealNotOpen)
			open, err := p.Appeals(p.Context(), 10)
			p.must(err)
			if len(open) != 1 || open[0].Item.Entry.ID != e.ID || open[0].Text != "是我拍的" || open[0].Fan.ID != p.fan.ID {
				p.Fatalf("got %+v", open)
			}
			p.must(p.DecideAppeal(p.Context(), "st_1", open[0].ID, upheld, "看过了"))
			want, reason := contest.Rejected, contest.RightsDoubt
			if upheld {
				want, reason = contest.Published, ""
			}
			if e := p.is(e.ID, want, reason); e.Note != "看过了" || len(e.Flags) != 0 || e.MayAppeal() {
				p.Errorf("upheld %v: note %q, flags %v", upheld, e.Note, e.Flags)
			}
			if err := p.DecideAppeal(p.Context(), "st_1", open[0].ID, !upheld, ""); !errors.Is(err, store.ErrNotFound) {
				p.Errorf("decided twice: %v", err)
			}
		}
	})
}

func TestABannedFanAppealsOnceAndIsLifted(t *testing.T) {
	in(t, func(p *place) {
		fan := p.session(p.fan)
		spam := contest.Ban{Challenge: p.challenge.ID, Fan: p.fan.ID, Reason: contest.Spam, Note: "够了", Staff: "st_1"}
		if err := p.Ban(p.Context(), contest.Ban{Challenge: p.challenge.ID, Fan: p.fan.ID, Reason: contest.OffTopic}, false); !errors.Is(err, ErrReportReason) {
			p.Errorf("for a reason not listed: %v", err)
		}
		p.expectReason(p.Appeal(p.Context(), fan, "", "为什么"), contest.AppealNotOpen)
		for range 2 {
			p.must(p.Ban(p.Context(), spam, false))
		}
		bans, err := p.Bans(p.Context(), p.challenge.ID)
		if err != nil || len(bans) != 1 || bans[0].Name != "Ann" {
			p.Fatalf("got %+v, %v", bans, err)
		}
		p.must(p.Appeal(p.Context(), fan, "", "不是我"))
		p.expectReason(p.Appeal(p.Context(), fan, "", "真的"), contest.AppealNotOpen)
		open, err := p.Appeals(p.Context(), 10)
		if err != nil || len(open) != 1 || open[0].Ban.ID != bans[0].ID || open[0].Item != nil {
			p.Fatalf("got %+v, %v", open, err)
		}
		p.must(p.DecideAppeal(p.Context(), "st_1", open[0].ID, true, ""))
		if err := p.Lift(p.Context(), "st_1", p.challenge.ID, p.fan.ID); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("lifted twice: %v", err)
		}
		p.must(p.Ban(p.Context(), spam, false))
		p.must(p.Appeal(p.Context(), fan, "", "又怎么了")) // another ban is another appeal
		open, err = p.Appeals(p.Context(), 10)
		p.must(err)
		p.must(p.DecideAppeal(p.Context(), "st_1", open[0].ID, false, "证据确凿"))
		if bans, err := p.Bans(p.Context(), p.challenge.ID); err != nil || len(bans) != 1 || bans[0].Note != "证据确凿" {
			p.Errorf("got %+v, %v", bans, err)
		}
	})
}

func TestABannedFanDoesNotReport(t *testing.T) {
	in(t, func(p *place) {
		viewer := p.session(p.other("b"))
		viewer.Ban = &contest.Ban{}
		p.expectReason(p.Report(p.Context(), &viewer, p.put(p.fan, contest.Published).ID, "other", ""), contest.Banned)
	})
}

func TestWordListsAreKeptAsStaffLeftThem(t *testing.T) {
	in(t, func(p *place) {
		w, err := p.Words(p.Context())
		if err != nil || len(w.Find("想要原图加微信")) == 0 {
			p.Errorf("at the start: %d and %d words, %v", len(w.ZH), len(w.EN), err)
		}
		p.must(p.SaveWords(p.Context(), contest.WordLists{ZH: []string{" 夜景 ", ""}}))
		w, err = p.Words(p.Context())
		if err != nil || fmt.Sprint(w) != "{[夜景] []}" {
			p.Errorf("got %v, %v", w, err)
		}
	})
}

func TestOriginalsAreAskedOfEntriesInTheRace(t *testing.T) {
	in(t, func(p *place) {
		shown, rejected := p.put(p.fan, contest.Published), p.put(p.fan, contest.Rejected)
		batch, err := p.AskOriginals(p.Context(), []contest.EntryID{shown.ID, rejected.ID}, true)
		if err != nil || len(batch.Done) != 1 || batch.Skipped != 1 {
			p.Errorf("got %+v, %v", batch, err)
		}
		if p.is(shown.ID, contest.Published, "").OriginalAsked.IsZero() {
			p.Error("the fan is not asked")
		}
	})
}
