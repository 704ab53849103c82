package kpi

import (
	"slices"
	"time"

	"fanfare/server/contest"
)

// Check names what a pre-flight looks at. Surfaces say it in words.
type Check string

// The checks. Those that block a launch say so in Finding.
const (
	CheckName       Check = "name"               // the campaign's name, in both languages
	CheckPlan       Check = "plan"               // what Validate says of a field
	CheckOver       Check = "over"               // the period has passed
	CheckTerms      Check = "prize_terms"        // prizes, and nothing about how one comes to them
	CheckBegun      Check = "begun"              // it runs already: targets that are set now were not set before
	CheckChallenges Check = "no_challenge"       // there is none
	CheckChallenge  Check = "challenge_problems" // a challenge cannot be launched as it is
	CheckDraft      Check = "challenge_draft"    // a challenge is not launched
	CheckWindow     Check = "challenge_period"   // a challenge is open outside the campaign's period
	CheckPartner    Check = "partner_missing"    // a challenge's partner is none of the plan's
	CheckWinners    Check = "winners"            // as many places win as prizes are there, or not
	CheckChannels   Check = "no_channel"
	CheckLink       Check = "no_link" // a channel has no tracked link
	CheckBaseline   Check = "no_baseline"
	CheckLength     Check = "baseline_length" // the baseline is of a longer or shorter period
	CheckBudget     Check = "over_budget"     // channels get more than there is
	CheckDrawCap    Check = "draw_cap"        // a draw's prize is worth more than China's law allows
	CheckMechanic   Check = "mechanic"        // WeChat closes links that do this
)

// Source is where a warning's rule stands.
type Source string

// The sources: China's rules for promotions (order 32 of the market regulator, in force since December 2020), by article,
// and WeChat's rules for links to other sites.
const (
	PromotionRules13 Source = "promotion_rules_13" // prizes and how they are won are public before anybody takes part
	PromotionRules17 Source = "promotion_rules_17" // no prize of a draw is worth more than 50,000 yuan
	WeChatLinks      Source = "wechat_links"
)

// drawCap is the most that a draw's prize may be worth in China: 50,000 yuan, in fen.
const drawCap = 50_000_00

// Finding is a line of the pre-flight list.
type Finding struct {
	Check  Check
	Blocks bool   // the launch
	Field  string // of the plan's form, where it is mended there
	Code   string // of CheckPlan: what is wrong with the field
	Source Source // of a rule that is not ours; empty for our own
	// What it is about, as far as that says something.
	Challenge contest.Challenge
	Name      contest.Text
	Mechanic  Mechanic
	Count     int
}

// Surroundings are what a pre-flight looks at beside the plan.
type Surroundings struct {
	Name       contest.Text // of the campaign
	Challenges []contest.Challenge
	// Problems are what stands in the way of launching each of the challenges.
	Problems map[contest.ChallengeID]int
	Linked   []ChannelID // channels that have a tracked link
	Now      time.Time
}

// Preflight lists what stands in the way of launching a campaign, and then what its people should know before they do.
func (p Plan) Preflight(s Surroundings) []Finding {
	var fs []Finding
	if !s.Name.Complete() {
		fs = append(fs, Finding{Check: CheckName, Blocks: true, Field: "plan_name"})
	}
	for _, problem := range p.Validate() {
		fs = append(fs, Finding{Check: CheckPlan, Blocks: true, Field: problem.Field, Code: problem.Code})
	}
	if !p.Ends.IsZero() && !s.Now.Before(p.Ends) {
		fs = append(fs, Finding{Check: CheckOver, Blocks: true, Field: "dates"})
	}
	if len(p.Prizes) > 0 && !p.PrizeTerms.Complete() {
		fs = append(fs, Finding{Check: CheckTerms, Blocks: true, Field: "prize_terms", Source: PromotionRules13})
	}
	if p.Running(s.Now) {
		fs = append(fs, Finding{Check: CheckBegun, Field: "dates"})
	}
	return slices.Concat(fs, p.preflightChallenges(s), p.preflightChannels(s), p.preflightFigures(), p.preflightRules())
}

// preflightChallenges looks at the campaign's challenges.
func (p Plan) preflightChallenges(s Surroundings) (fs []Finding) {
	if len(s.Challenges) == 0 {
		fs = append(fs, Finding{Check: CheckChallenges})
	}
	winners, prizes := 0, 0
	for _, c := range s.Challenges {
		winners += c.Rules.Winners
		switch n := s.Problems[c.ID]; {
		case n > 0:
			fs = append(fs, Finding{Check: CheckChallenge, Challenge: c, Count: n})
		case !c.Launched():
			fs = append(fs, Finding{Check: CheckDraft, Challenge: c})
		}
		if !p.Ends.IsZero() && (c.Entries.Opens.Before(p.Starts) || c.Votes.Opens.Before(p.Starts) || c.Entries.Closes.After(p.Ends) || c.Votes.Closes.After(p.Ends)) {
			fs = append(fs, Finding{Check: CheckWindow, Field: "dates", Challenge: c})
		}
		for _, partner := range c.Partners {
			if _, ok := p.Partner(PartnerID(partner.ID)); !ok {
				fs = append(fs, Finding{Check: CheckPartner, Field: "partners", Challenge: c, Name: partner.Name})
			}
		}
	}
	for _, prize := range p.Prizes {
		if prize.How == ByRank {
			prizes += prize.Count
		}
	}
	if prizes > 0 && len(s.Challenges) > 0 && prizes != winners {
		fs = append(fs, Finding{Check: CheckWinners, Field: "prizes", Count: winners})
	}
	return fs
}

// preflightChannels looks at the ways on which people come.
func (p Plan) preflightChannels(s Surroundings) (fs []Finding) {
	if len(p.Channels) == 0 {
		fs = append(fs, Finding{Check: CheckChannels, Field: "channels"})
	}
	spent := int64(0)
	for _, c := range p.Channels {
		spent += c.Budget
		if !slices.Contains(s.Linked, c.ID) {
			fs = append(fs, Finding{Check: CheckLink, Name: c.Name})
		}
	}
	if p.Budget > 0 && spent > p.Budget {
		fs = append(fs, Finding{Check: CheckBudget, Field: "budget"})
	}
	return fs
}

// preflightFigures looks at what the numbers are measured against.
func (p Plan) preflightFigures() (fs []Finding) {
	if len(p.Baseline.Figures) == 0 {
		return []Finding{{Check: CheckBaseline, Field: "baseline"}}
	}
	if was, is := days(p.Baseline.Starts, p.Baseline.Ends), days(p.Starts, p.Ends); was > 0 && is > 0 && was != is {
		fs = append(fs, Finding{Check: CheckLength, Field: "baseline", Count: was})
	}
	return fs
}

// days is how many days a period has, to the nearest: some are an hour shorter.
func days(starts, ends time.Time) int {
	return int((ends.Sub(starts) + 12*time.Hour) / (24 * time.Hour))
}

// preflightRules looks at laws and platforms.
func (p Plan) preflightRules() (fs []Finding) {
	for _, prize := range p.Prizes {
		if prize.How == ByDraw && prize.Currency == "CNY" && prize.Value > drawCap {
			fs = append(fs, Finding{Check: CheckDrawCap, Field: "prizes", Name: prize.Name, Source: PromotionRules17})
		}
	}
	for _, m := range p.Mechanics {
		fs = append(fs, Finding{Check: CheckMechanic, Field: "mechanics", Mechanic: m, Source: WeChatLinks})
	}
	return fs
}

// Cleared reports whether nothing on a pre-flight list blocks the launch.
func Cleared(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.Blocks })
}
