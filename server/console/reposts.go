package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// repostRoutes are those of marketers who see what all partners posted.
func (c *Console) repostRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/reposts", c.reposts)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reposts/{repost}/gone", c.campaignGone)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reposts/{repost}/reach", c.campaignReach)
}

func repostsPath(id contest.CampaignID) string { return campaignPath(id) + "/reposts" }

// repostTotal is what posts come to.
type repostTotal = store.RepostSum

// repostList is a page of reposts, in words.
type repostList struct {
	Base  string // the address of the page, below which a repost's acts are
	Due   []repostLine
	Lines []repostLine
	More  string
}

// repostLine is a repost in a list, in words.
type repostLine struct {
	ID            partner.RepostID
	Entry         contest.EntryID // empty where it may be shown no more
	Number        contest.EntryNumber
	Thumb         page.Picture
	Author        string
	Partner       string // empty on the partner's own page
	Outlet        partner.Outlet
	Address, Host string
	At            page.Moment
	Asked         page.Moment // to take it down; empty while the partner has not been told
	HasAsked      bool
	Refusal       partner.Refusal
	Gone          bool
	GoneAt        page.Moment
	Reach         int64
	HasReach      bool
	Clicks        int64
	Orders        int64
	GMV           string
	Shared        bool
}

// repostList reads the page of reposts that the address asks for.
func (c *Console) repostList(r *http.Request, p kpi.Plan, f store.RepostFilter) (l repostList, err error) {
	q := r.URL.Query()
	found, err := c.Partners.Reposts(r.Context(), f, partner.RepostID(q.Get("after")))
	if err != nil {
		return l, err
	}
	words := c.drawer.Context(r)
	for _, line := range found.Due {
		l.Due = append(l.Due, c.repostLine(words, p, f, line))
	}
	for _, line := range found.Lines {
		l.Lines = append(l.Lines, c.repostLine(words, p, f, line))
	}
	if found.Next != "" {
		q.Set("after", string(found.Next))
		l.More = r.URL.Path + "?" + q.Encode()
	}
	return l, nil
}

func (c *Console) repostLine(words *page.Context, p kpi.Plan, f store.RepostFilter, r partners.Line) repostLine {
	zone := p.Location()
	l := repostLine{
		ID: r.ID, Entry: r.Entry.ID, Number: r.Number, Author: r.Entry.Author, Outlet: r.Outlet, Address: r.Address, At: words.Moment(r.At, c.now(), zone),
		Asked: words.Moment(r.TakedownAsked, c.now(), zone), HasAsked: !r.TakedownAsked.IsZero(), Refusal: r.Refusal, Gone: !r.TakenDown.IsZero(),
		GoneAt: words.Moment(r.TakenDown, c.now(), zone), Reach: r.Reach, HasReach: !r.ReachAt.IsZero(), Clicks: r.Clicks, Orders: r.Orders,
		GMV: money(words, r.GMV, p.Currency), Shared: r.Shared,
	}
	if r.Entry.ID != "" {
		l.Thumb = words.Square(r.Entry.Photo, words.Alt(r.Entry.Caption, r.Entry.Author))
	}
	if u, err := url.Parse(r.Address); err == nil {
		l.Host = u.Host
	}
	if f.Partner == "" {
		l.Partner = optionText(partnerOptions(words, p), string(r.Repost.Partner))
	}
	return l
}

type repostsView struct {
	campaignFrame
	repostList
	Filter   url.Values
	Narrowed bool
	Partners []repostPartner
	Outlets  []partner.Outlet
	All      repostSums
}

// repostPartner is what a partner's posts come to, in words.
type repostPartner struct {
	Path, Name string
	Due        int64
	repostSums
}

// reposts shows marketers what all partners posted and what it brought.
func (c *Console) reposts(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "reposts")
	if err != nil {
		return err
	}
	words, plan, q := c.drawer.Context(r), around.Campaign.Plan.Plan, r.URL.Query()
	v := repostsView{campaignFrame: around, Filter: q, Outlets: partner.Outlets}
	if err := c.sumReposts(r, words, plan, &v); err != nil {
		return err
	}
	span := orderFilter(around.Campaign.ID, q) // orders are narrowed to a time by the same words
	f := store.RepostFilter{Campaign: around.Campaign.ID, Partner: kpi.PartnerID(q.Get("partner")), Outlet: partner.Outlet(q.Get("channel")), From: span.From, To: span.To}
	v.Narrowed = f != store.RepostFilter{Campaign: f.Campaign}
	if v.repostList, err = c.repostList(r, plan, f); err != nil {
		return err
	}
	v.Base = repostsPath(around.Campaign.ID)
	return c.draw(w, r, http.StatusOK, "reposts", words.T("campaign.place.reposts"), v)
}

func (c *Console) sumReposts(r *http.Request, words *page.Context, plan kpi.Plan, v *repostsView) error {
	sums, err := c.Partners.Sums(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	var all repostTotal
	for _, s := range sums {
		v.Partners = append(v.Partners, repostPartner{
			withParam(repostsPath(v.Campaign.ID), "partner", string(s.Partner)), words.Text(s.Name), s.Due, sumsOf(words, plan.Currency, s.RepostSum),
		})
		all.Reposts, all.Reach, all.Clicks, all.Orders, all.GMV = all.Reposts+s.Reposts, all.Reach+s.Reach, all.Clicks+s.Clicks, all.Orders+s.Orders, all.GMV+s.GMV
	}
	v.All = sumsOf(words, plan.Currency, all)
	return nil
}

func (c *Console) campaignGone(w http.ResponseWriter, r *http.Request) error {
	id := contest.CampaignID(r.PathValue("id"))
	return c.setGone(w, r, id, repostsPath(id))
}

func (c *Console) campaignReach(w http.ResponseWriter, r *http.Request) error {
	id := contest.CampaignID(r.PathValue("id"))
	return c.setReach(w, r, id, repostsPath(id))
}

// setGone notes that a post was taken down, or that it was not.
func (c *Console) setGone(w http.ResponseWriter, r *http.Request, campaign contest.CampaignID, back string) error {
	gone, err := either(r, "gone", "back")
	if err != nil {
		return err
	}
	if err := c.Partners.SetGone(r.Context(), me(r), campaign, partner.RepostID(r.PathValue("repost")), gone); err != nil {
		return err
	}
	return c.see(w, r, back+"?done="+map[bool]string{true: "post_gone", false: "post_back"}[gone])
}

// setReach takes how many people a post reached.
func (c *Console) setReach(w http.ResponseWriter, r *http.Request, campaign contest.CampaignID, back string) error {
	if err := parse(r); err != nil {
		return err
	}
	err := c.Partners.SetReach(r.Context(), me(r), campaign, partner.RepostID(r.PathValue("repost")), r.PostForm.Get("reach"))
	if _, wrong := errors.AsType[*partners.FieldError](err); wrong {
		return c.see(w, r, back+"?done=reach_wrong#"+r.PathValue("repost"))
	}
	if err != nil {
		return err
	}
	return c.see(w, r, back+"?done=reach_saved#"+r.PathValue("repost"))
}
