package kpi

import "fanfare/server/contest"

// Unit says what a metric's number counts.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Money   Unit = "money"   // minor units of the reporting currency
	Percent Unit = "percent" // hundredths of a percent
)

// Definition is what a metric means, in the words that stand beside its number.
type Definition struct {
	Metric Metric
	Unit   Unit
	Name   contest.Text
	Means  contest.Text
	// Of is what it is worked out from, for each span by itself; nil where it is counted, so that two hours' numbers make that of both.
	Of []Metric
}

// Counted reports whether the metric is counted, and not worked out from others.
func (d Definition) Counted() bool { return d.Of == nil }

// Define returns a metric's definition; false for what is no metric.
func Define(m Metric) (Definition, bool) {
	for _, d := range Definitions {
		if d.Metric == m {
			return d, true
		}
	}
	return Definition{}, false
}

// Definitions are those of all metrics, in the order of Metrics.
var Definitions = []Definition{
	{Impressions, Count, contest.Text{ZH: "曝光", EN: "Impressions"}, contest.Text{
		ZH: "挑战组件至少一半进入可视区域（或占满至少半屏）并停留一秒，每次打开页面计一次。机器人、工作人员以及要求不被追踪的访客不计。",
		EN: "How often a challenge's widget was at least half in view, or filled half of the screen, for a second, once per page load. Robots, staff and visitors who ask not to be tracked are not counted.",
	}, nil},
	{Reach, Count, contest.Text{ZH: "触达（日去重）", EN: "Reach (daily uniques)"}, contest.Text{
		ZH: "每天看到挑战或作品的不同浏览器数，按天去重后相加，为估算值（误差约 1%）。同一个人第二天再来会再计一次，因为不跨天识别任何人。",
		EN: "Different browsers that saw a challenge or a photo on a day, summed over the days; an estimate, good to about 1 %. Who comes back on another day counts again, because nobody is recognised from day to day.",
	}, nil},
	{Views, Count, contest.Text{ZH: "内容浏览", EN: "Content views"}, contest.Text{
		ZH: "作品大图被打开或作品页被查看的次数。", EN: "How often an entry's photo was opened or its page was seen.",
	}, nil},
	{Visits, Count, contest.Text{ZH: "访问", EN: "Visits"}, contest.Text{
		ZH: "每次到访计一次，间隔 30 分钟以上的再次到访重新计。渠道以追踪链接或 utm_source 为准，都没有的计为直接访问。",
		EN: "Times somebody came; coming back after 30 minutes is another one. The channel is told by the tracked link or the utm_source; without either it is direct.",
	}, nil},
	{Clicks, Count, contest.Text{ZH: "链接点击", EN: "Link clicks"}, contest.Text{
		ZH: "追踪链接（/t/…）被打开的次数。机器人与预加载不计。", EN: "How often a tracked link (/t/…) was opened. Robots and preloading are not counted.",
	}, nil},
	{Shares, Count, contest.Text{ZH: "分享", EN: "Shares"}, contest.Text{
		ZH: "点按“分享”或“复制链接”的次数。", EN: "How often Share or Copy link was pressed.",
	}, nil},
	{Entries, Count, contest.Text{ZH: "作品", EN: "Entries"}, contest.Text{
		ZH: "提交的作品数，计入提交的时刻；撤回和未通过的不计。", EN: "Photos entered, at the time they came in. Withdrawn and rejected ones do not count.",
	}, nil},
	{Participants, Count, contest.Text{ZH: "参与人数", EN: "Participants"}, contest.Text{
		ZH: "有作品在列或有有效投票的不同参与者，计入首次参与的时刻；每人在整个活动中只计一次。",
		EN: "Different fans with an entry or a vote that stands, at the time of their first one. Each counts once in the whole campaign.",
	}, nil},
	{Votes, Count, contest.Text{ZH: "有效投票", EN: "Votes"}, contest.Text{
		ZH: "计入结果的投票，计入投出的时刻；撤回、暂缓或剔除的，在其发生的时刻扣减，恢复时再加回。",
		EN: "Votes that count, at the time they were cast. One that is taken back, held or excluded is deducted at the time that happens, and added again when it is restored.",
	}, nil},
	{Reposts, Count, contest.Text{ZH: "转发", EN: "Reposts"}, contest.Text{
		ZH: "合作伙伴转发作品的次数：在合作台逐条登记的，加上平台报告的；删帖不扣减。", EN: "How often partners reposted entries: the posts they told of one by one, and what their platforms report beside them. One that was taken down was made all the same.",
	}, nil},
	{Orders, Count, contest.Text{ZH: "订单", EN: "Orders"}, contest.Text{
		ZH: "已付款且未取消的订单，计入下单的时刻；全额退款的仍计为订单。", EN: "Paid orders that were not cancelled, at the time they were placed. One that was refunded stays an order.",
	}, nil},
	{GMV, Money, contest.Text{ZH: "GMV", EN: "GMV"}, contest.Text{
		ZH: "订单金额减去退款，按下单日的汇率折算为报告币种，计入下单的时刻。", EN: "What orders are worth less their refunds, in the reporting currency by the rate of the order's day, at the time they were placed.",
	}, nil},
	{Refunds, Money, contest.Text{ZH: "退款", EN: "Refunds"}, contest.Text{
		ZH: "订单中已退回的金额，按订单的汇率折算，计入下单的时刻；已从 GMV 中扣除。", EN: "What was paid back on orders, by the order's rate, at the time they were placed. GMV has it deducted.",
	}, nil},
	{AverageOrder, Money, contest.Text{ZH: "客单价", EN: "Average order"}, contest.Text{
		ZH: "GMV 除以订单数。", EN: "GMV divided by orders.",
	}, []Metric{GMV, Orders}},
	{Conversion, Percent, contest.Text{ZH: "转化率", EN: "Conversion"}, contest.Text{
		ZH: "订单数除以访问数。", EN: "Orders divided by visits.",
	}, []Metric{Orders, Visits}},
}

// Derived works a metric out that is made of others; false for one that is counted, and where there is nothing to divide by.
func Derived(m Metric, of map[Metric]int64) (int64, bool) {
	switch {
	case m == AverageOrder && of[Orders] > 0:
		return scaled(of[GMV], 1, of[Orders]), true
	case m == Conversion:
		return Completion(of[Orders], of[Visits])
	}
	return 0, false
}

// wholePercent is a whole in hundredths of a percent.
const wholePercent = 100 * 100
