package console

import (
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

type campaignView struct {
	campaignFrame
	Findings   []findingLine
	Clear      bool // nothing blocks the launch
	Parts      []planPart
	Challenges []challengeLine
	LaunchedAt page.Moment
	LaunchHash string // of the plan as it was launched
	Amendments []amendmentLine
	Archive    string // archiveReady, or what it waits for; empty before the campaign's end
}

// amendmentLine is a change of the plan after its launch, in words.
type amendmentLine struct {
	Number  int
	At      page.Moment
	By      string
	Reason  []string
	Changes []planChange
	SHA256  string
}

func (c *Console) showCampaign(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "")
	if err != nil {
		return err
	}
	words, id := c.drawer.Context(r), around.Campaign.ID
	v := campaignView{campaignFrame: around, Parts: planParts(words, around.Campaign.Plan.Plan)}
	challenges, err := c.Campaigns.In(r.Context(), id)
	if err != nil {
		return err
	}
	if v.Challenges, err = c.linesOf(r, words, challenges); err != nil {
		return err
	}
	v.Archive = archiveState(around.Campaign.Plan.Plan, challenges, c.now())
	if around.Campaign.Launched() {
		err = c.planHistory(r, words, &v)
	} else {
		v.Findings, v.Clear, err = c.findings(r, words, id)
	}
	if err != nil {
		return err
	}
	return c.draw(w, r, http.StatusOK, "campaign", words.Text(around.Campaign.Name), v)
}

// linesOf lists a campaign's challenges.
func (c *Console) linesOf(r *http.Request, words *page.Context, challenges []contest.Challenge) (lines []challengeLine, err error) {
	for _, ch := range challenges {
		counts, err := c.Campaigns.Counts(r.Context(), ch.ID)
		if err != nil {
			return nil, err
		}
		lines = append(lines, c.line(words, ch, counts))
	}
	return lines, nil
}

// planHistory fills in what was launched and what was amended since, the last one first.
func (c *Console) planHistory(r *http.Request, words *page.Context, v *campaignView) error {
	plan, amendments, err := c.Campaigns.History(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	names, err := c.Staff.Names(r.Context())
	if err != nil {
		return err
	}
	zone := v.Campaign.Location()
	v.LaunchedAt, v.LaunchHash = words.Moment(v.Campaign.LaunchedAt, c.now(), zone), plan.Hash()
	for _, a := range amendments {
		line := amendmentLine{
			Number: a.Number, At: words.Moment(a.At, c.now(), zone), By: names[a.Staff], Reason: page.Paragraphs(a.Reason),
			Changes: planChanges(words, plan, a.Plan), SHA256: a.Hash(),
		}
		v.Amendments = append([]amendmentLine{line}, v.Amendments...)
		plan = a.Plan
	}
	return nil
}

// findingLine is a line of the pre-flight list, in words.
type findingLine struct {
	Blocks bool
	Title  string
	Text   string
	Path   string // to where it is mended; empty where nothing has to be
	Source string // the rule's name, where it is not ours
	Said   string // what the rule says
}

// findings lists what the pre-flight finds, what blocks the launch first; clear says that nothing does.
func (c *Console) findings(r *http.Request, words *page.Context, id contest.CampaignID) (lines []findingLine, clear bool, err error) {
	found, err := c.Campaigns.Preflight(r.Context(), id)
	if err != nil {
		return nil, false, err
	}
	return findingLines(words, id, found), kpi.Cleared(found), nil
}

func findingLines(words *page.Context, id contest.CampaignID, found []kpi.Finding) (lines []findingLine) {
	seen := map[findingLine]bool{}
	for _, blocks := range []bool{true, false} {
		for _, f := range found {
			if line := findingOf(words, id, f); f.Blocks == blocks && !seen[line] {
				seen[line] = true
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func findingOf(words *page.Context, id contest.CampaignID, f kpi.Finding) findingLine {
	line := findingLine{Blocks: f.Blocks}
	switch f.Check {
	case kpi.CheckPlan:
		line.Title, line.Text = words.T("field."+f.Field), faultText(words, f.Field, f.Code)
	case kpi.CheckMechanic:
		line.Title, line.Text = words.T("mechanics."+string(f.Mechanic)), words.T("check.mechanic.text")
	default:
		pairs := []any{"hashtag", f.Challenge.Hashtag, "name", words.Text(f.Name), "n", words.Number(f.Count)}
		line.Title, line.Text = words.T("check."+string(f.Check), pairs...), words.T("check."+string(f.Check)+".text", pairs...)
	}
	switch {
	case f.Field != "":
		line.Path = campaignPath(id) + "/plan#f-" + f.Field
	case f.Challenge.ID != "":
		line.Path = challengePath(f.Challenge.ID)
	case f.Check == kpi.CheckLink:
		line.Path = campaignPath(id) + "/links"
	case f.Check == kpi.CheckChallenges:
		line.Path = "/console/challenges/new?campaign=" + string(id)
	}
	if f.Source != "" {
		line.Source, line.Said = words.T("source."+string(f.Source)), words.T("source."+string(f.Source)+".says")
	}
	return line
}
