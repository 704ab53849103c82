package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/app/links"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

// linkRoutes are those of tracked links.
func (c *Console) linkRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/links", c.linksPage)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/links", c.createLink)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/links/missing", c.createMissingLinks)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/links/print", c.printLinks)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/links/shop", c.shopSnippet)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/links/{code}", c.linkForm)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/links/{code}", c.saveLink)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/links/{code}/retire", c.retireLink)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/links/{code}/qr.svg", c.linkQR)
}

func linksPath(id contest.CampaignID) string { return campaignPath(id) + "/links" }

type linksView struct {
	campaignFrame
	Form    form
	Invalid []string
	Targets []option // the campaign's challenges
	Groups  []linkGroup
	Retired []linkLine
	Missing int
	Links   int // that count
}

// option is one of a few values in words.
type option struct{ Value, Text string }

// linkGroup are the links of a channel.
type linkGroup struct {
	Channel string
	Clicks  int64
	Lines   []linkLine
}

// linkLine is a link in words.
type linkLine struct {
	store.LinkClicks
	Channel, Partner string
	Address          string // as people open it
	Leads            string // where
	Path             string // of its page here
	Last             page.Moment
}

func (c *Console) linksPage(w http.ResponseWriter, r *http.Request) error {
	return c.drawLinks(w, r, http.StatusOK, linksView{Form: form{Values: url.Values{}}})
}

func (c *Console) drawLinks(w http.ResponseWriter, r *http.Request, status int, v linksView) error {
	var err error
	if v.campaignFrame, err = c.aroundCampaign(r, "links"); err != nil {
		return err
	}
	o, err := c.Links.Overview(r.Context(), v.Campaign.ID)
	if err != nil {
		return fmt.Errorf("list links: %w", err)
	}
	words := c.drawer.Context(r)
	for _, ch := range o.Challenges {
		v.Targets = append(v.Targets, option{"/c/" + ch.Slug, words.Text(ch.Title)})
	}
	v.Groups, v.Retired = c.groups(words, o)
	v.Missing, v.Form.words = o.Missing, words
	for _, g := range v.Groups {
		v.Links += len(g.Lines)
	}
	v.Invalid = v.Form.Invalid("link_channel", "link_partner", "link_target", "link_label")
	return c.draw(w, r, status, "links", words.T("campaign.place.links"), v)
}

// groups sorts links by the plan's channels; those of channels that it no longer has follow.
func (c *Console) groups(words *page.Context, o links.Overview) (groups []linkGroup, retired []linkLine) {
	at := map[kpi.ChannelID]int{}
	for _, ch := range o.Plan.Channels {
		at[ch.ID] = len(groups)
		groups = append(groups, linkGroup{Channel: words.Text(ch.Name)})
	}
	for _, l := range o.Links {
		line := c.linkLine(words, o.Plan.Plan, l)
		if l.Retired() {
			retired = append(retired, line)
			continue
		}
		i, known := at[l.Link.Channel]
		if !known {
			i, at[l.Link.Channel] = len(groups), len(groups)
			groups = append(groups, linkGroup{Channel: line.Channel})
		}
		groups[i].Lines, groups[i].Clicks = append(groups[i].Lines, line), groups[i].Clicks+l.Clicks
	}
	return groups, retired
}

func (c *Console) linkLine(words *page.Context, p kpi.Plan, l store.LinkClicks) linkLine {
	line := linkLine{
		LinkClicks: l, Channel: string(l.Link.Channel), Partner: string(l.Link.Partner), Address: words.Absolute("/t/" + string(l.Code)),
		Leads: l.Target, Path: linksPath(l.Campaign) + "/" + string(l.Code), Last: words.Moment(l.ClickedAt, c.now(), p.Location()),
	}
	if ch, ok := p.Channel(l.Link.Channel); ok {
		line.Channel = words.Text(ch.Name)
	}
	if partner, ok := p.Partner(l.Link.Partner); ok {
		line.Partner = words.Text(partner.Name)
	}
	line.Leads = strings.TrimPrefix(line.Leads, "https://")
	return line
}

// Short is the address as it stands on paper.
func (l linkLine) Short() string { _, short, _ := strings.Cut(l.Address, "://"); return short }

// QR is the link for cameras to read. Its address says that it was on paper.
func (l linkLine) QR() (page.QR, error) {
	return page.NewQR(l.Address + "?utm_medium=" + kpi.PrintedMedium)
}

func (c *Console) createLink(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed, id := r.PostForm, contest.CampaignID(r.PathValue("id"))
	l := kpi.Link{Campaign: id, Staff: staffOf(r), Target: targetOf(typed), Label: typed.Get("link_label")}
	l.Channel, l.Partner = kpi.ChannelID(typed.Get("link_channel")), kpi.PartnerID(typed.Get("link_partner"))
	made, err := c.Links.Create(r.Context(), l)
	if bad, ok := linkFaults(err); ok {
		return c.drawLinks(w, r, http.StatusUnprocessableEntity, linksView{Form: form{Values: typed, faults: bad}})
	}
	if err != nil {
		return err
	}
	return c.see(w, r, linksPath(id)+"/"+string(made.Code)+"?done=link_made")
}

// targetOf is where a form's link is to lead: an address that was typed, or else the page that was chosen.
func targetOf(typed url.Values) string {
	if address := strings.TrimSpace(typed.Get("link_target")); address != "" {
		return address
	}
	return typed.Get("link_page")
}

// linkFaults tells what is wrong with a form's link from other errors.
func linkFaults(err error) (bad faults, ok bool) {
	wrong, ok := errors.AsType[*links.FieldError](err)
	if ok {
		bad = faults{}
		bad.add("link_"+wrong.Field, wrong.Code, "max", kpi.MaxLinkLabel)
	}
	return bad, ok
}

func (c *Console) createMissingLinks(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.CampaignID(r.PathValue("id"))
	_, err := c.Links.CreateMissing(r.Context(), staffOf(r), id, targetOf(r.PostForm))
	if bad, ok := linkFaults(err); ok {
		return c.drawLinks(w, r, http.StatusUnprocessableEntity, linksView{Form: form{Values: r.PostForm, faults: bad}})
	}
	if err != nil {
		return err
	}
	return c.see(w, r, linksPath(id)+"?done=links_made")
}

type printView struct {
	campaignFrame
	Channels []linkGroup
	Chosen   string
	Lines    []linkLine
}

// printLinks is a page of codes to print: those of a channel, or all.
func (c *Console) printLinks(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "links")
	if err != nil {
		return err
	}
	o, err := c.Links.Overview(r.Context(), around.Campaign.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := printView{campaignFrame: around, Chosen: r.URL.Query().Get("channel")}
	v.Channels, _ = c.groups(words, o)
	for _, g := range v.Channels {
		if v.Chosen == "" || v.Chosen == g.Channel {
			v.Lines = append(v.Lines, g.Lines...)
		}
	}
	return c.draw(w, r, http.StatusOK, "links_print", words.T("links.print"), v)
}

type snippetView struct {
	campaignFrame
	Script string
	Days   int
}

// shopSnippet tells a shop's developer what to put where.
func (c *Console) shopSnippet(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "links")
	if err != nil {
		return err
	}
	words, days := c.drawer.Context(r), around.Campaign.Plan.AttributionDays
	script := fmt.Sprintf(`<script async src="%s" data-days="%d"></script>`, words.Absolute("/ff.js"), days)
	return c.draw(w, r, http.StatusOK, "links_shop", words.T("links.shop"), snippetView{around, script, days})
}
