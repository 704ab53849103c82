package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

func TestTheFormTakesUpWhatItWrote(t *testing.T) {
	d := open(t)
	form := d.filled()
	form.Set("capture_required", "on")
	form.Set("capture_after", "2026-01-01T00:00")
	form.Set("cameras", "Xiaomi\nLeica Q3")
	form.Set("partners", "wenlv | 文旅武汉 | Wuhan Tourism")
	form.Set("time_zone", "America/New_York")
	first := d.created(form)
	consents, err := d.Campaigns.Consents(t.Context(), first.Consents)
	if err != nil {
		t.Fatal(err)
	}
	again := challengeValues(first, consents)
	d.post(challengePath(first.ID), again)
	second, err := d.Campaigns.Challenge(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if first.Hash() != second.Hash() || first.Title != second.Title || first.Brief != second.Brief || first.Slug != second.Slug {
		t.Errorf("got %+v\nwant %+v", second, first)
	}
	if want := time.Date(2026, 1, 1, 5, 0, 0, 0, time.UTC); !first.Rules.Capture.After.Equal(want) {
		t.Errorf("midnight in New York was read as %v, want %v", first.Rules.Capture.After.UTC(), want)
	}
}

func TestANewChallengeCanBeLaunchedWithTheDefaultsAndItsWords(t *testing.T) {
	d := open(t)
	if ch := d.launched(); !ch.Launched() || ch.RulesHash == "" || len(ch.Consents) != 2 {
		t.Errorf("not launched: %+v", ch)
	}
}

func TestAFaultyFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct {
		field, value, typed, want string
	}{
		"slug":          {"slug", "Not A Slug", `value="Not A Slug"`, `id="e-slug"`},
		"number":        {"entries_per_fan", "three", `value="three"`, `id="e-entries_per_fan"`},
		"time":          {"votes_close", "tomorrow", `value="tomorrow"`, `id="e-votes"`},
		"zone":          {"time_zone", "Mars/Olympus", `value="Mars/Olympus"`, `id="e-time_zone"`},
		"choice":        {"cities", "wuhan | 武汉 | Wuhan\nbeijing", "beijing</textarea>", "2: write id"},
		"half a text":   {"consent_rights_en", "", "我是这张照片的作者", `id="e-consent_rights"`},
		"name of three": {"cities", "a | b", "a | b</textarea>", "1: write id"},
	} {
		t.Run(name, func(t *testing.T) {
			form := d.filled()
			form.Set(c.field, c.value)
			w := d.do(http.MethodPost, "/console/challenges", form)
			if w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("got %d, want 422", w.Code)
			}
			wants(t, w.Body.String(), c.typed, c.want, "城市之夜")
		})
	}
	if list, err := d.Campaigns.Campaigns(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("faulty forms left %d campaigns, %v", len(list), err)
	}
}

func TestAChallengeBelongsToTheCampaignThatItsFormNames(t *testing.T) {
	d := open(t)
	form := d.filled()
	unnamed := d.created(form)
	form.Set("slug", "second")
	form.Set("campaign", string(unnamed.Campaign))
	if chosen := d.created(form); chosen.Campaign != unnamed.Campaign {
		t.Errorf("chosen: got %s, want %s", chosen.Campaign, unnamed.Campaign)
	}
	form.Set("slug", "third")
	form.Set("campaign_name_zh", "新活动")
	if w := d.do(http.MethodPost, "/console/challenges", form); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("half a name: got %d, want 422", w.Code)
	}
	form.Set("campaign_name_en", "A new one")
	named := d.created(form)
	list, err := d.Campaigns.Campaigns(t.Context())
	if err != nil || len(list) != 2 || named.Campaign == unnamed.Campaign {
		t.Errorf("named: campaign %s among %v, %v", named.Campaign, list, err)
	}
}

func TestASlugIsTakenOnce(t *testing.T) {
	d := open(t)
	d.created(d.filled())
	w := d.do(http.MethodPost, "/console/challenges", d.filled())
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("got %d, want 422", w.Code)
	}
	wants(t, w.Body.String(), "Another challenge has this name.", `action="/console/challenges"`)
	if list, err := d.Campaigns.Campaigns(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("the refused draft left its campaign: %d, %v", len(list), err)
	}
}

func TestWhatStandsInTheWayOfALaunchLeadsToItsField(t *testing.T) {
	d := open(t)
	form := d.filled()
	form.Del("title_en")
	form.Set("brief_zh", "")
	form.Set("votes_close", "2020-01-01T00:00")
	for _, lang := range []string{"zh", "en"} {
		form.Del("consent_rights_" + lang)
		form.Del("consent_privacy_" + lang)
	}
	ch := d.created(form)
	edit := d.get(challengePath(ch.ID) + "/edit")
	for _, target := range []string{challengePath(ch.ID), challengePath(ch.ID) + "/launch"} {
		body := d.get(target)
		for _, field := range []string{"title", "brief", "votes", "consents"} {
			wants(t, body, challengePath(ch.ID)+"/edit#f-"+field)
			wants(t, edit, `id="f-`+field+`"`)
		}
		if strings.Contains(body, "/launch\"") {
			t.Errorf("%s offers the launch", target)
		}
	}
	d.do(http.MethodPost, challengePath(ch.ID)+"/launch", url.Values{"hash": {ch.Hash()}})
	if ch, _ := d.Campaigns.Challenge(t.Context(), ch.ID); ch.Launched() {
		t.Error("launched in spite of its problems")
	}
}

func TestALaunchFreezesWhatWasShown(t *testing.T) {
	d := open(t)
	ch := d.created(d.filled())
	shown := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(d.get(challengePath(ch.ID) + "/launch"))
	if len(shown) < 2 || shown[1] != ch.Hash() {
		t.Fatalf("shown %v, want %s", shown, ch.Hash())
	}
	form := d.filled()
	form.Set("votes_per_period", "9")
	d.post(challengePath(ch.ID), form)
	w := d.do(http.MethodPost, challengePath(ch.ID)+"/launch", url.Values{"hash": {shown[1]}})
	if w.Code != http.StatusConflict {
		t.Errorf("another's change: got %d, want 409", w.Code)
	}
	if ch, _ = d.Campaigns.Challenge(t.Context(), ch.ID); ch.Launched() {
		t.Error("launched what nobody was shown")
	}
	d.post(challengePath(ch.ID)+"/launch", url.Values{"hash": {ch.Hash()}})
	if ch, _ = d.Campaigns.Challenge(t.Context(), ch.ID); !ch.Launched() || ch.RulesHash != ch.Hash() {
		t.Error("not launched")
	}
}

func TestALaunchedChallengeKeepsItsRules(t *testing.T) {
	d := open(t)
	ch := d.launched()
	form := d.filled()
	form.Set("slug", "other")
	form.Set("entries_per_fan", "50")
	form.Set("title_en", "A better title")
	d.post(challengePath(ch.ID), form)
	now, err := d.Campaigns.Challenge(t.Context(), ch.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now.Hash() != ch.RulesHash || now.Slug != ch.Slug {
		t.Error("the form changed what was frozen")
	}
	if now.Title.EN != "A better title" {
		t.Errorf("title: %q", now.Title.EN)
	}
	if body := d.get(challengePath(ch.ID) + "/edit"); strings.Contains(body, `name="entries_per_fan"`) {
		t.Error("the form offers frozen rules")
	}
}

func TestALaunchedChallengeKeepsItsWordsComplete(t *testing.T) {
	d := open(t)
	ch := d.launched()
	form := d.filled()
	form.Set("title_zh", "")
	if w := d.do(http.MethodPost, challengePath(ch.ID), form); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty title: got %d, want 422", w.Code)
	}
}

func TestTheSnippetIsTwoLinesThatNameTheInstallation(t *testing.T) {
	d := open(t)
	body := html.UnescapeString(d.get(challengePath(d.launched().ID)))
	wants(t, body, "<script async src=\"https://photos.example.org/embed.js\"></script>\n<fanfare-challenge challenge=\"night\"></fanfare-challenge>")
}

func TestChoicesAreReadALineEach(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil,
		"wuhan | 武汉 | Wuhan\r\n\r\nbj|北京|BJ": {"wuhan", "bj"},
		"wuhan｜武汉｜Wuhan":                     {"wuhan"},
	} {
		choices, bad := parseChoices(text)
		var got []string
		for _, c := range choices {
			got = append(got, c.ID)
		}
		if bad != 0 || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, line %d, want %v", text, got, bad, want)
		}
	}
	for text, want := range map[string]int{"wuhan": 1, "a|b|c\nx|y": 2, "a||c": 1, "a|b|c|d": 1, "\n\n|b|c": 3} {
		if _, bad := parseChoices(text); bad != want {
			t.Errorf("%q: bad line %d, want %d", text, bad, want)
		}
	}
}

func TestChoicesSurviveTheForm(t *testing.T) {
	want := []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉", EN: "Wuhan"}}, {ID: "bj", Name: contest.Text{ZH: "北京", EN: "Beijing"}}}
	if got, _ := parseChoices(formatChoices(want)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
