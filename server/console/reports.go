package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/report"
)

// reportRoutes are those of a campaign's report.
func (c *Console) reportRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/report", c.campaignReport)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/report.xlsx", c.reportFile(report.XLSX))
	add(marketers, http.MethodGet, "/console/campaigns/{id}/report.zip", c.reportFile(report.CSV))
	add(marketers, http.MethodPost, "/console/campaigns/{id}/report/links", c.shareReport)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/report/links/{link}/revoke", c.revokeReport)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/report/readers", c.setReportReaders)
}

func reportPath(id contest.CampaignID) string { return campaignPath(id) + "/report" }

type reportView struct {
	campaignFrame
	Report  report.View
	Form    form
	Invalid []string
	Shown   string // the address that was just made, this once
	Links   []reportLinkLine
	Readers []reportReader
	Mails   bool // letters can be sent
	Open    bool // what shares the report is unfolded
}

// reportLinkLine is a link at which others read the report.
type reportLinkLine struct {
	ID, Label, Since, Ends, By string
}

// reportReader is somebody who may get the report by letter.
type reportReader struct {
	ID         contest.StaffID
	Name, Mail string
	Gets       bool
}

// Days are how long the form lets a link last.
func (v reportView) Days() choice {
	var days []string
	for _, n := range reports.Days {
		days = append(days, strconv.Itoa(n))
	}
	return v.Form.Choice("report_days", days...)
}

// firstShare is what the form begins with.
var firstShare = url.Values{"report_days": {"30"}}

// campaignReport is the report with what passes it on.
func (c *Console) campaignReport(w http.ResponseWriter, r *http.Request) error {
	return c.drawReport(w, r, http.StatusOK, reportView{Form: form{Values: firstShare}})
}

func (c *Console) drawReport(w http.ResponseWriter, r *http.Request, status int, v reportView) (err error) {
	if v.campaignFrame, err = c.aroundCampaign(r, "report"); err != nil {
		return err
	}
	id := v.Campaign.ID
	closing, err := c.Reports.Closing(r.Context(), id)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v.Report, v.Form.words, v.Invalid = report.NewView(words, closing), words, v.Form.Invalid("report_label", "report_days")
	v.Open = v.Shown != "" || len(v.Invalid) > 0
	if err := errors.Join(c.reportLinks(r, words, &v), c.reportReaders(r, &v)); err != nil {
		return err
	}
	head := c.head(r, words.T("report.of", "name", words.Text(v.Campaign.Name)))
	head.Styles, head.Scripts = []string{report.Style}, append(head.Scripts, "/assets/report.js")
	return c.drawer.Render(w, r, status, "report", head, v)
}

func (c *Console) reportLinks(r *http.Request, words *page.Context, v *reportView) error {
	links, err := c.Reports.Links(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	names, err := c.Staff.Names(r.Context())
	zone := v.Campaign.Location()
	for _, l := range links {
		v.Links = append(v.Links, reportLinkLine{l.ID, l.Label, words.Day(l.CreatedAt, zone), words.Moment(l.ExpiresAt, c.now(), zone).Text, names[l.Staff]})
	}
	return err
}

func (c *Console) reportReaders(r *http.Request, v *reportView) error {
	people, reads, err := c.Reports.Readers(r.Context(), v.Campaign.ID)
	for _, p := range people {
		v.Readers = append(v.Readers, reportReader{p.ID, p.Name, p.Email, reads[p.ID]})
	}
	v.Mails = c.Reports.Mails()
	return err
}

// reportFile answers with the report's tables, all that staff may see.
func (c *Console) reportFile(f report.Format) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		closing, err := c.Reports.Closing(r.Context(), contest.CampaignID(r.PathValue("id")))
		if err != nil {
			return err
		}
		return c.Report.Answer(w, r, f, closing)
	}
}

// shareReport makes a link and shows its address. No redirect: it is shown once and stands nowhere else.
func (c *Console) shareReport(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := r.PostForm
	days, _ := strconv.Atoi(typed.Get("report_days")) // 0 is none of the choices
	token, err := c.Reports.Share(r.Context(), staffOf(r), contest.CampaignID(r.PathValue("id")), typed.Get("report_label"), days)
	if wrong, ok := errors.AsType[*reports.FieldError](err); ok {
		bad := faults{}
		bad.add(wrong.Field, wrong.Code, "max", reports.MaxLabel)
		return c.drawReport(w, r, http.StatusUnprocessableEntity, reportView{Form: form{Values: typed, faults: bad}})
	}
	if err != nil {
		return err
	}
	return c.drawReport(w, r, http.StatusCreated, reportView{Form: form{Values: firstShare}, Shown: c.drawer.Context(r).Absolute("/r/" + token)})
}

func (c *Console) revokeReport(w http.ResponseWriter, r *http.Request) error {
	id := contest.CampaignID(r.PathValue("id"))
	if err := c.Reports.Revoke(r.Context(), staffOf(r), id, r.PathValue("link")); err != nil {
		return err
	}
	return c.see(w, r, reportPath(id)+"?done=report_revoked")
}

// setReportReaders keeps who gets the report on Mondays and Fridays.
func (c *Console) setReportReaders(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.CampaignID(r.PathValue("id"))
	var people []contest.StaffID
	for _, person := range slices.Compact(slices.Sorted(slices.Values(r.PostForm["reader"]))) {
		people = append(people, contest.StaffID(person))
	}
	if err := c.Reports.SetReaders(r.Context(), staffOf(r), id, people, string(page.LangOf(r))); err != nil {
		return err
	}
	return c.see(w, r, reportPath(id)+"?done=report_readers")
}
