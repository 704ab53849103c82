package console

import (
	"fmt"
	"net/http"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

type partnerLinksView struct {
	frame
	Name     string // the partner's
	Campaign contest.Text
	Lines    []linkLine
	Clicks   int64
	Orders   int64
	GMV      string
}

// partnersLinks are the links of the partner that somebody works for, as they count.
func (c *Console) partnersLinks(r *http.Request) (lines []linkLine, p store.Plan, err error) {
	me, _ := access.StaffFrom(r.Context())
	o, err := c.Links.Overview(r.Context(), me.Campaign)
	if err != nil {
		return nil, o.Plan, err
	}
	for _, l := range o.Links {
		if l.Link.Partner == me.Partner && me.Partner != "" && !l.Retired() {
			lines = append(lines, c.linkLine(c.drawer.Context(r), o.Plan.Plan, l))
		}
	}
	return lines, o.Plan, nil
}

func (c *Console) partnerLinks(w http.ResponseWriter, r *http.Request) error {
	lines, plan, err := c.partnersLinks(r)
	if err != nil {
		return err
	}
	v := partnerLinksView{Lines: lines}
	if v.frame, err = c.around(r, "partner_links"); err != nil {
		return err
	}
	campaign, err := c.Campaigns.Planned(r.Context(), v.Staff.Campaign)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v.Campaign = campaign.Name
	if p, ok := plan.Partner(v.Staff.Partner); ok {
		v.Name = words.Text(p.Name)
	}
	for _, l := range lines {
		v.Clicks += l.Clicks
	}
	orders, gmv, err := c.Links.PartnerOrders(r.Context(), plan, v.Staff.Partner)
	if err != nil {
		return fmt.Errorf("count a partner's orders: %w", err)
	}
	v.Orders, v.GMV = orders, kpi.FormatAmount(gmv, plan.Currency, string(words.Lang))
	return c.draw(w, r, http.StatusOK, "partner_links", words.T("partner.title"), v)
}

func (c *Console) partnerQR(w http.ResponseWriter, r *http.Request) error {
	lines, _, err := c.partnersLinks(r)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Code == kpi.LinkCode(r.PathValue("code")) {
			return writeQR(w, l)
		}
	}
	return fmt.Errorf("link %s of a partner: %w", r.PathValue("code"), store.ErrNotFound)
}
