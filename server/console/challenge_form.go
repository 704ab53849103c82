package console

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/page"
)

// The fields of the challenge form, in the order shown. They bear the names of contest.Problem.
var challengeFields = []string{
	"campaign_name", "title", "hashtag", "slug", "brief", "time_zone", "entries", "votes", "entries_per_fan", "moderation",
	"votes_per_period", "votes_per_entry", "period", "voters", "weights", "jury_points", "tally", "tally_delay_minutes", "audit_hours", "winners",
	"grace_seconds", "originals_days", "capture", "cities", "partners", "consents", "consent_rights", "consent_privacy",
}

// consentKinds are the consents that the form offers, in the order shown.
var consentKinds = []string{"rights", "privacy"}

// formTime is how a datetime-local input writes a time.
const formTime = "2006-01-02T15:04"

// secondsShown: the grace is typed in minutes.
const secondsShown = 60

// What a new challenge begins with.
const (
	defaultEntriesPerFan  = 3
	defaultVotesPerPeriod = 5
	defaultEntryDays      = 14
	defaultVoteDays       = 16 // two days longer, so that the last photo can still win
	defaultCloseHour      = 22
	defaultGraceMinutes   = 60 // a phone on its way home finds a network within it
	defaultAuditHours     = 24 // a working day to look at the votes of the last night
	defaultWinners        = 3
)

// newValues is the form of a challenge that does not exist yet.
func newValues(now time.Time, words *page.Renderer) url.Values {
	c := contest.Challenge{}
	c.TimeZone = "Asia/Shanghai"
	y, m, d := now.In(c.Location()).Date()
	day := func(after, hour int) time.Time { return time.Date(y, m, d+after, hour, 0, 0, 0, c.Location()) }
	c.Entries = contest.Window{Opens: day(0, 0), Closes: day(defaultEntryDays, defaultCloseHour)}
	c.Votes = contest.Window{Opens: day(0, 0), Closes: day(defaultVoteDays, defaultCloseHour)}
	c.Rules = contest.Rules{
		EntriesPerFan: defaultEntriesPerFan, VotesPerPeriod: defaultVotesPerPeriod, Period: contest.PeriodDay,
		Moderation: contest.ModerateBefore, Guests: true, GraceSeconds: defaultGraceMinutes * secondsShown,
		AuditHours: defaultAuditHours, Winners: defaultWinners,
	}
	v := challengeValues(c, nil)
	for _, kind := range consentKinds {
		for _, lang := range page.Langs {
			v.Set(langField("consent_"+kind, lang), words.Say(lang, "consent."+kind+".text"))
		}
	}
	return v
}

// challengeValues writes a challenge into the form's fields.
func challengeValues(c contest.Challenge, consents []contest.Consent) url.Values {
	v := url.Values{}
	text := func(name string, t contest.Text) {
		v.Set(langField(name, page.Chinese), t.ZH)
		v.Set(langField(name, page.English), t.EN)
	}
	at := func(name string, t time.Time) {
		if !t.IsZero() {
			v.Set(name, t.In(c.Location()).Format(formTime))
		}
	}
	yes := func(name string, on bool) {
		if on {
			v.Set(name, "on")
		}
	}
	v.Set("slug", c.Slug)
	v.Set("hashtag", c.Hashtag)
	text("title", c.Title)
	text("brief", c.Brief)
	v.Set("time_zone", c.TimeZone)
	at("entries_open", c.Entries.Opens)
	at("entries_close", c.Entries.Closes)
	at("votes_open", c.Votes.Opens)
	at("votes_close", c.Votes.Closes)
	v.Set("entries_per_fan", strconv.Itoa(c.Rules.EntriesPerFan))
	v.Set("moderation", string(c.Rules.Moderation))
	yes("guests", c.Rules.Guests)
	voteValues(v, c.Rules)
	v.Set("grace_seconds", strconv.Itoa((c.Rules.GraceSeconds+secondsShown-1)/secondsShown))
	v.Set("originals_days", strconv.Itoa(c.Rules.OriginalsDays))
	yes("capture_required", c.Rules.Capture.Required)
	at("capture_after", c.Rules.Capture.After)
	at("capture_before", c.Rules.Capture.Before)
	v.Set("cameras", strings.Join(c.Rules.Capture.Cameras, "\n"))
	v.Set("cities", formatChoices(c.Cities))
	v.Set("partners", formatChoices(c.Partners))
	for _, consent := range consents {
		text("consent_"+consent.Kind, consent.Text)
	}
	return v
}

// challengeForm reads the form's fields, and notes what cannot be read.
type challengeForm struct {
	values url.Values
	faults faults
}

func (f *challengeForm) text(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(f.values.Get(name), "\r\n", "\n"))
}

func (f *challengeForm) both(name string) contest.Text {
	return contest.Text{ZH: f.text(langField(name, page.Chinese)), EN: f.text(langField(name, page.English))}
}

// maxNumber is above every limit, and times secondsShown still a number.
const maxNumber = 1 << 24

func (f *challengeForm) number(name string) int {
	n, err := strconv.Atoi(f.text(name))
	if err != nil || n > maxNumber || n < -maxNumber {
		f.faults.add(name, "number")
	}
	return n
}

// at reads a time in the zone; an empty field is no time. field is where a fault is told.
func (f *challengeForm) at(name, field string, zone *time.Location) time.Time {
	typed := f.text(name)
	if typed == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(formTime, typed, zone)
	if err != nil {
		t, err = time.ParseInLocation(formTime+":05", typed, zone) // some browsers add seconds
	}
	if err != nil {
		f.faults.add(field, "time")
	}
	return t
}

func (f *challengeForm) choices(name string) []contest.Choice {
	choices, bad := parseChoices(f.values.Get(name))
	if bad > 0 {
		f.faults.add(name, "line", "line", bad)
	}
	return choices
}

// words reads what stays editable after launch.
func (f *challengeForm) words(c *contest.Challenge) {
	c.Hashtag, c.Title, c.Brief = f.text("hashtag"), f.both("title"), f.both("brief")
}

// terms reads what a launch freezes, save the consents.
func (f *challengeForm) terms(c *contest.Challenge) {
	c.Slug, c.TimeZone = f.text("slug"), f.text("time_zone")
	zone := c.Location()
	window := func(name string) contest.Window {
		return contest.Window{Opens: f.at(name+"_open", name, zone), Closes: f.at(name+"_close", name, zone)}
	}
	c.Entries, c.Votes = window("entries"), window("votes")
	c.Rules = contest.Rules{
		EntriesPerFan: f.number("entries_per_fan"), Moderation: contest.Moderation(f.text("moderation")),
		Guests: f.values.Has("guests"), GraceSeconds: f.number("grace_seconds") * secondsShown, OriginalsDays: f.number("originals_days"),
		Capture: contest.CaptureRules{
			Required: f.values.Has("capture_required"), Cameras: lines(f.values.Get("cameras")),
			After: f.at("capture_after", "capture", zone), Before: f.at("capture_before", "capture", zone),
		},
	}
	f.votes(&c.Rules)
	c.Cities, c.Partners = f.choices("cities"), f.choices("partners")
}

// campaign checks the name of a new campaign, if one was typed.
func (f *challengeForm) campaign() {
	if name := f.both("campaign_name"); name != (contest.Text{}) && !name.Complete() {
		f.faults.add("campaign_name", "both_languages")
	}
}

// consents reads the consent texts; one that is empty in both languages is not asked for.
func (f *challengeForm) consents() map[string]contest.Text {
	texts := map[string]contest.Text{}
	for _, kind := range consentKinds {
		text := f.both("consent_" + kind)
		switch {
		case text.Complete():
			texts[kind] = text
		case text != contest.Text{}:
			f.faults.add("consent_"+kind, "both_languages")
		}
	}
	return texts
}

// blocking are the problems that keep even a draft from being stored: its name in addresses, and the zone that its times
// are read in. Everything else may wait for the launch.
func blocking(problems []contest.Problem, bad faults) {
	for _, p := range problems {
		if p.Field == "slug" || p.Field == "time_zone" {
			bad.add(p.Field, p.Code)
		}
	}
}

// commonZones are offered while typing; every IANA name is accepted.
var commonZones = []string{
	"Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul", "Asia/Bangkok",
	"Asia/Jakarta", "Asia/Kolkata", "Asia/Dubai", "Europe/Moscow", "Europe/Istanbul", "Europe/Athens", "Europe/Berlin",
	"Europe/Madrid", "Europe/Paris", "Europe/London", "Africa/Cairo", "Africa/Lagos", "Africa/Johannesburg",
	"America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
	"America/Mexico_City", "Australia/Sydney", "Pacific/Auckland", "UTC",
}
