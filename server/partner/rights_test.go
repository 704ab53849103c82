package partner_test

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

func TestAnEntryMayBeRepostedWhereItIsShownAndItsFanAllowsIt(t *testing.T) {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	before := end.Add(-time.Millisecond)
	shown := contest.Entry{Status: contest.Published}
	granted := partner.Grant{Version: 1, Outlets: []partner.Outlet{partner.Weibo}, Until: end}
	for _, c := range []struct {
		name   string
		entry  contest.Entry
		grant  partner.Grant
		outlet partner.Outlet
		now    time.Time
		want   partner.Refusal
	}{
		{"allowed", shown, granted, partner.Weibo, before, ""},
		{"elsewhere", shown, granted, partner.X, before, partner.NotHere},
		{"the end", shown, granted, partner.Weibo, end, partner.TermOver},
		{"never asked", shown, partner.Grant{}, partner.Weibo, before, partner.NotAsked},
		{"taken back", shown, partner.Grant{Version: 2}, partner.Weibo, before, partner.TakenBack},
		{"waiting", contest.Entry{Status: contest.Pending}, granted, partner.Weibo, before, partner.NotShown},
		{"rejected", contest.Entry{Status: contest.Rejected}, granted, partner.Weibo, before, partner.NotShown},
		{"withdrawn", contest.Entry{Status: contest.Withdrawn}, granted, partner.Weibo, before, partner.NotShown},
		{"hidden by a takedown", contest.Entry{Status: contest.Published, Takedown: "t_1"}, granted, partner.Weibo, before, partner.NotShown},
		{"passed over", contest.Entry{Status: contest.Published, PassedOver: contest.Duplicate}, granted, partner.Weibo, before, partner.NotShown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := partner.May(c.entry, c.grant, c.outlet, c.now); got != c.want {
				t.Errorf("on %s: %q, want %q", c.outlet, got, c.want)
			}
			anywhere := c.want
			if anywhere == partner.NotHere {
				anywhere = ""
			}
			if got := partner.MayAny(c.entry, c.grant, c.now); got != anywhere {
				t.Errorf("anywhere: %q, want %q", got, anywhere)
			}
		})
	}
}
