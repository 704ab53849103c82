// Package partner knows what partner accounts may do with fans' photos: on which outlets a fan allows reposts and until when, and
// what a repost is. It refuses to know where any of it is kept and who asks.
package partner

import (
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Outlet is a place where partners repost: a platform with sizes and manners of its own.
type Outlet string

// The outlets. Site is the partner's own web site, its letters to readers included.
const (
	Weibo       Outlet = "weibo"
	WeChat      Outlet = "wechat"
	Xiaohongshu Outlet = "xiaohongshu"
	Douyin      Outlet = "douyin"
	Instagram   Outlet = "instagram"
	X           Outlet = "x"
	Site        Outlet = "site"
)

// Outlets lists all of them, in the order in which people are asked.
var Outlets = []Outlet{Weibo, WeChat, Xiaohongshu, Douyin, Instagram, X, Site}

// Known reports whether there is such an outlet.
func (o Outlet) Known() bool { return slices.Contains(Outlets, o) }

// Grant is a fan's permission that partners repost an entry. Each change is a grant of its own that replaces the one before; none is
// ever changed, so that what was allowed at the time of a repost can be shown later.
type Grant struct {
	Challenge contest.ChallengeID
	Entry     contest.EntryID
	Version   int      // counts the entry's grants from 1
	Outlets   []Outlet // where reposts are allowed, in the order of Outlets; empty: nowhere
	Until     time.Time
	At        time.Time         // when the fan said so
	Text      contest.ConsentID // the exact words that the fan agreed to
}

// Open reports whether the grant allows anything at a time. Until is the first moment at which it does not.
func (g Grant) Open(now time.Time) bool { return len(g.Outlets) > 0 && now.Before(g.Until) }

// Allows reports whether the grant allows reposts on an outlet at a time.
func (g Grant) Allows(o Outlet, now time.Time) bool {
	return g.Open(now) && slices.Contains(g.Outlets, o)
}

// RepostID names a repost.
type RepostID string

// Repost is a post on an outlet that shows an entry, as the partner told of it.
type Repost struct {
	ID        RepostID
	Campaign  contest.CampaignID
	Challenge contest.ChallengeID
	Entry     contest.EntryID
	Partner   kpi.PartnerID
	Outlet    Outlet
	Address   string       // https, of the post
	Link      kpi.LinkCode // the tracked link that the kit gave with it; empty where there was none
	Grant     int          // version of the grant under which it was made; 0 once its fan is erased
	Staff     contest.StaffID
	At        time.Time // when it was told of
	// TakedownAsked is when the partner was asked to take it down, because the fan allows it no longer; zero before.
	TakedownAsked time.Time
	// TakenDown is when the partner said it is gone.
	TakenDown time.Time
}
