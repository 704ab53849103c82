package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// plannedForm is a complete plan as a browser sends it.
func (d *desk) plannedForm(p campaigns.Planned) url.Values {
	v := planValues(p.Name, p.Plan.Plan)
	first := d.now().AddDate(0, 1, 0)
	for name, value := range map[string]string{
		"before": planHash(p), "dates_from": first.Format(time.DateOnly), "dates_to": first.AddDate(0, 0, 29).Format(time.DateOnly),
		"target_gmv": "458万", "target_orders": "2,314", "target_conversion": "2.5 %", "baseline_label": "2025", "baseline_orders": "999",
		"baseline_lines": "订单，1,000\nGMV: 200万",
		"channel_add":    "weibo", "prize_terms_zh": "十二月一日公布。", "prize_terms_en": "Named on 1 December.",
	} {
		v.Set(name, value)
	}
	addRow(v, "channel", "id", "", "zh", "门店", "en", "Shops & malls", "budget", "20万")
	addRow(v, "prize", "zh", "手机", "en", "Phone", "value", "60,000.50", "currency", "cny", "count", "2", "how", "draw")
	addRow(v, "prize", "zh", "", "en", "", "value", "", "currency", "CNY", "count", "", "how", "rank") // a row left empty
	v.Add("mechanics", "rewarded_sharing")
	return v
}

// campaign makes a campaign by the form.
func (d *desk) campaign() campaigns.Planned {
	d.t.Helper()
	to := d.post("/console/campaigns", url.Values{"plan_name_zh": {"春季夜景季"}, "plan_name_en": {"Spring nights"}})
	return d.planned(contest.CampaignID(strings.Split(to, "/")[3]))
}

func (d *desk) planned(id contest.CampaignID) campaigns.Planned {
	d.t.Helper()
	p, err := d.Campaigns.Planned(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func TestAPlanIsReadAsPeopleTypeIt(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	d.post(campaignPath(fresh.ID)+"/plan", d.plannedForm(fresh))
	p := d.planned(fresh.ID)
	if got := p.Targets; got[kpi.GMV] != 4_580_000_00 || got[kpi.Orders] != 2314 || got[kpi.Conversion] != 250 || len(got) != 3 {
		t.Errorf("targets: %v", got)
	}
	if got := p.Baseline.Figures; got[kpi.Orders] != 1000 || got[kpi.GMV] != 2_000_000_00 || len(got) != 2 {
		t.Errorf("baseline, pasted over what was typed: %v", got)
	}
	if len(p.Channels) != 2 || p.Channels[0].ID != "shops-malls" || p.Channels[0].Budget != 200_000_00 || p.Channels[1].ID != "weibo" {
		t.Errorf("channels: %+v", p.Channels)
	}
	if len(p.Prizes) != 1 || p.Prizes[0].Value != 60_000_50 || p.Prizes[0].Currency != "CNY" || p.Prizes[0].Count != 2 || p.Prizes[0].How != kpi.ByDraw {
		t.Errorf("prizes: %+v", p.Prizes)
	}
	if p.Ends.Sub(p.Starts) != 30*24*time.Hour || p.Starts.In(p.Location()).Hour() != 0 {
		t.Errorf("period: from %s to %s", p.Starts, p.Ends)
	}
	if problems := p.Validate(); len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
}

func TestThePlanFormTakesUpWhatItWrote(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	d.post(campaignPath(fresh.ID)+"/plan", d.plannedForm(fresh))
	first := d.planned(fresh.ID)
	again := planValues(first.Name, first.Plan.Plan)
	again.Set("before", planHash(first))
	d.post(campaignPath(fresh.ID)+"/plan", again)
	if second := d.planned(fresh.ID); first.Hash() != second.Hash() || first.Name != second.Name {
		t.Errorf("got %s\nwant %s", second.JSON(), first.JSON())
	}
}

func TestAFaultyPlanKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	for name, c := range map[string]struct{ field, value, typed, want string }{
		"figure":         {"target_gmv", "much", `value="much"`, "“much” cannot be read"},
		"half a yen":     {"budget", "0.001", `value="0.001"`, "“0.001” cannot be read"},
		"half a period":  {"dates_to", "", `name="dates_to"`, `id="e-dates"`},
		"backwards":      {"dates_to", "2020-01-01", `value="2020-01-01"`, `id="e-dates"`},
		"zone":           {"time_zone", "Mars/Olympus", `value="Mars/Olympus"`, "#f-time_zone"},
		"currency":       {"currency", "RMB", `value="RMB"`, "#f-currency"},
		"a pasted line":  {"baseline_lines", "orders, 5\njoy, 7", "joy, 7</textarea>", "Line 2"},
		"a prize's many": {"prize_count", "several", `value="several"`, "“several” cannot be read"},
		"no name":        {"plan_name_zh", "", `name="plan_name_zh"`, `id="e-plan_name"`},
	} {
		form := d.plannedForm(fresh)
		form.Set(c.field, c.value)
		if name == "no name" {
			form.Del("plan_name_en")
		}
		w := d.do(http.MethodPost, campaignPath(fresh.ID)+"/plan", form)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", name, w.Code)
		}
		for _, part := range []string{c.typed, c.want} {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s: the page does not contain %q", name, part)
			}
		}
	}
	if now := d.planned(fresh.ID); now.Hash() != fresh.Hash() {
		t.Error("a faulty form changed the plan")
	}
}

func TestMoreRowsAreOfferedWithoutKeepingAnything(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	form := d.plannedForm(fresh)
	form.Set("more", "channels")
	w := d.do(http.MethodPost, campaignPath(fresh.ID)+"/plan", form)
	body := w.Body.String()
	if n := strings.Count(body, `name="channel_id"`); w.Code != http.StatusOK || n != 2+moreRows {
		t.Errorf("got %d with %d rows of channels, want 200 with %d", w.Code, n, 2+moreRows)
	}
	wants(t, body, `value="458万"`, `value="微博"`)
	if now := d.planned(fresh.ID); now.Hash() != fresh.Hash() {
		t.Error("the plan was kept")
	}
}

func TestACampaignIsLaunchedOnceAndThenAmended(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	overview := campaignPath(fresh.ID)
	wants(t, d.get(overview), "Missing", "#f-dates", "#f-targets", "No channels")
	d.post(overview+"/plan", d.plannedForm(fresh))
	wants(t, d.get(overview), "Phone is worth more than", "article 17", "WeChat’s rules", "Weibo has no link", overview+"/launch")

	read := d.planned(fresh.ID).Hash()
	wants(t, d.get(overview+"/launch"), read)
	if w := d.do(http.MethodPost, overview+"/launch", url.Values{"hash": {"another"}}); w.Code != http.StatusConflict {
		t.Errorf("launching another plan: got %d, want 409", w.Code)
	}
	d.post(overview+"/launch", url.Values{"hash": {read}})
	wants(t, d.get(overview), read, "Locked")
	if to := d.post(overview+"/launch", url.Values{"hash": {read}}); to != overview {
		t.Errorf("launching again leads to %s", to)
	}

	amended := planValues(fresh.Name, d.planned(fresh.ID).Plan.Plan)
	amended.Set("before", read)
	amended.Set("reason", "双十一加码")
	if w := d.do(http.MethodPost, overview+"/plan", amended); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an amendment that changes nothing: got %d, want 422", w.Code)
	}
	amended.Set("target_orders", "3000")
	amended.Set("currency", "EUR") // the form does not offer it, and it stays
	d.post(overview+"/plan", amended)
	wants(t, d.get(overview), "Amendment 1", "双十一加码", "<del>2,314</del>", "<ins>3,000</ins>", read)
	if now := d.planned(fresh.ID); now.Currency != "CNY" || now.Amendments != 1 {
		t.Errorf("got %s after %d amendments", now.Currency, now.Amendments)
	}
	amended.Set("target_orders", "4000")
	if w := d.do(http.MethodPost, overview+"/plan", amended); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `value="4000"`) {
		t.Errorf("amending what was amended meanwhile: got %d, want 409 with what was typed", w.Code)
	}
}

func TestPagesOfCampaignsShowNoMessageKeys(t *testing.T) {
	d := open(t)
	fresh := d.campaign()
	d.post(campaignPath(fresh.ID)+"/plan", d.plannedForm(fresh))
	form := d.filled()
	form.Set("campaign", string(fresh.ID))
	form.Set("partners", "wenlv | 文旅武汉 | Wuhan Tourism")
	d.created(form)
	pages := []string{"/console/campaigns", campaignPath(fresh.ID), campaignPath(fresh.ID) + "/plan", campaignPath(fresh.ID) + "/launch"}
	for _, target := range pages {
		for _, lang := range []string{"?lang=en", "?lang=zh-CN"} {
			body := d.get(target + lang)
			for _, area := range []string{"plan.", "campaign.", "campaigns.", "check.", "source.", "prize.", "mechanics.", "field.", "help.", "error."} {
				if strings.Contains(body, ">"+area) || strings.Contains(body, "> "+area) {
					t.Errorf("%s%s shows a key of %s", target, lang, area)
				}
			}
		}
	}
	wants(t, d.get(campaignPath(fresh.ID)+"/plan"), `value="wenlv"`) // a challenge's partner is offered
}

func TestAChallengeIsMadeInTheCampaignItWasAskedFor(t *testing.T) {
	d := open(t)
	first := d.campaign()
	d.campaign()
	wants(t, d.get("/console/challenges/new?campaign="+string(first.ID)), `value="`+string(first.ID)+`" selected`)
}

func TestAPastedLineIsCutAtItsFirstSign(t *testing.T) {
	for line, want := range map[string][2]string{
		"orders, 1,000": {"orders", "1,000"}, "订单：864": {"订单", "864"}, "GMV\t4,580,000": {"GMV", "4,580,000"}, `"Content views";"3,000"`: {"Content views", "3,000"}, "orders": {"orders", ""},
	} {
		if name, value := cutLine(line); name != want[0] || value != want[1] {
			t.Errorf("%q: got %q and %q", line, name, value)
		}
	}
}

func TestEveryCheckHasItsWords(t *testing.T) {
	words := open(t).drawer
	for _, check := range []kpi.Check{
		kpi.CheckName, kpi.CheckOver, kpi.CheckTerms, kpi.CheckBegun, kpi.CheckChallenges, kpi.CheckChallenge, kpi.CheckDraft, kpi.CheckWindow, kpi.CheckPartner,
		kpi.CheckWinners, kpi.CheckChannels, kpi.CheckLink, kpi.CheckBaseline, kpi.CheckLength, kpi.CheckBudget, kpi.CheckDrawCap,
	} {
		for _, key := range []string{"check." + string(check), "check." + string(check) + ".text"} {
			if words.Say("en", key) == key {
				t.Errorf("no message %s", key)
			}
		}
	}
	for _, m := range kpi.Mechanics {
		if key := "mechanics." + string(m); words.Say("en", key) == key {
			t.Errorf("no message %s", key)
		}
	}
}
