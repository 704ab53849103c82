package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/partner"
	"fanfare/server/store"
)

type postView struct {
	frame
	Form    form
	Invalid []string
	Card    deskCard
	Posts   []postLine
}

// postLine is a post that was told of, in words.
type postLine struct {
	Outlet  partner.Outlet
	Address string
	At      page.Moment
	Gone    bool
}

// postForm is where a partner tells that it posted an entry.
func (c *Console) postForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawPostForm(w, r, http.StatusOK, form{Values: url.Values{}})
}

func (c *Console) drawPostForm(w http.ResponseWriter, r *http.Request, status int, f form) error {
	office, card, err := c.Partners.Card(r.Context(), me(r), contest.EntryID(r.PathValue("id")))
	if refused, ok := errors.AsType[*partners.RightsError](err); ok {
		return c.drawRefused(w, r, refused)
	}
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	f.words = words
	v := postView{Form: f, Card: c.deskCard(words, card, stageSizes), Invalid: f.Invalid("post_address")}
	if v.frame, err = c.around(r, "partner"); err != nil {
		return err
	}
	for _, p := range card.Posted {
		v.Posts = append(v.Posts, postLine{p.Outlet, p.Address, words.Moment(p.At, c.now(), office.Plan.Location()), !p.TakenDown.IsZero()})
	}
	return c.draw(w, r, status, "partner_post", words.T("post.title"), v)
}

type refusedView struct {
	frame
	Refusal partner.Refusal
}

// drawRefused says why a photo may not be reposted, to those who came by an older page or letter.
func (c *Console) drawRefused(w http.ResponseWriter, r *http.Request, refused *partners.RightsError) error {
	around, err := c.around(r, "partner")
	if err != nil {
		return err
	}
	return c.draw(w, r, http.StatusNotFound, "partner_refused", c.drawer.Context(r).T("desk.refused"), refusedView{around, refused.Refusal})
}

// tellPost takes a post's address.
func (c *Console) tellPost(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	who, id := me(r), contest.EntryID(r.PathValue("id"))
	_, err := c.Partners.Tell(r.Context(), partners.Told{
		Campaign: who.Campaign, Partner: who.Partner, Entry: id, Pasted: r.PostForm.Get("post_address"), Staff: who.ID,
	})
	if bad, ok := postFaults(c.drawer.Context(r), err); ok {
		return c.drawPostForm(w, r, http.StatusUnprocessableEntity, form{Values: r.PostForm, faults: bad})
	}
	if err != nil {
		return err
	}
	return c.see(w, r, partnerPath+"/entries/"+string(id)+"/posted?done=posted")
}

// postFaults tells what is wrong with a post's address from other errors.
func postFaults(words *page.Context, err error) (bad faults, ok bool) {
	bad = faults{}
	if wrong, ok := errors.AsType[*partners.FieldError](err); ok {
		bad.add("post_"+wrong.Field, wrong.Code)
		return bad, true
	}
	refused, ok := errors.AsType[*partners.RightsError](err)
	if !ok || refused.Refusal != partner.NotHere {
		return nil, false
	}
	bad.add("post_address", string(refused.Refusal), "outlet", words.T("outlet."+string(refused.Outlet)), "allowed", words.Outlets(refused.Allowed))
	return bad, true
}

type partnerRepostsView struct {
	frame
	repostList
	Sums repostSums
}

// partnerReposts lists what a partner posted, what is to be taken down first.
func (c *Console) partnerReposts(w http.ResponseWriter, r *http.Request) error {
	who := me(r)
	sums, err := c.Partners.Totals(r.Context(), who)
	if err != nil {
		return err
	}
	plan, err := c.Campaigns.Planned(r.Context(), who.Campaign)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := partnerRepostsView{Sums: sumsOf(words, plan.Currency, sums)}
	if v.repostList, err = c.repostList(r, plan.Plan.Plan, store.RepostFilter{Campaign: who.Campaign, Partner: who.Partner}); err != nil {
		return err
	}
	v.Base = partnerPath + "/reposts"
	if v.frame, err = c.around(r, "partner_reposts"); err != nil {
		return err
	}
	return c.draw(w, r, http.StatusOK, "partner_reposts", words.T("nav.reposts"), v)
}

func (c *Console) partnerGone(w http.ResponseWriter, r *http.Request) error {
	return c.setGone(w, r, me(r).Campaign, partnerPath+"/reposts")
}

func (c *Console) partnerReach(w http.ResponseWriter, r *http.Request) error {
	return c.setReach(w, r, me(r).Campaign, partnerPath+"/reposts")
}
