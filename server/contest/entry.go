package contest

import (
	"slices"
	"time"
)

// Status is where an entry stands.
type Status string

// The statuses. processing → pending → published | rejected; the fan may withdraw at any time.
const (
	Processing Status = "processing"
	Pending    Status = "pending"
	Published  Status = "published"
	Rejected   Status = "rejected"
	Withdrawn  Status = "withdrawn"
)

// Entry is a fan's photo in a challenge.
type Entry struct {
	ID        EntryID
	Challenge ChallengeID
	Number    EntryNumber
	Fan       FanID
	// Author is the name shown with the photo, as the fan gave it.
	Author   string
	Caption  string
	Tags     []string // keys made by TagKey, in order of first appearance, the challenge's own among them
	City     string   // a Choice's ID, or empty
	Partner  string   // a Choice's ID, or empty
	Status   Status
	Reason   Reason // why it was rejected; empty otherwise
	Note     string // the moderator's own words to the fan; may be empty
	Original string // key of the original in the private bucket; empty once the rules had it removed
	SHA256   string // of the original's bytes, in hexadecimal
	Photo    Photo  // zero until rendered
	// SharePlace is the fan's consent that roughly where the photo was taken is kept and shown.
	SharePlace bool
	Flags      []Flag // why moderators should look
	// Takedown is the open request that hides the entry; empty where there is none.
	Takedown TakedownID
	// Appealed is when the fan asked for a second look at a rejection, which they may once; zero where they did not.
	Appealed time.Time
	// OriginalAsked is when staff asked the fan for the camera's own file; zero where they do not ask.
	OriginalAsked time.Time
	// Evidence is the key of the file that the fan sent then, which is private; empty where none came.
	Evidence       string
	EvidenceSHA256 string
	// PassedOver is why the entry has no place in the certified result; empty where it has one, and before.
	PassedOver Reason
	Consents   []ConsentID
	// Score is what the public may see: the true one, or an older one, or 0, as the challenge's TallyMode says.
	Score int64
	// Version counts the changes of Score and of visibility; a higher one is newer.
	Version int64
	// Reached is the log position of the last vote counted in Score; 0 where it has none.
	Reached     int64
	SubmittedAt time.Time
	DecidedAt   time.Time
}

// PhotoServed reports whether the public addresses of the entry's renditions answer. A pending entry's do, because its fan
// sees it there; nobody else is told the addresses, which cannot be guessed.
func (e Entry) PhotoServed() bool {
	return e.Status != Rejected && e.Status != Withdrawn && e.Takedown == ""
}

// MayAppeal reports whether the fan may still ask for a second look at a rejection. A photo that nobody could look at is
// sent again instead.
func (e Entry) MayAppeal() bool {
	return e.Status == Rejected && e.Appealed.IsZero() && len(e.Photo.Renditions) > 0
}

// AppealDeclined reports whether moderators looked a second time and the rejection stands.
func (e Entry) AppealDeclined() bool {
	open := slices.ContainsFunc(e.Flags, func(f Flag) bool { return f.Kind == AppealRaised })
	return e.Status == Rejected && !e.Appealed.IsZero() && !open
}

// Photo is what rendering an original yields.
type Photo struct {
	Width      int         `json:"width"` // of the upright original, in pixels
	Height     int         `json:"height"`
	ThumbHash  string      `json:"thumbhash"`  // ThumbHash in base64 (evanw.github.io/thumbhash)
	Perceptual string      `json:"perceptual"` // 64-bit DCT hash, 16 hexadecimal digits
	Renditions []Rendition `json:"renditions"` // largest first; the square one last
	Capture    Capture     `json:"capture"`
}

// Rendition is one size of a photo. Key names it in the public bucket; it is derived from the content.
type Rendition struct {
	Name   string `json:"name"` // "2048", "1024", "480", "square"
	Key    string `json:"key"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Change is what a committed write did to one entry's place on a board: absolute values with a version, so a lost,
// repeated or late one does no harm. It holds what the public may see, as Entry.Score does.
type Change struct {
	Challenge ChallengeID
	Entry     EntryID
	Number    EntryNumber
	Score     int64
	Reached   int64
	Version   int64
	// Visible is true for published entries that the result does not pass over; others are not on the board.
	Visible bool
}

// Change returns the entry's present place.
func (e Entry) Change() Change {
	return Change{e.Challenge, e.ID, e.Number, e.Score, e.Reached, e.Version, e.Status == Published && e.PassedOver == ""}
}

// Report is a visitor's complaint about an entry.
type Report struct {
	ID         ReportID
	Entry      EntryID
	Fan        FanID
	Reason     string // "rights", "person", "offensive", "off_topic", "other"
	Note       string
	CreatedAt  time.Time
	ResolvedAt time.Time
}
