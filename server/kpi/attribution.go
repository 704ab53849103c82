package kpi

import (
	"strings"
	"time"

	"fanfare/server/contest"
)

// Means is by what an order is attributed.
type Means string

// The means, the strongest first.
const (
	ByClick  Means = "click"
	ByCoupon Means = "coupon"
	ByFCode  Means = "f-code"
)

// Why says why an order is attributed as it is.
type Why string

// The reasons. The first two attribute, the others say why nothing could.
const (
	LastClick    Why = "last_click"    // the last click within the window
	KnownCode    Why = "known_code"    // no click within the window, but a code
	NothingKnown Why = "nothing"       // it brought neither a click nor a code
	ClickForged  Why = "click_forged"  // what it brought as a click is none of ours
	ClickUnknown Why = "click_unknown" // the link is none of this campaign's, or was retired before
	ClickTooOld  Why = "click_too_old" // the last click is from before the window
	ClickTooNew  Why = "click_too_new" // the click is from after the order
	CodeUnknown  Why = "code_unknown"  // nobody has said whose the codes are
)

// Click is a click on a tracked link, as a shop's order brings it along.
type Click struct {
	Link LinkCode  `json:"link"`
	At   time.Time `json:"at"`
}

// Credit is whom an order may be due to.
type Credit struct {
	Challenge contest.ChallengeID
	Channel   ChannelID
	Partner   PartnerID
	Entry     contest.EntryNumber // 0 for none
}

// Attribution is whom an order is due to, by what and why.
type Attribution struct {
	Credit
	Means     Means // empty where it is due to nobody
	Why       Why
	Link      LinkCode
	ClickedAt time.Time
	Code      string
}

// Code is a code that shoppers enter, and whom an order with it is due to.
type Code struct {
	Campaign  contest.CampaignID
	Code      string // as FoldCode leaves it
	Means     Means  // ByCoupon or ByFCode
	Credit    Credit
	Staff     contest.StaffID
	CreatedAt time.Time
}

// FoldCode writes a code as it is compared: shoppers type capitals and spaces as they like.
func FoldCode(code string) string { return strings.ToUpper(strings.Join(strings.Fields(code), "")) }

// clockSkew is how far a shop's clock may be behind ours.
const clockSkew = 5 * time.Minute

// Lead is what an order brought along that may attribute it.
type Lead struct {
	PlacedAt time.Time
	Clicks   []Click
	Forged   int // tokens that were no clicks of ours
	Codes    []string
}

// Attribute says whom an order is due to: to the last click within the window before it, whose link is the campaign's; else to
// the first coupon that is known, else to the first F-code. Links and codes are those that the lead names, as far as they are
// the campaign's; a link that is retired is due what it led to before.
func Attribute(lead Lead, window time.Duration, links map[LinkCode]Link, codes map[string]Code) Attribution {
	failed := NothingKnown
	if lead.Forged > 0 {
		failed = ClickForged
	}
	var last Attribution
	for _, c := range lead.Clicks {
		link, known := links[c.Link]
		age := lead.PlacedAt.Sub(c.At)
		switch {
		case !known, link.Retired() && c.At.After(link.RetiredAt):
			failed = ClickUnknown
		case age < -clockSkew:
			failed = ClickTooNew
		case age > window:
			failed = ClickTooOld
		case c.At.After(last.ClickedAt):
			last = Attribution{link.Credit, ByClick, LastClick, c.Link, c.At, ""}
		}
	}
	if last.Means != "" {
		return last
	}
	for _, means := range []Means{ByCoupon, ByFCode} {
		for _, typed := range lead.Codes {
			if code, ok := codes[FoldCode(typed)]; ok && code.Means == means {
				return Attribution{Credit: code.Credit, Means: means, Why: KnownCode, Code: code.Code}
			}
		}
	}
	if failed == NothingKnown && len(lead.Codes) > 0 {
		failed = CodeUnknown
	}
	return Attribution{Why: failed}
}

// LeadOf returns what the events of an order brought along.
func LeadOf(placed time.Time, events []OrderEvent) Lead {
	lead := Lead{PlacedAt: placed}
	for _, e := range events {
		lead.Clicks = append(lead.Clicks, e.Says.Clicks...)
		lead.Codes = append(lead.Codes, e.Says.Codes...)
		lead.Forged += e.Says.Forged
	}
	return lead
}
