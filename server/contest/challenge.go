package contest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Challenge is one hashtag photo challenge.
type Challenge struct {
	ID       ChallengeID
	Campaign CampaignID
	// Slug is the challenge's name in addresses: lower-case letters, digits and hyphens.
	Slug string
	// Hashtag is shown as typed, with its leading "#".
	Hashtag string
	Title   Text
	Brief   Text
	Terms
	// LaunchedAt is zero until the challenge is launched. From then on Terms never change.
	LaunchedAt time.Time
	// RulesHash is Terms.Hash at launch, in hexadecimal.
	RulesHash string
	// CertifiedAt is zero until the result is certified.
	CertifiedAt time.Time
	CreatedAt   time.Time
}

// Terms are what launching freezes: everything that decides who may enter, what counts and when.
type Terms struct {
	// TimeZone is an IANA name; periods are days in it.
	TimeZone string   `json:"time_zone"`
	Entries  Window   `json:"entries"`
	Votes    Window   `json:"votes"`
	Rules    Rules    `json:"rules"`
	Cities   []Choice `json:"cities"`
	Partners []Choice `json:"partners"`
	// Consents are the exact texts a fan must agree to.
	Consents []ConsentID `json:"consents"`
}

// JSON returns the terms as JSON: fields in the order of the types, times in UTC, no list null. Only a year beyond 9999, which
// Validate refuses, cannot be written; then it is nil.
func (t Terms) JSON() []byte {
	t.Entries, t.Votes = t.Entries.utc(), t.Votes.utc()
	t.Rules.Capture.After, t.Rules.Capture.Before = t.Rules.Capture.After.UTC(), t.Rules.Capture.Before.UTC()
	t.Cities, t.Partners, t.Consents = listed(t.Cities), listed(t.Partners), listed(t.Consents)
	t.Rules.Capture.Cameras = listed(t.Rules.Capture.Cameras)
	b, err := json.Marshal(t)
	if err != nil {
		return nil
	}
	return b
}

// Hash returns SHA-256 of the terms as JSON, in hexadecimal; empty where they cannot be written.
func (t Terms) Hash() string {
	b := t.JSON()
	if b == nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// listed makes an absent list the same as an empty one.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Window is a span of time: Opens is inside, Closes is outside.
type Window struct {
	Opens  time.Time `json:"opens"`
	Closes time.Time `json:"closes"`
}

// Contains reports whether now lies in the window.
func (w Window) Contains(now time.Time) bool { return !now.Before(w.Opens) && now.Before(w.Closes) }

func (w Window) utc() Window { return Window{w.Opens.UTC(), w.Closes.UTC()} }

// Period says over what span a fan's votes are counted.
type Period string

// The periods: a day in the challenge's own time zone, or the whole challenge.
const (
	PeriodDay       Period = "day"
	PeriodChallenge Period = "challenge"
)

// Moderation says whether entries are seen by staff before or after the public sees them.
type Moderation string

// The two orders of moderation.
const (
	ModerateBefore Moderation = "before"
	ModerateAfter  Moderation = "after"
)

// Rules are a challenge's rules. The zero value of a limit is refused by Validate.
type Rules struct {
	EntriesPerFan  int        `json:"entries_per_fan"`
	VotesPerPeriod int        `json:"votes_per_period"`
	Period         Period     `json:"period"`
	Moderation     Moderation `json:"moderation"`
	// Guests allows sessions without a host-signed token.
	Guests  bool         `json:"guests"`
	Capture CaptureRules `json:"capture"`
	// GraceSeconds is how long after the deadline the bytes of a photo may come whose SHA-256 was announced before it.
	// Absent at 0, as OriginalsDays is, so that the hash of terms frozen before these rules were there stays.
	GraceSeconds int `json:"grace_seconds,omitzero"`
	// OriginalsDays is how many days after the challenge's end originals are removed; 0 keeps them.
	OriginalsDays int `json:"originals_days,omitzero"`

	// What follows is absent at its zero value, so that the hash of older terms stays.

	// Voters are the classes that may vote; where there are none, whoever has a session.
	Voters []VoterClass `json:"voters,omitempty"`
	// Weights are what votes of a class count; 1 for a class that is not there.
	Weights map[VoterClass]int `json:"weights,omitempty"`
	// JuryPoints is how many points a juror may give an entry at most; 0 lets jurors vote like others.
	JuryPoints int `json:"jury_points,omitzero"`
	// VotesPerEntry limits a voter's votes for one entry over all periods; 0 does not.
	VotesPerEntry int `json:"votes_per_entry,omitzero"`
	// VotesFinal lets no vote be taken back or changed.
	VotesFinal bool `json:"votes_final,omitzero"`
	// Tally is what the public sees of the votes until the result is certified.
	Tally TallyMode `json:"tally,omitzero"`
	// TallyDelayMinutes is how often a delayed board is renewed.
	TallyDelayMinutes int `json:"tally_delay_minutes,omitzero"`
	// AuditHours is how long votes are looked at after the end, before the result can be certified.
	AuditHours int `json:"audit_hours,omitzero"`
	// Winners is how many entries win by their rank.
	Winners int `json:"winners,omitzero"`
}

// Grace is GraceSeconds as a span of time.
func (r Rules) Grace() time.Duration { return time.Duration(r.GraceSeconds) * time.Second }

// CaptureRules judge what the camera wrote into the file.
type CaptureRules struct {
	// Required refuses photos without a capture time or without a camera.
	Required bool `json:"required"`
	// After and Before bound the capture time; zero means unbounded.
	After  time.Time `json:"after"`
	Before time.Time `json:"before"`
	// Cameras are accepted makes or "make model" prefixes, compared without case; empty accepts all.
	Cameras []string `json:"cameras"`
}

// Capture is what the camera wrote into the file. It never holds a name, and a place only where the fan agreed.
type Capture struct {
	// TakenAt is zero where unknown. Where the file names no offset it is local time read as the challenge's.
	TakenAt  time.Time `json:"taken_at,omitzero"`
	Make     string    `json:"make,omitempty"`
	Model    string    `json:"model,omitempty"`
	Lens     string    `json:"lens,omitempty"`
	Exposure string    `json:"exposure,omitempty"` // "1/60"
	Aperture string    `json:"aperture,omitempty"` // "1.8"
	ISO      int       `json:"iso,omitempty"`
	Software string    `json:"software,omitempty"`
	Place    *Place    `json:"place,omitempty"`
}

// Place is roughly where a photo was taken: degrees, rounded to tenths, which is about ten kilometres.
type Place struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}
