package kpi

import (
	"testing"
	"time"
)

func TestAnOrderIsDueToTheLastClickInTheWindow(t *testing.T) {
	const week = 7 * 24 * time.Hour
	links := map[LinkCode]Link{
		"weibo": {Credit: Credit{Channel: "weibo", Partner: "wuhan"}}, "douyin": {Credit: Credit{Channel: "douyin", Entry: 7, Challenge: "ch_1"}},
		"old": {Credit: Credit{Channel: "old"}, RetiredAt: placed.Add(-time.Hour)},
	}
	codes := map[string]Code{
		"NIGHT10": {Code: "NIGHT10", Means: ByCoupon, Credit: Credit{Channel: "shop"}},
		"F-77":    {Code: "F-77", Means: ByFCode, Credit: Credit{Channel: "fans"}},
	}
	at := func(link LinkCode, before time.Duration) Click { return Click{link, placed.Add(-before)} }
	for name, c := range map[string]struct {
		lead Lead
		want Attribution
	}{
		"one click": {Lead{Clicks: []Click{at("weibo", time.Hour)}}, Attribution{links["weibo"].Credit, ByClick, LastClick, "weibo", placed.Add(-time.Hour), ""}},
		"the last of two, in any order": {
			Lead{Clicks: []Click{at("douyin", time.Minute), at("weibo", time.Hour)}}, Attribution{links["douyin"].Credit, ByClick, LastClick, "douyin", placed.Add(-time.Minute), ""},
		},
		"the window's first moment":      {Lead{Clicks: []Click{at("weibo", week)}}, Attribution{links["weibo"].Credit, ByClick, LastClick, "weibo", placed.Add(-week), ""}},
		"before the window":              {Lead{Clicks: []Click{at("weibo", week+time.Millisecond)}}, Attribution{Why: ClickTooOld}},
		"a clock that is slow":           {Lead{Clicks: []Click{at("weibo", -time.Minute)}}, Attribution{links["weibo"].Credit, ByClick, LastClick, "weibo", placed.Add(time.Minute), ""}},
		"after the order":                {Lead{Clicks: []Click{at("weibo", -time.Hour)}}, Attribution{Why: ClickTooNew}},
		"a link of others":               {Lead{Clicks: []Click{at("else", time.Hour)}}, Attribution{Why: ClickUnknown}},
		"a newer one of others":          {Lead{Clicks: []Click{at("else", time.Minute), at("weibo", time.Hour)}}, Attribution{links["weibo"].Credit, ByClick, LastClick, "weibo", placed.Add(-time.Hour), ""}},
		"before its link was retired":    {Lead{Clicks: []Click{at("old", 2*time.Hour)}}, Attribution{links["old"].Credit, ByClick, LastClick, "old", placed.Add(-2 * time.Hour), ""}},
		"after its link was retired":     {Lead{Clicks: []Click{at("old", time.Minute)}}, Attribution{Why: ClickUnknown}},
		"forged":                         {Lead{Forged: 1}, Attribution{Why: ClickForged}},
		"nothing":                        {Lead{}, Attribution{Why: NothingKnown}},
		"a coupon":                       {Lead{Codes: []string{"night 10"}}, Attribution{Credit: Credit{Channel: "shop"}, Means: ByCoupon, Why: KnownCode, Code: "NIGHT10"}},
		"a coupon before an F-code":      {Lead{Codes: []string{"f-77", "NIGHT10"}}, Attribution{Credit: Credit{Channel: "shop"}, Means: ByCoupon, Why: KnownCode, Code: "NIGHT10"}},
		"an F-code":                      {Lead{Codes: []string{"f-77"}}, Attribution{Credit: Credit{Channel: "fans"}, Means: ByFCode, Why: KnownCode, Code: "F-77"}},
		"a click before a coupon":        {Lead{Clicks: []Click{at("weibo", time.Hour)}, Codes: []string{"NIGHT10"}}, Attribution{links["weibo"].Credit, ByClick, LastClick, "weibo", placed.Add(-time.Hour), ""}},
		"a coupon where a click is late": {Lead{Clicks: []Click{at("weibo", 2*week)}, Codes: []string{"NIGHT10"}}, Attribution{Credit: Credit{Channel: "shop"}, Means: ByCoupon, Why: KnownCode, Code: "NIGHT10"}},
		"a code of nobody":               {Lead{Codes: []string{"SPRING"}}, Attribution{Why: CodeUnknown}},
	} {
		c.lead.PlacedAt = placed
		if got := Attribute(c.lead, week, links, codes); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}
