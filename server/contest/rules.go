package contest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Reason is a stable code for why something was refused. Surfaces translate it; nobody shows it as it is.
type Reason string

// The reasons that rules give.
const (
	NotLaunched      Reason = "not_launched"
	EntriesNotOpen   Reason = "entries_not_open"
	EntriesClosed    Reason = "entries_closed"
	TooManyEntries   Reason = "too_many_entries"
	ConsentMissing   Reason = "consent_missing"
	UnknownCity      Reason = "unknown_city"
	UnknownPartner   Reason = "unknown_partner"
	CaptionMissing   Reason = "caption_missing"
	CaptionTooLong   Reason = "caption_too_long"
	AuthorMissing    Reason = "author_missing"
	AuthorTooLong    Reason = "author_too_long"
	VotesNotOpen     Reason = "votes_not_open"
	VotesClosed      Reason = "votes_closed"
	OwnEntry         Reason = "own_entry"
	EntryNotShown    Reason = "entry_not_published"
	VoteLimit        Reason = "vote_limit"
	CaptureMissing   Reason = "capture_missing"
	CaptureTooEarly  Reason = "capture_too_early"
	CaptureTooLate   Reason = "capture_too_late"
	CameraNotAllowed Reason = "camera_not_allowed"
	AlreadyLaunched  Reason = "already_launched"
	WrongStatus      Reason = "wrong_status"
	DuplicatePhoto   Reason = "duplicate_photo" // the same bytes are in the challenge, as entry "number"
	Banned           Reason = "banned"
	AppealNotOpen    Reason = "appeal_not_open" // nothing to appeal against, or appealed already
	AppealMissing    Reason = "appeal_missing"  // an appeal without a text
	ContactMissing   Reason = "contact_missing" // a takedown that nobody could answer
	StatementMissing Reason = "statement_missing"
)

// The reasons that uploads give.
const (
	HashMismatch     Reason = "hash_mismatch"     // other bytes came than were announced
	UploadUnknown    Reason = "upload_unknown"    // never begun, expired, used already, or another fan's
	UploadUnfinished Reason = "upload_unfinished" // bytes are still to come
)

// The reasons that a moderator chooses from when rejecting, beside those of the capture rules.
const (
	OffTopic    Reason = "off_topic"
	PoorQuality Reason = "poor_quality"
	Offensive   Reason = "offensive"
	RightsDoubt Reason = "rights_doubt"
	PersonShown Reason = "person_shown"
	Unreadable  Reason = "unreadable"        // the photo could not be decoded
	TooComplex  Reason = "photo_too_complex" // decoding it took more time or memory than any camera's photo does
	Duplicate   Reason = "duplicate"
)

// ModeratorReasons lists what a moderator may choose, in the order shown.
var ModeratorReasons = []Reason{OffTopic, PoorQuality, Offensive, Spam, RightsDoubt, PersonShown, Duplicate}

// The reasons that a fan is banned for, beside those above.
const (
	VoteTrading Reason = "vote_trading"
	Spam        Reason = "spam"
)

// BanReasons lists what a moderator may ban a fan for, in the order shown.
var BanReasons = []Reason{VoteTrading, Spam, Offensive, RightsDoubt, Duplicate}

// Limits of what a fan types, in code points.
const (
	MaxCaption = 500 // a long post; enough for a story, short enough for a card
	MaxAuthor  = 40
)

// Refusal is a rule's no.
type Refusal struct {
	Reason Reason
	// Params fill the placeholders of the translated sentence: a limit, a time in RFC 3339.
	Params map[string]string
}

func (r *Refusal) Error() string { return "refused: " + string(r.Reason) }

func refuse(reason Reason, params ...string) *Refusal {
	r := &Refusal{Reason: reason}
	for i := 0; i+1 < len(params); i += 2 {
		if r.Params == nil {
			r.Params = map[string]string{}
		}
		r.Params[params[i]] = params[i+1]
	}
	return r
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Launched reports whether the challenge is public at now.
func (c Challenge) Launched() bool { return !c.LaunchedAt.IsZero() }

// Phase names what is open at now, for display: "draft", "upcoming", "entries", "both", "votes", "between", "audit", "ended",
// "certified". "both" means that entries and votes are open; "between" that neither is, and one still will be; "audit" that the
// challenge has ended and its result is still to be certified (Rules.Certifies).
func (c Challenge) Phase(now time.Time) string {
	e, v := c.Entries.Contains(now), c.Votes.Contains(now)
	switch {
	case !c.Launched():
		return "draft"
	case c.Certified():
		return "certified"
	case e && v:
		return "both"
	case e:
		return "entries"
	case v:
		return "votes"
	case c.Ended(now) && c.Rules.Certifies():
		return "audit"
	case c.Ended(now):
		return "ended"
	case now.Before(c.Entries.Opens) && now.Before(c.Votes.Opens):
		return "upcoming"
	}
	return "between"
}

// Ended reports whether both windows have closed, so that nobody votes any more.
func (c Challenge) Ended(now time.Time) bool {
	return c.Launched() && !now.Before(c.Entries.Closes) && !now.Before(c.Votes.Closes)
}

// Submission is what a fan sends with a photo.
type Submission struct {
	Author   string
	Caption  string
	City     string
	Partner  string
	Consents []ConsentID
	// SharePlace is the consent that roughly where the photo was taken is kept and shown.
	SharePlace bool
	// Announced is when this photo's SHA-256 was announced by an upload; zero where it was not.
	Announced time.Time
}

// MayEnter judges a fan's wish to enter at now, who has had entries already (withdrawn and rejected ones not counted).
// It returns nil or a *Refusal.
func (c Challenge) MayEnter(now time.Time, had int, s Submission) error {
	begun := now
	if !c.Entries.Contains(now) && c.inGrace(now, s.Announced) {
		begun = s.Announced
	}
	if err := c.MayUpload(begun, had); err != nil {
		return err
	}
	switch {
	case seen(s.Author) == 0:
		return refuse(AuthorMissing)
	case utf8.RuneCountInString(s.Author) > MaxAuthor:
		return refuse(AuthorTooLong, "limit", fmt.Sprint(MaxAuthor))
	case seen(s.Caption) == 0:
		return refuse(CaptionMissing)
	case utf8.RuneCountInString(s.Caption) > MaxCaption:
		return refuse(CaptionTooLong, "limit", fmt.Sprint(MaxCaption))
	case !offered(c.Cities, s.City):
		return refuse(UnknownCity)
	case !offered(c.Partners, s.Partner):
		return refuse(UnknownPartner)
	}
	for _, id := range c.Consents {
		if !slices.Contains(s.Consents, id) {
			return refuse(ConsentMissing, "consent", string(id))
		}
	}
	return nil
}

// inGrace reports whether a photo may still come at now because its hash was announced before the deadline.
func (c Challenge) inGrace(now, announced time.Time) bool {
	return c.Entries.Contains(announced) && now.Before(c.Entries.Closes.Add(c.Rules.Grace()))
}

// MayUpload judges a fan's wish to begin an upload at now, who has had entries already. An upload that has begun goes on
// whatever it says. It returns nil or a *Refusal.
func (c Challenge) MayUpload(now time.Time, had int) error {
	switch {
	case !c.Launched():
		return refuse(NotLaunched)
	case now.Before(c.Entries.Opens):
		return refuse(EntriesNotOpen, "opens", rfc3339(c.Entries.Opens))
	case !c.Entries.Contains(now):
		return refuse(EntriesClosed, "closed", rfc3339(c.Entries.Closes))
	case had >= c.Rules.EntriesPerFan:
		return refuse(TooManyEntries, "limit", fmt.Sprint(c.Rules.EntriesPerFan))
	}
	return nil
}

// offered reports whether id is one of the choices; choosing none is always allowed.
func offered(choices []Choice, id string) bool {
	return id == "" || slices.ContainsFunc(choices, func(c Choice) bool { return c.ID == id })
}

// CheckCapture judges what the camera wrote. It returns nil or a *Refusal.
func (r CaptureRules) CheckCapture(c Capture) error {
	camera := strings.TrimSpace(c.Make + " " + c.Model)
	bounded := !r.After.IsZero() || !r.Before.IsZero()
	switch {
	case c.TakenAt.IsZero() && (r.Required || bounded):
		return refuse(CaptureMissing)
	case camera == "" && (r.Required || len(r.Cameras) > 0):
		return refuse(CaptureMissing)
	case !r.After.IsZero() && c.TakenAt.Before(r.After):
		return refuse(CaptureTooEarly, "after", rfc3339(r.After))
	case !r.Before.IsZero() && !c.TakenAt.Before(r.Before):
		return refuse(CaptureTooLate, "before", rfc3339(r.Before))
	case len(r.Cameras) > 0 && !slices.ContainsFunc(r.Cameras, func(want string) bool { return cameraMatches(c, want) }):
		return refuse(CameraNotAllowed, "camera", camera)
	}
	return nil
}

// cameraMatches compares without case against "make model" and against the model alone, because some makers repeat
// their name in the model and some do not.
func cameraMatches(c Capture, want string) bool {
	want = strings.ToLower(strings.TrimSpace(want))
	if want == "" {
		return false
	}
	model := strings.ToLower(c.Model)
	return strings.HasPrefix(strings.ToLower(c.Make)+" "+model, want) || strings.HasPrefix(model, want)
}

// AfterRender says where an entry goes once its photo is rendered: to the moderators, to the public, or rejected by the
// capture rules with the reason. What is flagged waits for a moderator even where others do not.
func (c Challenge) AfterRender(p Capture, flags []Flag) (Status, Reason) {
	if err := c.Rules.Capture.CheckCapture(p); err != nil {
		return Rejected, err.(*Refusal).Reason
	}
	if c.Rules.Moderation == ModerateAfter && len(flags) == 0 {
		return Published, ""
	}
	return Pending, ""
}

// MayMove reports whether an entry may go from one status to the other: forwards as Status says, and back for the
// moderator's second thoughts (a decision may be turned round, or taken back to the queue).
func MayMove(from, to Status) bool {
	switch from {
	case Processing:
		return to == Pending || to == Published || to == Rejected || to == Withdrawn
	case Pending:
		return to == Published || to == Rejected || to == Withdrawn
	case Published:
		return to == Pending || to == Rejected || to == Withdrawn
	case Rejected:
		return to == Pending || to == Published || to == Withdrawn
	}
	return false
}

// Location is the challenge's time zone.
func (t Terms) Location() *time.Location {
	zone, _ := Zone(t.TimeZone)
	return zone
}

// Zone is the time zone of an IANA name, and UTC for what is none everywhere: also for "", which Go takes for UTC, and for
// "Local", which is another one on each machine.
func Zone(name string) (zone *time.Location, known bool) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), true
	}
	if name == "" || name == "Local" {
		return time.UTC, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	zones.Store(name, zone)
	return zone, true
}

// zones keeps the time zones read so far, by name: time.LoadLocation reads a file each time, and every vote asks.
// There are no more than the time zone database has names.
var zones sync.Map
