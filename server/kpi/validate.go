package kpi

import (
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
)

// Most of what a plan may say.
const (
	MaxChannels        = 100 // each is a line of the dashboard
	MaxPrizes          = 100
	MaxAttributionDays = 90   // what people bought later, they bought for other reasons
	MaxAmount          = 1e15 // minor units: sums of thousands stay far from overflowing
	MaxCampaignDays    = 3 * 366
	MaxReason          = 500  // code points of an amendment's reason
	MaxName            = 80   // code points of a name
	MaxTerms           = 5000 // code points of how prizes are won: a long page
)

// namePattern is an identifier of a channel or partner: it stands in addresses, as utm_source does.
var namePattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$`)

// Settable are the metrics that targets and baselines are given for.
var Settable = []Metric{Impressions, Reach, Views, Visits, Clicks, Shares, Entries, Participants, Votes, Reposts, Orders, GMV, AverageOrder, Conversion}

// Validate lists what is wrong with a plan, so that it cannot be launched or follow one that was; nil where nothing is.
func (p Plan) Validate() []contest.Problem {
	var ps []contest.Problem
	check := func(ok bool, field, code string) {
		if !ok {
			ps = append(ps, contest.Problem{Field: field, Code: code})
		}
	}
	_, zone := contest.Zone(p.TimeZone)
	check(zone, "time_zone", "invalid")
	check(!p.Starts.IsZero() && !p.Ends.IsZero(), "dates", "required")
	check(spanSane(p.Starts, p.Ends), "dates", "order")
	check(p.Currency.Known(), "currency", "invalid")
	check(p.AttributionDays >= 1 && p.AttributionDays <= MaxAttributionDays, "attribution_days", "range")
	check(p.Budget >= 0 && p.Budget <= MaxAmount, "budget", "range")
	check(channelsSane(p.Channels), "channels", "invalid")
	check(choicesSane(p.Partners), "partners", "invalid")
	check(len(p.Targets) > 0, "targets", "required")
	check(figuresSane(p.Targets, 1), "targets", "range")
	check(figuresSane(p.Baseline.Figures, 0), "baseline", "range")
	check(spanSane(p.Baseline.Starts, p.Baseline.Ends), "baseline", "order")
	check(prizesSane(p.Prizes), "prizes", "invalid")
	check(shorter(p.PrizeTerms, MaxTerms), "prize_terms", "too_long")
	check(utf8.RuneCountInString(p.Baseline.Label) <= MaxName, "baseline", "label")
	for _, m := range p.Mechanics {
		check(slices.Contains(Mechanics, m), "mechanics", "invalid")
	}
	return ps
}

// spanSane reports whether a period that is given ends after it began, and not in another age.
func spanSane(starts, ends time.Time) bool {
	if starts.IsZero() && ends.IsZero() {
		return true
	}
	return !starts.IsZero() && starts.Before(ends) && ends.Year() < 9999 && ends.Sub(starts) <= MaxCampaignDays*24*time.Hour
}

// named reports whether a name is there in both languages, and no more than a name.
func named(t contest.Text) bool { return t.Complete() && shorter(t, MaxName) }

func shorter(t contest.Text, most int) bool {
	return utf8.RuneCountInString(t.ZH) <= most && utf8.RuneCountInString(t.EN) <= most
}

func channelsSane(channels []Channel) bool {
	seen := map[ChannelID]bool{}
	for _, c := range channels {
		if !namePattern.MatchString(string(c.ID)) || seen[c.ID] || !named(c.Name) || c.Budget < 0 || c.Budget > MaxAmount {
			return false
		}
		seen[c.ID] = true
	}
	return len(channels) <= MaxChannels
}

func choicesSane(choices []contest.Choice) bool {
	seen := map[string]bool{}
	for _, c := range choices {
		if !namePattern.MatchString(c.ID) || seen[c.ID] || !named(c.Name) {
			return false
		}
		seen[c.ID] = true
	}
	return len(choices) <= contest.MaxChoices
}

func figuresSane(figures map[Metric]int64, least int64) bool {
	for metric, value := range figures {
		if !slices.Contains(Settable, metric) || value < least || value > MaxAmount {
			return false
		}
	}
	return true
}

func prizesSane(prizes []Prize) bool {
	for _, p := range prizes {
		if !named(p.Name) || p.Value < 0 || p.Value > MaxAmount || p.Count < 1 || !p.Currency.Known() || p.How != ByRank && p.How != ByDraw {
			return false
		}
	}
	return len(prizes) <= MaxPrizes
}
