package contest

import (
	"strings"
	"time"
	"unicode/utf8"
)

// FlagKind says what kind of look a flagged entry wants.
type FlagKind string

// The kinds of flags.
const (
	NearDuplicate FlagKind = "near_duplicate" // looks like Twin: their perceptual hashes differ in Distance of 64 bits
	WordsFound    FlagKind = "words"          // its texts hold Words of the lists
	TakedownAsked FlagKind = "takedown"       // somebody says that they are in it
	AppealRaised  FlagKind = "appeal"         // its fan asks for a second look
)

// Flag is why moderators should look at an entry.
type Flag struct {
	Kind     FlagKind `json:"kind"`
	Twin     EntryID  `json:"twin,omitempty"`
	Distance int      `json:"distance,omitempty"`
	Words    []string `json:"words,omitempty"`
}

// Decision is one step of an entry's way through moderation, kept for good: who moved it from where to where, and why.
// The decisions of one act share a batch.
type Decision struct {
	Batch      BatchID
	Entry      EntryID
	From       Status
	FromReason Reason
	FromNote   string
	To         Status
	Reason     Reason
	Note       string
	Staff      StaffID // empty for what the rules decided by themselves
	At         time.Time
}

// Ban keeps a fan from entering, voting and reporting in a challenge.
type Ban struct {
	ID        BanID
	Challenge ChallengeID
	Fan       FanID
	Reason    Reason
	Note      string // the moderator's own words to the fan; may be empty
	Staff     StaffID
	CreatedAt time.Time
	// Appealed is when the fan asked for a second look, which they may once; zero where they did not.
	Appealed time.Time
	// Answered is when moderators let it stand after an appeal; zero where they did not.
	Answered time.Time
	// LiftedAt is zero while the ban holds.
	LiftedAt time.Time
	// Batch held the fan's votes with the ban, and is taken back with it; empty where their votes were left as they were.
	Batch BatchID
}

// Appeal is a fan's one text against a rejection or a ban.
type Appeal struct {
	ID        AppealID
	Challenge ChallengeID
	Fan       FanID
	Entry     EntryID // empty for an appeal against a ban
	Ban       BanID   // empty for one against a rejection
	Text      string
	CreatedAt time.Time
	// DecidedAt is zero while the appeal is open. Upheld says that the fan was right: the entry is shown, the ban lifted.
	DecidedAt time.Time
	Upheld    bool
	Note      string
	Staff     StaffID
}

// MaxAppeal bounds an appeal's text, and a takedown's statement, in code points: a page is enough to be heard.
const MaxAppeal = 1000

// Takedown is somebody's request that a photo be taken away because they are in it. Whoever asks needs no account.
type Takedown struct {
	ID        TakedownID
	Entry     EntryID
	Name      string
	Contact   string // how to answer: an address, a number
	Language  string // in which; an IETF tag, empty where none is known
	Statement string
	// Hid says that the request took the entry from the public until it is decided; From is the status it had.
	Hid       bool
	From      Status
	CreatedAt time.Time
	// DecidedAt is zero while the request is open. Removed says that the photo was taken away for good.
	DecidedAt time.Time
	Removed   bool
	Staff     StaffID
}

// TakedownTime is within what a takedown is decided.
const TakedownTime = 72 * time.Hour

// DecideBy is when the takedown must have been decided.
func (t Takedown) DecideBy() time.Time { return t.CreatedAt.Add(TakedownTime) }

// Overdue reports whether the takedown should have been decided before now.
func (t Takedown) Overdue(now time.Time) bool { return t.DecidedAt.IsZero() && now.After(t.DecideBy()) }

// What makes a takedown plausible enough to hide a photo at once, in code points: the shortest address, number or WeChat
// name that somebody can be reached by, and the shortest sentence that says something ("照片里是我").
const (
	minContact   = 5
	minStatement = 5
	MaxContact   = 200
)

// HiddenAtOnce is how many photos of a challenge open takedowns may hide, of as many as are shown or hidden by one: a fifth,
// within bounds. Beyond it requests are filed and wait, because that many are an attack on the challenge rather than people in
// its photos.
func HiddenAtOnce(photos int) int {
	const least, most = 3, 50
	return min(max(photos/5, least), most)
}

// Plausible judges a takedown's form. It returns nil or a *Refusal.
func (t Takedown) Plausible() error {
	switch {
	case seen(t.Contact) < minContact:
		return refuse(ContactMissing)
	case seen(t.Statement) < minStatement:
		return refuse(StatementMissing)
	}
	return nil
}

// seen counts the characters that a reader sees of a text, spaces within it among them.
func seen(text string) int {
	return utf8.RuneCountInString(strings.TrimSpace(strings.Map(dropInvisible, text)))
}
