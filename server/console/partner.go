package console

import (
	"fmt"
	"net/http"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/partner"
)

// office are those who work for a partner.
var office = access.Roles{access.Partner}

// partnerRoutes are those of people who work for a partner: what they may repost, what they posted, their own links, and who they are.
func (c *Console) partnerRoutes(add adder) {
	add(office, http.MethodGet, partnerPath, c.desk)
	add(office, http.MethodGet, partnerPath+"/entries/{id}/posted", c.postForm)
	add(office, http.MethodPost, partnerPath+"/entries/{id}/posted", c.tellPost)
	add(office, http.MethodGet, partnerPath+"/reposts", c.partnerReposts)
	add(office, http.MethodPost, partnerPath+"/reposts/{repost}/gone", c.partnerGone)
	add(office, http.MethodPost, partnerPath+"/reposts/{repost}/reach", c.partnerReach)
	add(office, http.MethodGet, partnerPath+"/links", c.partnerLinks)
	add(office, http.MethodGet, partnerPath+"/qr/{code}", c.partnerQR)
	add(office, http.MethodGet, partnerPath+"/people", c.colleagues)
	add(office, http.MethodPost, partnerPath+"/people", c.inviteColleague)
}

// me is who is signed in.
func me(r *http.Request) access.Staff {
	who, _ := access.StaffFrom(r.Context())
	return who
}

type deskView struct {
	frame
	Name     string // the partner's
	Campaign contest.Text
	Sums     repostSums
	Due      int64
	Lists    []deskList
	Waiting  int
	Public   string // its page for everybody; empty before anything is launched
	Feeds    []deskFeed
}

// deskFeed is the feed of what a partner may repost in a challenge.
type deskFeed struct{ Title, Path string }

// deskList is a kind of entries on a desk.
type deskList struct {
	Title, Text string // keys of messages
	Cards       []deskCard
}

// deskCard is an entry on a desk, in words.
type deskCard struct {
	ID              contest.EntryID
	Number          contest.EntryNumber
	Picture         page.Picture
	Caption, Author string
	City            string
	Badge           string // why it stands here; empty where its list says so
	Outlets         []deskOutlet
	All             bool // the fan allows all outlets
	Until           string
	Posted          int
}

// deskOutlet is an outlet that the fan allows.
type deskOutlet struct {
	Outlet partner.Outlet
	Posted bool
}

// deskSizes is how wide a desk's photos stand: two beside each other on a phone.
const deskSizes = "(min-width: 64rem) 20rem, (min-width: 40rem) 30vw, 46vw"

// desk shows a partner what it may repost now.
func (c *Console) desk(w http.ResponseWriter, r *http.Request) error {
	d, err := c.Partners.Desk(r.Context(), me(r))
	if err != nil {
		return fmt.Errorf("read a partner's desk: %w", err)
	}
	sums, err := c.Partners.Totals(r.Context(), me(r))
	if err != nil {
		return fmt.Errorf("add up a partner's posts: %w", err)
	}
	campaign, err := c.Campaigns.Planned(r.Context(), d.Campaign)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := deskView{
		Name: words.Text(d.Name), Campaign: campaign.Name, Sums: sumsOf(words, d.Plan.Currency, sums), Due: sums.Due, Waiting: d.Waiting, Public: publicPath(d.Office),
	}
	if v.frame, err = c.around(r, "partner"); err != nil {
		return err
	}
	for _, ch := range d.Challenges {
		if d.Office.Public() && len(d.Board.Scopes(ch.Terms)) > 0 {
			v.Feeds = append(v.Feeds, deskFeed{words.Text(ch.Title), page.PartnerFeedPath(ch.Slug, d.Partner)})
		}
	}
	for _, list := range []struct {
		name  string
		cards []partners.Card
	}{{"winners", d.Winners}, {"featured", d.Featured}, {"rising", d.Rising}, {"newest", d.Newest}} {
		if len(list.cards) == 0 {
			continue
		}
		l := deskList{Title: "desk." + list.name, Text: "desk." + list.name + ".text"}
		for _, card := range list.cards {
			l.Cards = append(l.Cards, c.deskCard(words, card, deskSizes))
		}
		v.Lists = append(v.Lists, l)
	}
	return c.draw(w, r, http.StatusOK, "partner_desk", words.T("desk.title"), v)
}

// publicPath is where everybody sees a partner's board, of the first challenge that has it.
func publicPath(o partners.Office) string {
	for _, ch := range o.Challenges {
		switch scopes := o.Board.Scopes(ch.Terms); {
		case len(scopes) == 0:
		case scopes[0] == contest.Scope{}:
			return "/c/" + ch.Slug
		default:
			return withParam("/c/"+ch.Slug, "board", scopes[0].String())
		}
	}
	return ""
}

func (c *Console) deskCard(words *page.Context, card partners.Card, sizes string) deskCard {
	e := card.Entry
	out := deskCard{
		ID: e.ID, Number: e.Number, Picture: words.Picture(e.Photo, sizes, words.Alt(e.Caption, e.Author)), Caption: e.Caption, Author: e.Author,
		City: words.ChoiceName(card.Challenge.Cities, e.City), All: len(card.Grant.Outlets) == len(partner.Outlets), Until: words.Day(card.Grant.Until.Add(-time.Millisecond), card.Challenge.Location()),
	}
	switch {
	case words.Text(card.Award) != "":
		out.Badge = words.Text(card.Award)
	case card.Rank > 0:
		out.Badge = words.T("desk.rank", "rank", words.Number(card.Rank))
	case card.Gained > 0:
		out.Badge = words.N("desk.gained", card.Gained)
	}
	for _, o := range card.Grant.Outlets {
		out.Outlets = append(out.Outlets, deskOutlet{o, card.PostedOn(o)})
	}
	for _, post := range card.Posted {
		if post.TakenDown.IsZero() {
			out.Posted++
		}
	}
	return out
}

// repostSums are what posts come to, in words.
type repostSums struct {
	Posts, Reach, Clicks, Orders int64
	GMV                          string
}

func sumsOf(words *page.Context, currency kpi.Currency, s repostTotal) repostSums {
	return repostSums{s.Reposts, s.Reach, s.Clicks, s.Orders, money(words, s.GMV, currency)}
}
