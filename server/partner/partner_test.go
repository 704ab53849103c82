package partner_test

import (
	"testing"
	"time"

	"fanfare/server/partner"
)

func TestAGrantAllowsItsOutletsUntilItsEnd(t *testing.T) {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	before := end.Add(-time.Millisecond)
	some := partner.Grant{Outlets: []partner.Outlet{partner.Weibo, partner.Site}, Until: end}
	for _, c := range []struct {
		name   string
		grant  partner.Grant
		outlet partner.Outlet
		now    time.Time
		want   bool
	}{
		{"one of them", some, partner.Site, before, true},
		{"another outlet", some, partner.X, before, false},
		{"the end", some, partner.Weibo, end, false},
		{"nowhere", partner.Grant{Until: end}, partner.Weibo, before, false},
		{"never asked", partner.Grant{}, partner.Weibo, before, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.grant.Allows(c.outlet, c.now); got != c.want {
				t.Errorf("allowed: %v, want %v", got, c.want)
			}
		})
	}
}
