// Package demo is the demo campaign behind `fanfare serve --demo`: a challenge, its generated night photos, its fans and
// the votes they cast, and a page of another organisation that embeds the widget.
//
// It knows the public REST API and nothing of what lies behind it: fans of the demo enter and vote exactly as fans of a
// real challenge do, so what a newcomer sees moving is the product itself.
package demo

import (
	"context"
	"log/slog"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Slug names the demo challenge in addresses.
const Slug = "night"

// window is how long the demo challenge takes entries and votes.
const window = 30 * 24 * time.Hour

// Config says where Run finds the server and how to log.
type Config struct {
	// BaseURL is the server's own loopback address, such as "http://127.0.0.1:8080".
	BaseURL string
	// Origin is the installation's public origin, sent as the Origin header.
	Origin string
	Trade  Trade
	// Post tells of a partner's post that shows an entry; told again, it changes nothing. Without it partners post nothing.
	Post   func(ctx context.Context, p Post, entry string) error
	Logger *slog.Logger
}

// Campaign names the campaign that holds the demo challenge.
func Campaign() contest.Text {
	return contest.Text{ZH: "中国夜色", EN: "China after Dark"}
}

// Consent returns the text that fans of the demo agree to, and its kind.
func Consent() (kind string, text contest.Text) {
	return "entry", contest.Text{
		ZH: "照片由我本人拍摄，我同意主办方在本次挑战中展示它并署我的名字。我可以随时撤回作品。",
		EN: "I took this photo myself, and I agree that the organiser shows it in this challenge under my name. I can withdraw it at any time.",
	}
}

// Challenge returns the demo challenge as a draft that is open as soon as it is launched, and says that it was before. Its campaign and consents are
// left for the caller, who knows their identifiers.
func Challenge(now time.Time) contest.Challenge {
	open := contest.Window{Opens: now.Add(-before).Truncate(time.Hour), Closes: now.Add(window).Truncate(time.Hour)}
	return contest.Challenge{
		Slug:    Slug,
		Hashtag: "#夜景",
		Title:   contest.Text{ZH: "城市夜景挑战", EN: "City Nights"},
		Brief: contest.Text{
			ZH: "天黑以后，你的城市是什么样子？带上话题 #夜景 发一张你拍的夜景：天际线、老街、江上的桥、雨后的霓虹都可以。每人最多三张，每天可以投很多票。",
			EN: "What does your city look like after dark? Share a night photo with #夜景: a skyline, an old street, a bridge over the river, neon after the rain. Up to three photos each, and plenty of votes every day.",
		},
		Terms: contest.Terms{
			TimeZone: "Asia/Shanghai",
			Entries:  open,
			Votes:    open,
			Rules: contest.Rules{
				EntriesPerFan:  3,
				VotesPerPeriod: 100,
				Period:         contest.PeriodDay,
				Moderation:     contest.ModerateAfter,
				Guests:         true,
			},
			Cities:   cities(),
			Partners: partners(),
		},
	}
}

// Plan returns what the demo campaign sets out for: what its fans and visitors may just reach by its end. It began some days ago.
func Plan(now time.Time) kpi.Plan {
	p := kpi.StartingPlan()
	y, m, d := now.In(p.Location()).Date()
	p.Starts = time.Date(y, m, d, 0, 0, 0, 0, p.Location()).Add(-before)
	p.Ends = p.Starts.Add(before + window)
	p.Channels = []kpi.Channel{
		{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}, Budget: 60_000_00},
		{ID: "douyin", Name: contest.Text{ZH: "抖音", EN: "Douyin"}, Budget: 80_000_00},
		{ID: "newsletter", Name: contest.Text{ZH: "会员邮件", EN: "Newsletter"}},
	}
	p.Partners = partners()
	p.Targets = map[kpi.Metric]int64{
		kpi.Visits: 18_000, kpi.Entries: 20, kpi.Votes: 40_000, kpi.Orders: 700, kpi.GMV: 1_000_000_00,
	}
	p.Baseline = kpi.Baseline{
		Label: "2025", Starts: p.Starts.AddDate(-1, 0, 0), Ends: p.Ends.AddDate(-1, 0, 0),
		Figures: map[kpi.Metric]int64{kpi.Orders: 300, kpi.Entries: 9},
	}
	return p
}

func cities() []contest.Choice {
	return []contest.Choice{
		choice("beijing", "北京", "Beijing"),
		choice("shanghai", "上海", "Shanghai"),
		choice("wuhan", "武汉", "Wuhan"),
		choice("chongqing", "重庆", "Chongqing"),
		choice("guangzhou", "广州", "Guangzhou"),
		choice("xian", "西安", "Xi'an"),
	}
}

func partners() []contest.Choice {
	return []contest.Choice{
		choice("yangtze-by-night", "长江夜游指南", "Yangtze by Night"),
		choice("nightwalkers", "夜行摄影社", "Nightwalkers Photo Club"),
	}
}

func choice(id, zh, en string) contest.Choice {
	return contest.Choice{ID: id, Name: contest.Text{ZH: zh, EN: en}}
}
