package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"fanfare/server/app/links"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// reportedRoutes are those of figures that platforms report.
func (c *Console) reportedRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/reported", c.reported)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reported", c.readReported)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reported/type", c.typeReported)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/reported-template/{format}", c.reportedTemplate)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reported/{batch}/confirm", c.confirmReported)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/reported/{batch}/undo", c.undoReported)
}

func reportedPath(id contest.CampaignID) string { return campaignPath(id) + "/reported" }

type reportedView struct {
	campaignFrame
	Form     form
	Invalid  []string
	Channels []option
	Partners []option
	Metrics  []option
	Batches  []reportedBatch
}

// reportedBatch is a batch of figures in words.
type reportedBatch struct {
	store.ReportedBatch
	At     page.Moment
	Undone bool
}

func (c *Console) reported(w http.ResponseWriter, r *http.Request) error {
	return c.drawReported(w, r, http.StatusOK, form{Values: url.Values{}})
}

func (c *Console) drawReported(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.aroundCampaign(r, "reported")
	if err != nil {
		return err
	}
	list, err := c.Links.Reports(r.Context(), around.Campaign.ID)
	if err != nil {
		return fmt.Errorf("list reported figures: %w", err)
	}
	words, plan := c.drawer.Context(r), around.Campaign.Plan.Plan
	v := reportedView{campaignFrame: around, Form: f}
	for _, ch := range plan.Channels {
		v.Channels = append(v.Channels, option{string(ch.ID), words.Text(ch.Name)})
	}
	for _, p := range plan.Partners {
		v.Partners = append(v.Partners, option{p.ID, words.Text(p.Name)})
	}
	for _, m := range links.Reportable {
		v.Metrics = append(v.Metrics, option{string(m), metricName(words, m)})
	}
	for _, b := range list {
		v.Batches = append(v.Batches, reportedBatch{b, words.Moment(b.ConfirmedAt, c.now(), plan.Location()), !b.UndoneAt.IsZero()})
	}
	v.Form.words = words
	v.Invalid = v.Form.Invalid("file", "source", "figure_day", "figure_channel", "figure_partner", "figure_metric", "figure_value")
	return c.draw(w, r, status, "reported", words.T("campaign.place.reported"), v)
}

// metricName is a metric's name in the page's language; that of one of the titles of a report where it is none.
func metricName(words *page.Context, m kpi.Metric) string {
	if d, ok := kpi.Define(m); ok {
		return words.Text(d.Name)
	}
	return words.T("reported.column." + string(m))
}

type draftView struct {
	campaignFrame
	Draft   links.Draft
	Uses    []useLine
	Faults  []faultLine
	More    int // faults that are not shown
	Figures []reportedLine
	Rest    int // figures that are not shown
	Sums    []reportedLine
}

// useLine says what a column was taken for; empty for nothing.
type useLine struct{ Title, Taken string }

// faultLine says what is wrong in a line.
type faultLine struct {
	Line               int
	Column, Text, Cell string
}

// reportedLine is a figure in words.
type reportedLine struct {
	Day, Channel, Partner, Metric string
	Value                         int64
}

// How much of a file is shown before it counts.
const (
	shownFaults  = 50
	shownFigures = 12
)

// readReported reads a file and shows what would count.
func (c *Console) readReported(w http.ResponseWriter, r *http.Request) error {
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return c.refuseReported(w, r, "file", "required")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	around, err := c.aroundCampaign(r, "reported")
	if err != nil {
		return err
	}
	typed := r.PostForm
	d := links.Defaults{Channel: kpi.ChannelID(typed.Get("figure_channel")), Partner: kpi.PartnerID(typed.Get("figure_partner"))}
	draft, err := c.Links.ReadReport(r.Context(), staffOf(r), around.Campaign.ID, typed.Get("source"), d, file)
	if field, code, ok := reportFault(err); ok {
		return c.refuseReported(w, r, field, code)
	}
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	return c.draw(w, r, http.StatusOK, "reported_draft", words.T("reported.draft"), draftOf(words, around, draft))
}

// reportFault tells what is wrong with a file from other errors.
func reportFault(err error) (field, code string, ok bool) {
	if wrong, ok := errors.AsType[*links.FieldError](err); ok {
		return figureField(wrong.Field), wrong.Code, true
	}
	for wrong, code := range map[error]string{
		sheet.ErrTooLarge: "too_large", sheet.ErrEmpty: "empty", sheet.ErrBroken: "broken", sheet.ErrDates1904: "dates", links.ErrTooManyFigures: "too_large",
	} {
		if errors.Is(err, wrong) {
			return "file", code, true
		}
	}
	return "", "", false
}

// figureField is a field's name in the form.
func figureField(field string) string {
	if field == "source" {
		return field
	}
	return "figure_" + field
}

// refuseReported shows the form again with what is wrong with it.
func (c *Console) refuseReported(w http.ResponseWriter, r *http.Request, field, code string) error {
	bad := faults{}
	bad.add(field, code, "max", links.MaxSource)
	return c.drawReported(w, r, http.StatusUnprocessableEntity, form{Values: r.PostForm, faults: bad})
}

func draftOf(words *page.Context, around campaignFrame, draft links.Draft) draftView {
	v, plan := draftView{campaignFrame: around, Draft: draft}, around.Campaign.Plan.Plan
	for _, use := range draft.Uses {
		line := useLine{Title: use.Title}
		if use.Column != "" {
			line.Taken = metricName(words, kpi.Metric(use.Column))
		}
		v.Uses = append(v.Uses, line)
	}
	for _, f := range draft.Faults[:min(shownFaults, len(draft.Faults))] {
		v.Faults = append(v.Faults, faultLine{f.Line, metricName(words, kpi.Metric(f.Column)), words.T("reported.fault." + f.Code), f.Cell})
	}
	for _, f := range draft.Figures[:min(shownFigures, len(draft.Figures))] {
		line := reportedLine{Day: f.Day, Channel: string(f.Channel), Partner: string(f.Partner), Metric: metricName(words, f.Metric), Value: f.Value}
		if ch, ok := plan.Channel(f.Channel); ok {
			line.Channel = words.Text(ch.Name)
		}
		if p, ok := plan.Partner(f.Partner); ok {
			line.Partner = words.Text(p.Name)
		}
		v.Figures = append(v.Figures, line)
	}
	for _, m := range links.Reportable {
		if sum, said := draft.Sums[m]; said {
			v.Sums = append(v.Sums, reportedLine{Metric: metricName(words, m), Value: sum})
		}
	}
	v.More, v.Rest = len(draft.Faults)-len(v.Faults), len(draft.Figures)-len(v.Figures)
	return v
}

func (c *Console) typeReported(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed, id := r.PostForm, contest.CampaignID(r.PathValue("id"))
	f := store.Reported{
		Day: typed.Get("figure_day"), Channel: kpi.ChannelID(typed.Get("figure_channel")), Partner: kpi.PartnerID(typed.Get("figure_partner")),
		Metric: kpi.Metric(typed.Get("figure_metric")),
	}
	err := c.Links.Type(r.Context(), staffOf(r), id, typed.Get("source"), f, typed.Get("figure_value"))
	if field, code, ok := reportFault(err); ok {
		return c.refuseReported(w, r, field, code)
	}
	if err != nil {
		return err
	}
	return c.see(w, r, reportedPath(id)+"?done=reported")
}

func (c *Console) confirmReported(w http.ResponseWriter, r *http.Request) error {
	id, batch := contest.CampaignID(r.PathValue("id")), contest.BatchID(r.PathValue("batch"))
	if err := c.Links.Confirm(r.Context(), staffOf(r), id, batch); err != nil {
		return err
	}
	return c.see(w, r, reportedPath(id)+"?done=reported")
}

func (c *Console) undoReported(w http.ResponseWriter, r *http.Request) error {
	id, batch := contest.CampaignID(r.PathValue("id")), contest.BatchID(r.PathValue("batch"))
	if err := c.Links.Undo(r.Context(), staffOf(r), id, batch); err != nil {
		return err
	}
	return c.see(w, r, reportedPath(id)+"?done=reported_undone")
}

// reportedTemplate hands over a table to fill in.
func (c *Console) reportedTemplate(w http.ResponseWriter, r *http.Request) error {
	campaign, err := c.Campaigns.Planned(r.Context(), contest.CampaignID(r.PathValue("id")))
	if err != nil {
		return err
	}
	format := sheet.Format(r.PathValue("format"))
	if format != sheet.CSV && format != sheet.XLSX {
		return fmt.Errorf("template as %q: %w", format, store.ErrNotFound)
	}
	words, plan := c.drawer.Context(r), campaign.Plan.Plan
	h := w.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="figures.%s"`, format))
	say := func(column string) string { return words.T("reported.column." + column) }
	return links.WriteTemplate(w, format, plan, plan.Day(c.now().Add(-24*time.Hour)), string(words.Lang), say)
}
