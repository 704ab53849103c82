package page

import (
	"strings"
	"time"

	"fanfare/server/partner"
)

// Reposting says what a grant lets partners do now, in a sentence. A day is one of the challenge's time zone.
func (c *Context) Reposting(g partner.Grant, now time.Time, zone *time.Location) string {
	if !g.Open(now) {
		return c.T("reposting.closed")
	}
	names := make([]string, len(g.Outlets))
	for i, o := range g.Outlets {
		names[i] = c.T("outlet." + string(o))
	}
	return c.T("reposting.open", "outlets", strings.Join(names, c.T("list.comma")), "day", c.Day(g.Until.Add(-time.Millisecond), zone))
}
