package partners

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/news"
	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/standing/standingtest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a challenge with two partners, and an entry for one of them that its fan lets be reposted on Weibo and X.
type desk struct {
	*testing.T
	*Service
	store *store.Store
	entry contest.Entry
	me    access.Staff // who works for that partner
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, store: storetest.OpenSQLite(t, func([]contest.Change) {}), me: access.Staff{ID: "st_1", Role: access.Partner, Partner: "wuhan"}}
	queue := storetest.Queue(d.store, nil)
	n := news.New(queue)
	n.Pass("test", func(context.Context, news.Item) error { return nil }) // the queue never runs, so that they stay
	boards := standingtest.Open(t, standingtest.Nothing{})
	d.Service = New(d.store, results.New(d.store, campaigns.New(d.store, "https://photos.example.org"), boards, n), boards, n, "photos.example.org")
	d.must(d.store.Update(t.Context(), d.launch))
	d.enter()
	d.grant(partner.Weibo, partner.X)
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) launch(tx *store.Tx) error {
	campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{EN: "Night"}})
	if err != nil {
		return err
	}
	draft := storetest.Draft(campaign.ID, "night", tx.Now())
	draft.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{EN: "Wuhan"}}, {ID: "beijing", Name: contest.Text{EN: "Beijing"}}}
	c, err := tx.CreateChallenge(draft)
	if err != nil {
		return err
	}
	c.LaunchedAt, c.RulesHash = tx.Now(), c.Hash()
	d.entry.Challenge, d.me.Campaign = c.ID, campaign.ID
	return tx.SaveChallenge(c)
}

func (d *desk) enter() {
	d.Helper()
	d.must(d.store.UpdateIn(d.Context(), d.entry.Challenge, func(tx *store.Tx) error {
		fan, err := tx.FanFor("guest", "a", "林晓")
		if err != nil {
			return err
		}
		e, err := tx.InsertEntry(contest.Entry{Challenge: d.entry.Challenge, Fan: fan.ID, Author: "林晓", Partner: "wuhan", Status: contest.Processing})
		if err == nil {
			d.entry, err = tx.SetPhoto(e.ID, contest.Photo{Width: 3, Height: 2}, nil, contest.Published, "")
		}
		return err
	}))
}

// grant has the fan allow reposts on these outlets alone.
func (d *desk) grant(outlets ...partner.Outlet) {
	d.Helper()
	d.must(d.store.UpdateIn(d.Context(), d.entry.Challenge, func(tx *store.Tx) error {
		g := partner.Grant{Challenge: d.entry.Challenge, Entry: d.entry.ID, Outlets: outlets}
		if len(outlets) > 0 {
			g.Until = tx.Now().Add(time.Hour)
		}
		_, err := tx.SaveGrant(g)
		return err
	}))
}

func (d *desk) post(address string) (partner.Repost, error) {
	return d.Tell(d.Context(), Told{Campaign: d.me.Campaign, Partner: d.me.Partner, Entry: d.entry.ID, Pasted: address, Staff: d.me.ID})
}

// jobs counts what the tellers will be told of.
func (d *desk) jobs() (n int64) {
	d.Helper()
	d.must(d.store.View(d.Context(), func(tx *store.Tx) (err error) {
		n, err = tx.CountRows(store.Table{Name: "jobs"})
		return err
	}))
	return n
}

func (d *desk) repost(id partner.RepostID) Line {
	d.Helper()
	l, err := d.Repost(d.Context(), id)
	d.must(err)
	return l
}

func (d *desk) heed(kind news.Kind) {
	d.Helper()
	d.must(d.Heed(d.Context(), news.Item{Kind: kind, Entry: d.entry.ID}))
}

const weibo = "https://weibo.com/1699432410/OaBcD12"

func TestAPostIsKeptWithALinkOfItsOwnAndToldOf(t *testing.T) {
	d := open(t)
	before := d.jobs()
	r, err := d.post("看看这张 " + weibo + " ，太美了")
	d.must(err)
	if r.Outlet != partner.Weibo || r.Address != weibo || r.Link == "" || r.Grant != 1 {
		t.Errorf("kept as %+v", r)
	}
	if told := d.jobs() - before; told != 1 {
		t.Errorf("told of %d things, want 1", told)
	}
	other, err := d.post("https://weibo.com/1699432410/Another1")
	d.must(err)
	if other.Link != r.Link {
		t.Errorf("two posts of an entry on one outlet have the links %s and %s, want one", r.Link, other.Link)
	}
	if l := d.repost(r.ID); l.Due() || l.Entry.ID != d.entry.ID {
		t.Errorf("a post that may stay: %+v", l)
	}
}

func TestAPostThatCannotBeTakenSaysWhy(t *testing.T) {
	d := open(t)
	_, err := d.post(weibo)
	d.must(err)
	for address, want := range map[string]string{
		weibo + "?from=page": "taken", "": "required", "发好了": "no_post", "https://photos.example.org/e/e_1": "own", "https://photos.example.org/t/abc": "own",
	} {
		_, err := d.post(address)
		if wrong, ok := errors.AsType[*FieldError](err); !ok || wrong.Code != want {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
	_, err = d.post("https://v.douyin.com/iAbC12/")
	if refused, ok := errors.AsType[*RightsError](err); !ok || refused.Refusal != partner.NotHere || !slices.Equal(refused.Allowed, []partner.Outlet{partner.Weibo, partner.X}) {
		t.Errorf("on an outlet that the fan does not allow: %v", err)
	}
	d.grant()
	_, err = d.post("https://x.com/wuhan/status/1")
	if refused, ok := errors.AsType[*RightsError](err); !ok || refused.Refusal != partner.TakenBack {
		t.Errorf("after the fan took it back: %v", err)
	}
}

func TestAPostToldOfTwiceUnderOneKeyIsThereOnce(t *testing.T) {
	d := open(t)
	told := Told{
		Campaign: d.me.Campaign, Partner: "wuhan", Entry: d.entry.ID, Pasted: weibo, Reach: 900, Staff: "st_1", Scope: "reposts/key", IdempotencyKey: "1",
	}
	first, err := d.Tell(t.Context(), told)
	d.must(err)
	again, err := d.Tell(t.Context(), told)
	d.must(err)
	if first.ID != again.ID || d.repost(first.ID).Reach != 900 {
		t.Errorf("%s and %s, reach %d", first.ID, again.ID, d.repost(first.ID).Reach)
	}
	told.Reach = 901
	if _, err := d.Tell(t.Context(), told); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("the same key for something else: %v", err)
	}
}

func TestAPartnerReachesNothingOfAnother(t *testing.T) {
	d := open(t)
	r, err := d.post(weibo)
	d.must(err)
	other := d.me
	other.Partner = "beijing"
	_, errOpen := d.Open(t.Context(), other, d.entry.ID)
	_, errTell := d.Tell(t.Context(), Told{Campaign: d.me.Campaign, Partner: "beijing", Entry: d.entry.ID, Pasted: "https://x.com/b/status/1"})
	nobody := access.Staff{Role: access.Partner, Campaign: d.me.Campaign}
	_, errNobody := d.Desk(t.Context(), nobody)
	for name, err := range map[string]error{
		"open an entry": errOpen, "tell of it": errTell, "the desk of nobody": errNobody,
		"take a post down": d.SetGone(t.Context(), other, d.me.Campaign, r.ID, true), "set its reach": d.SetReach(t.Context(), other, d.me.Campaign, r.ID, "5"),
		"in another campaign": d.SetGone(t.Context(), access.Staff{Role: access.Marketer}, "cp_other", r.ID, true),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func TestTheDeskShowsWhatTheFanAllowsAtThisMoment(t *testing.T) {
	d := open(t)
	shown := func() (n int) {
		t.Helper()
		desk, err := d.Desk(t.Context(), d.me)
		d.must(err)
		return len(desk.Newest)
	}
	if n := shown(); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
	d.grant()
	if n := shown(); n != 0 {
		t.Errorf("%d entries after the fan took it back, want none", n)
	}
}

func TestPostsOfWhatMayBeShownNoMoreAreAskedToGoOnce(t *testing.T) {
	d := open(t)
	r, err := d.post(weibo)
	d.must(err)
	d.grant(partner.X)
	if l := d.repost(r.ID); l.Refusal != partner.NotHere || !l.TakedownAsked.IsZero() {
		t.Errorf("before anybody was told: %+v", l)
	}
	before := d.jobs()
	d.heed(news.RightsChanged)
	d.heed(news.RightsChanged)
	if told := d.jobs() - before; told != 1 {
		t.Errorf("asked %d times, want once", told)
	}
	list, err := d.Reposts(t.Context(), store.RepostFilter{Campaign: d.me.Campaign}, "")
	d.must(err)
	if len(list.Due) != 1 || len(list.Lines) != 0 || list.Due[0].TakedownAsked.IsZero() {
		t.Errorf("the list: %+v", list)
	}
	d.grant(partner.Weibo)
	d.heed(news.RightsChanged)
	if l := d.repost(r.ID); l.Due() || !l.TakedownAsked.IsZero() {
		t.Errorf("allowed again, and still to go: %+v", l)
	}
}

func TestAPostThatIsGoneIsAskedForNoMore(t *testing.T) {
	d := open(t)
	r, err := d.post(weibo)
	d.must(err)
	d.grant()
	d.must(d.SetGone(t.Context(), d.me, d.me.Campaign, r.ID, true))
	before := d.jobs()
	d.heed(news.EntryWithdrawn)
	if l := d.repost(r.ID); l.Due() || l.TakenDown.IsZero() || d.jobs() != before {
		t.Errorf("asked for though it is gone: %+v", l)
	}
	d.must(d.SetGone(t.Context(), d.me, d.me.Campaign, r.ID, false))
	if l := d.repost(r.ID); !l.Due() {
		t.Errorf("not due though it is back: %+v", l)
	}
}
