package kpi

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Link is a tracked link: whom and what a click on it is due to, and where it leads.
type Link struct {
	Code     LinkCode
	Campaign contest.CampaignID
	Credit
	Target    string // an https address, or the path of one of our own pages
	Label     string // staff's own words
	Staff     contest.StaffID
	CreatedAt time.Time
	// RetiredAt is when it was retired, zero before that. Such a link still leads on, because it stands on paper, but counts nothing.
	RetiredAt time.Time
}

// Retired reports whether clicks on the link no longer count.
func (l Link) Retired() bool { return !l.RetiredAt.IsZero() }

// FoldLink is a link's code as it is compared: who types it from paper mistakes letters for digits.
func FoldLink(typed string) LinkCode {
	return LinkCode(strings.NewReplacer("o", "0", "i", "1", "l", "1", "u", "v").Replace(strings.ToLower(typed)))
}

// Limits of links.
const (
	MaxTarget    = 1500 // bytes: every browser and shop takes 2,000, and ours comes on top
	MaxLinkLabel = 120  // code points
	maxAsked     = 1000 // bytes of a click's own parameters that are handed on
)

// ErrTarget says that a link may not lead there: neither https nor one of our own pages.
var ErrTarget = errors.New("no target of a link")

// CheckTarget returns an address to lead to as it is kept; ErrTarget for others than https and paths of our own pages, and for
// one that bears what we add ourselves. Own is our web origin: its addresses become paths.
func CheckTarget(typed, own string) (string, error) {
	typed = strings.TrimSpace(typed)
	if rest, ours := strings.CutPrefix(typed, own); ours && (rest == "" || rest[0] == '/') {
		typed = "/" + strings.TrimLeft(rest, "/")
	}
	u, err := url.Parse(typed)
	if err != nil || len(typed) > MaxTarget || strings.ContainsAny(typed, "\\ \t\r\n") {
		return "", ErrTarget
	}
	abroad := u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Opaque == ""
	ours := u.Scheme == "" && u.Host == "" && strings.HasPrefix(typed, "/") && !strings.HasPrefix(typed, "//") && !ownWork(u.Path)
	if !abroad && !ours || u.Query().Has(ClickParameter) {
		return "", ErrTarget
	}
	return typed, nil
}

// ownWork reports whether a path of ours is no page for visitors. A link to a link would count twice.
func ownWork(path string) bool {
	for _, prefix := range []string{"/t/", "/api/", "/console"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// ClickParameter is the parameter by which a page learns of the click that led to it.
const ClickParameter = "ff"

// Media of links, as utm_medium says them.
const (
	linkMedium    = "link"
	partnerMedium = "partner"
	// PrintedMedium is that of a code on paper, whose address says so itself.
	PrintedMedium = "qr"
)

// Landing is the address that a click is led to: the link's target, whose own parameters stay as they are; behind them those the
// click came with; then what tells the link to those who count there, where nobody has said it; and last the click's token, unless it
// is empty. Own is our web origin.
func (l Link) Landing(own, asked, token string) string {
	to := l.Target
	if strings.HasPrefix(to, "/") {
		to = own + to
	}
	to, fragment, hasFragment := strings.Cut(to, "#")
	path, query, _ := strings.Cut(to, "?")
	known, _ := url.ParseQuery(query) // what cannot be read is not known
	add := func(name, value string) {
		if value != "" && !known.Has(name) {
			known.Set(name, value)
			query += "&" + url.QueryEscape(name) + "=" + url.QueryEscape(value)
		}
	}
	if came, err := url.ParseQuery(asked); err == nil && len(asked) <= maxAsked {
		came.Del(ClickParameter)
		for _, name := range slices.Sorted(maps.Keys(came)) {
			add(name, came.Get(name))
		}
	}
	medium := linkMedium
	if l.Partner != "" {
		medium = partnerMedium
	}
	add("utm_source", string(l.Channel))
	add("utm_medium", medium)
	add("utm_campaign", string(l.Campaign))
	add("utm_content", string(l.Partner))
	add(ClickParameter, token)
	if query != "" {
		path += "?" + strings.TrimPrefix(query, "&")
	}
	if hasFragment {
		path += "#" + fragment
	}
	return path
}

// Missing are the links that a plan asks for and that none of the links is: one for each channel, and one for each channel and
// partner. They lead to the target.
func Missing(p Plan, links []Link, target string) (missing []Link) {
	there := map[Credit]bool{}
	for _, l := range links {
		if !l.Retired() {
			there[Credit{Channel: l.Channel, Partner: l.Partner}] = true
		}
	}
	for _, channel := range p.Channels {
		for _, partner := range append([]contest.Choice{{}}, p.Partners...) {
			credit := Credit{Channel: channel.ID, Partner: PartnerID(partner.ID)}
			if !there[credit] {
				missing = append(missing, Link{Credit: credit, Target: target})
			}
		}
	}
	return missing
}
