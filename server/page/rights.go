package page

import (
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// Rights says where and until when partners may repost an entry, or that they may not.
func (c *Context) Rights(e contest.Entry, g partner.Grant, ch contest.Challenge, now time.Time) string {
	if partner.MayAny(e, g, now) != "" {
		return c.T("rights.closed")
	}
	return c.Grant(g, ch)
}

// Reposting says what a grant lets partners do now with an entry that is shown.
func (c *Context) Reposting(g partner.Grant, ch contest.Challenge, now time.Time) string {
	if !g.Open(now) {
		return c.T("rights.closed")
	}
	return c.Grant(g, ch)
}

// Grant says what a grant allows, whether or not it is over.
func (c *Context) Grant(g partner.Grant, ch contest.Challenge) string {
	date := c.Day(g.Until.Add(-time.Millisecond), ch.Location())
	switch len(g.Outlets) {
	case 0:
		return c.T("rights.taken")
	case len(partner.Outlets):
		return c.T("rights.all", "date", date)
	}
	return c.T("rights.some", "date", date, "outlets", c.Outlets(g.Outlets))
}

// Outlets names outlets in a row.
func (c *Context) Outlets(list []partner.Outlet) string {
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = c.T("outlet." + string(o))
	}
	return strings.Join(names, c.T("list.comma"))
}
