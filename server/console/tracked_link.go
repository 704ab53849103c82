package console

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

type trackedLinkView struct {
	campaignFrame
	Form    form
	Invalid []string
	Link    linkLine
	QR      page.QR
}

// linkOf returns the link of a request, in words.
func (c *Console) linkOf(r *http.Request, campaign contest.CampaignID, p kpi.Plan) (linkLine, error) {
	o, err := c.Links.Overview(r.Context(), campaign)
	if err != nil {
		return linkLine{}, err
	}
	for _, l := range o.Links {
		if l.Code == kpi.LinkCode(r.PathValue("code")) {
			return c.linkLine(c.drawer.Context(r), p, l), nil
		}
	}
	return linkLine{}, fmt.Errorf("link %s: %w", r.PathValue("code"), store.ErrNotFound)
}

func (c *Console) linkForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawTrackedLink(w, r, http.StatusOK, form{})
}

func (c *Console) drawTrackedLink(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.aroundCampaign(r, "links")
	if err != nil {
		return err
	}
	v := trackedLinkView{campaignFrame: around, Form: f}
	if v.Link, err = c.linkOf(r, around.Campaign.ID, around.Campaign.Plan.Plan); err != nil {
		return err
	}
	if v.QR, err = v.Link.QR(); err != nil {
		return err
	}
	v.Form.words = c.drawer.Context(r)
	if v.Form.Values == nil {
		v.Form.Values = url.Values{"link_target": {v.Link.Target}, "link_label": {v.Link.Label}}
	}
	v.Invalid = v.Form.Invalid("link_target", "link_label")
	return c.draw(w, r, status, "tracked_link", v.Form.words.T("link.title", "channel", v.Link.Channel), v)
}

func (c *Console) saveLink(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed, id, code := r.PostForm, contest.CampaignID(r.PathValue("id")), kpi.LinkCode(r.PathValue("code"))
	err := c.Links.Change(r.Context(), staffOf(r), id, code, typed.Get("link_target"), typed.Get("link_label"))
	if bad, ok := linkFaults(err); ok {
		return c.drawTrackedLink(w, r, http.StatusUnprocessableEntity, form{Values: typed, faults: bad})
	}
	if err != nil {
		return err
	}
	return c.see(w, r, linksPath(id)+"/"+string(code)+"?done=link_saved")
}

func (c *Console) retireLink(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id, code, retired := contest.CampaignID(r.PathValue("id")), kpi.LinkCode(r.PathValue("code")), r.PostForm.Get("retired") == "1"
	if err := c.Links.Retire(r.Context(), staffOf(r), id, code, retired); err != nil {
		return err
	}
	done := "link_restored"
	if retired {
		done = "link_retired"
	}
	return c.see(w, r, linksPath(id)+"/"+string(code)+"?done="+done)
}

// linkQR hands the code over as a file that printers take.
func (c *Console) linkQR(w http.ResponseWriter, r *http.Request) error {
	l, err := c.linkOf(r, contest.CampaignID(r.PathValue("id")), kpi.StartingPlan())
	if err != nil {
		return err
	}
	return writeQR(w, l)
}

func writeQR(w http.ResponseWriter, l linkLine) error {
	code, err := l.QR()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	fmt.Fprintf(&file, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="%d" height="%d" fill="#fff"/><path d="%s" fill="#000"/></svg>`+"\n",
		code.Side, code.Side, code.Side, code.Side, code.Path)
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="qr-%s.svg"`, l.Code))
	_, err = w.Write(file.Bytes())
	return err
}
