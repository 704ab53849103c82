package page

import (
	"strconv"
	"time"

	"fanfare/server/contest"
)

// Moment is a point in time as a page shows it.
type Moment struct {
	ISO  string // for machines, RFC 3339
	Text string // in the page's language and the challenge's time zone
}

// Moment writes a time in a zone; the year only where it is not now's.
func (c *Context) Moment(t, now time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	sameYear := local.Year() == now.In(zone).Year()
	layout := "2 Jan 2006, 15:04"
	switch {
	case c.Lang == Chinese && sameYear:
		layout = "1月2日 15:04"
	case c.Lang == Chinese:
		layout = "2006年1月2日 15:04"
	case sameYear:
		layout = "2 Jan, 15:04"
	}
	return Moment{t.UTC().Format(time.RFC3339), local.Format(layout)}
}

// Day writes a date with its year.
func (c *Context) Day(t time.Time, zone *time.Location) string {
	layout := "2 January 2006"
	if c.Lang == Chinese {
		layout = "2006年1月2日"
	}
	return t.In(zone).Format(layout)
}

// DayMonth writes a date without its year.
func (c *Context) DayMonth(t time.Time, zone *time.Location) string {
	layout := "2 Jan"
	if c.Lang == Chinese {
		layout = "1月2日"
	}
	return t.In(zone).Format(layout)
}

// Span says how long it is from one time to a later one, in the largest unit that leaves at least two: "3 days",
// "47 hours". It never promises more than there is.
func (c *Context) Span(from, to time.Time) string {
	left := max(to.Sub(from), 0)
	switch {
	case left >= 48*time.Hour:
		return c.N("span.days", int(left/(24*time.Hour)))
	case left >= 2*time.Hour:
		return c.N("span.hours", int(left/time.Hour))
	case left >= time.Minute:
		return c.N("span.minutes", int(left/time.Minute))
	}
	return c.T("span.moment")
}

// Zone says in which time zone, with its offset at t, a page's times are: "Asia/Shanghai (UTC+8)".
func (c *Context) Zone(challenge contest.Challenge, t time.Time) string {
	return c.T("zone", "zone", challenge.TimeZone, "offset", offsetOf(challenge, t))
}

// zoneName is a challenge's time zone with its offset at t.
func (c *Context) zoneName(challenge contest.Challenge, t time.Time) string {
	return challenge.TimeZone + " (" + offsetOf(challenge, t) + ")"
}

func offsetOf(challenge contest.Challenge, t time.Time) string {
	_, offset := t.In(challenge.Location()).Zone()
	sign, minutes := "+", offset/60
	if minutes < 0 {
		sign, minutes = "−", -minutes
	}
	text := "UTC"
	if minutes > 0 {
		text += sign + strconv.Itoa(minutes/60)
	}
	if minutes%60 > 0 {
		text += ":" + strconv.Itoa(minutes%60)
	}
	return text
}

// Deadline says what happens next in a challenge and when: "Entries close in 3 days".
func (c *Context) Deadline(challenge contest.Challenge, now time.Time) string {
	e, v := challenge.Entries, challenge.Votes
	in := func(key string, t time.Time) string { return c.T(key, "span", c.Span(now, t)) }
	switch challenge.Phase(now) {
	case "draft":
		return c.T("deadline.draft")
	case "both":
		if e.Closes.Equal(v.Closes) {
			return in("deadline.ends", e.Closes)
		}
		if v.Closes.Before(e.Closes) {
			return in("deadline.votes_close", v.Closes)
		}
		return in("deadline.entries_close", e.Closes)
	case "entries":
		return in("deadline.entries_close", e.Closes)
	case "votes":
		return in("deadline.votes_close", v.Closes)
	case "ended":
		return c.T("deadline.ended", "date", c.Day(later(e.Closes, v.Closes), challenge.Location()))
	case "audit":
		return c.awaited(challenge, now)
	case "certified":
		return c.T("deadline.certified", "date", c.Day(challenge.CertifiedAt, challenge.Location()))
	}
	if now.Before(e.Opens) && (e.Opens.Before(v.Opens) || !now.Before(v.Opens)) {
		return in("deadline.entries_open", e.Opens)
	}
	if e.Opens.Equal(v.Opens) {
		return in("deadline.opens", e.Opens)
	}
	return in("deadline.votes_open", v.Opens)
}

// awaited says from when on the result of a challenge that has ended can be certified.
func (c *Context) awaited(challenge contest.Challenge, now time.Time) string {
	if ends := challenge.AuditEnds(); now.Before(ends) {
		return c.T("deadline.audit", "date", c.Moment(ends, now, challenge.Location()).Text)
	}
	return c.T("deadline.result_soon")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stamp writes a time with its year, for what stays true for years.
func (c *Context) stamp(t time.Time, zone *time.Location) string {
	layout := "2 Jan 2006, 15:04"
	if c.Lang == Chinese {
		layout = "2006年1月2日 15:04"
	}
	return t.In(zone).Format(layout)
}
