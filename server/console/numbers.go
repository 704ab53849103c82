package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// numberRoutes are those of campaigns' numbers.
func (c *Console) numberRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/numbers", c.campaignNumbers)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/numbers/live", c.liveNumbers)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/numbers/{metric}", c.metric)
}

func numbersPath(id contest.CampaignID) string { return campaignPath(id) + "/numbers" }

func metricPath(id contest.CampaignID, m kpi.Metric) string {
	return numbersPath(id) + "/" + string(m)
}

type numbersView struct {
	campaignFrame
	Live liveView
}

// liveView is what goes on moving on the dashboard.
type liveView struct {
	Path     string // to its next state
	Verdict  string // how the campaign is doing, in one sentence
	Tone     tone   // of the verdict
	Clock    string // where in its period the campaign is
	Targets  []figureLine
	Figures  []figureLine // those without a target
	Funnel   []page.FunnelStep
	Trend    page.Chart
	Trends   []numberChoice // by which metric the chart is
	TrendOf  string         // to the metric's own page
	Channels groupTable
	Partners groupTable
	Cities   []cityLine
	Engaging []topLine
	Selling  []topLine
	Notes    []numberNote
}

// numberNote is something to know about the numbers, with the way to where it is mended.
type numberNote struct{ Text, Path string }

// numberChoice leads to the same numbers looked at in another way.
type numberChoice struct {
	Path, Name string
	Current    bool
}

// campaignNumbers is the dashboard: how a campaign is doing.
func (c *Console) campaignNumbers(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "numbers")
	if err != nil {
		return err
	}
	live, _, err := c.live(r, around.Campaign.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := numbersView{campaignFrame: around, Live: live}
	return c.draw(w, r, http.StatusOK, "numbers", words.T("numbers.of", "name", words.Text(around.Campaign.Name)), v)
}

// liveNumbers is what moves of the dashboard, for a page that shows a state of it; nothing where that is still how it is.
func (c *Console) liveNumbers(w http.ResponseWriter, r *http.Request) error {
	v, state, err := c.live(r, contest.CampaignID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if r.URL.Query().Get("is") == state {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return c.drawer.Part(w, r, "numbers", "live", v)
}

// live draws a campaign's numbers up, and names the state that they are in: as long as they look the same it is the same.
func (c *Console) live(r *http.Request, id contest.CampaignID) (v liveView, state string, err error) {
	o, err := c.Numbers.Overview(r.Context(), id)
	if err != nil {
		return v, "", fmt.Errorf("read numbers: %w", err)
	}
	v = c.liveView(c.drawer.Context(r), o, kpi.Metric(r.URL.Query().Get("metric")))
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", v))
	state = hex.EncodeToString(sum[:8])
	q := url.Values{"is": {state}}
	if metric := r.URL.Query().Get("metric"); metric != "" {
		q.Set("metric", metric)
	}
	v.Path = withQuery(numbersPath(id)+"/live", q)
	return v, state, nil
}
