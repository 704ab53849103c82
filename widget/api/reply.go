package api

import "fanfare/widget/wire"

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// Words is a text in both languages.
type Words struct {
	_      incomparable
	ZH, EN string
}

// In returns the text in Chinese or in English; where that is empty, the other.
func (w Words) In(chinese bool) string {
	if chinese && w.ZH != "" || w.EN == "" {
		return w.ZH
	}
	return w.EN
}

// Window is a span of time; Closes is outside.
type Window struct{ Opens, Closes Millis }

// Has reports whether now lies in the window.
func (w Window) Has(now Millis) bool { return now >= w.Opens && now < w.Closes }

// Choice is a city or a partner on offer.
type Choice struct {
	_    incomparable
	ID   string
	Name Words
}

// Consent is a text that a fan must agree to.
type Consent struct {
	_    incomparable
	ID   string
	Text Words
}

// Reposting is what a fan may allow partners.
type Reposting struct {
	_       incomparable
	Consent string
	Text    Words
	Outlets []string
	Months  []string // the terms to choose from
}

// Challenge is what the public knows of a challenge.
type Challenge struct {
	Slug, Hashtag   string
	Title, Brief    Words
	TimeZone        string
	Now             Millis
	Entries, Votes  Window
	Grace           Millis // how long a photo may arrive later that was announced in time
	Period          string // "day" or "challenge"
	Cameras         []string
	CaptureRequired bool
	PerFan          int64 // how many photos a fan may enter; 0 is unknown
	Cities          []Choice
	Partners        []Choice
	Consents        []Consent
	TotalEntries    int64
	TotalVotes      int64
	Mode            string     // of counting: "live", "delayed", "ranks" or "hidden"
	PerPeriod       int64      // votes that a fan has in a period
	Final           bool       // a vote cannot be taken back
	Voters          []string   // the classes of fans that may vote
	JuryPoints      int64      // what a juror may give at most; 0 where jurors vote as others do
	AuditEnds       Millis     // from when on the result can be certified; 0 where none is
	CertifiedAt     Millis     // 0 before
	Padded          bool       // the log conceals how many votes there are until they are certified
	Shows           wire.Shows // what can be seen of the votes
	Boards          []string   // the kinds of boards beside the overall one
}

// Size is one rendition of a photo.
type Size struct {
	_         incomparable
	Name, URL string
	Width     int64
}

// Capture is what the camera wrote.
type Capture struct {
	_                                          incomparable
	TakenAt                                    Millis
	Make, Model, Lens, Exposure, Aperture, ISO string
	Place                                      string // coarse: latitude and longitude; where the fan agreed
}

// Photo is a rendered photo.
type Photo struct {
	Width, Height int64
	ThumbHash     string
	Sizes         []Size
	Capture       Capture
}

// Square is the address of the small square rendition; empty where there is none.
func (p *Photo) Square() string {
	for i := range p.Sizes {
		if p.Sizes[i].Name == "square" {
			return p.Sizes[i].URL
		}
	}
	return ""
}

// Entry is a photo in a challenge.
type Entry struct {
	ID, Status, Reason, Note string
	Caption, Author, City    string
	Number, Score, Rank      int64
	Voted, Mine              bool
	Own                      Own
	Photo                    Photo
}

// Own is what a fan alone is told of an entry of theirs, beside reason and note.
type Own struct {
	_                           incomparable
	MayAppeal, Appealed         bool
	Declined                    bool // the appeal
	OriginalAsked, OriginalSent bool // the organisers want the original; they have it
	Review                      *Review
	Rights                      *Rights
}

// Rights is what the fan of an entry said last about reposts by partners; nil where they never did.
type Rights struct {
	_       incomparable
	Outlets []string // none: nowhere any more
	Until   string   // the last day
	Over    bool     // it is over
}

// Said is one thing that the fan of an entry said about reposts, and when.
type Said struct {
	Rights
	At Millis
}

// Review is what the fan of an entry is told of the votes for it that do not count; nil where there are none.
type Review struct {
	Votes, Excluded int64  // 0 where the rules show no numbers yet
	MayComplain     bool   // staff can be asked to look
	Complained      bool   // a complaint waits for its answer
	Answer          string // the organisers' own words to the last complaint
}

// Board is a board's snapshot. Where it shows no scores or no ranks, those are 0.
type Board struct {
	Scope          string // which of the challenge's boards it is; empty for the overall one
	Entries, Votes int64
	Shows          wire.Shows
	AsAt           Millis // when the scores were so; 0 where they are those of now
	Rows           []Row  // with their ranks
}

// Row is an entry on a board, or a group of entries: then all but number, rank and score of the entry is empty.
type Row struct {
	*Entry
	Group   string // a city's or partner's identifier
	Members int64  // entries of the group
}

// Me is what the server knows of the session's fan.
type Me struct {
	Name      string
	Guest     bool
	Entries   []*Entry
	Class     string           // as what the fan votes
	Points    map[string]int64 // what a juror gave, by entry
	Voted     []string
	VotesLeft int64
	Missing   []string // the classes of fans that may vote, where the fan is of none
	Banned    *Ban     // nil for most
	Letters   string   // "on" where the fan gets letters, "off" where not; empty where the server sends none
}

// Ban is why a fan is excluded from the challenge.
type Ban struct {
	_                   incomparable
	Reason, Note        string
	MayAppeal, Appealed bool
	Declined            bool // the appeal
}

// Place is where an entry stands, and how many votes it is behind the next better place. A final one is that of the
// certified result, which also says among how many percent of the best it is.
type Place struct {
	Rank, Of, Behind int64
	Final            bool
	Top              int64
}
