package api

// Words is a text in both languages.
type Words struct{ ZH, EN string }

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
	ID   string
	Name Words
}

// Consent is a text that a fan must agree to.
type Consent struct {
	ID   string
	Text Words
}

// Challenge is what the public knows of a challenge.
type Challenge struct {
	Slug, Hashtag   string
	Title, Brief    Words
	TimeZone        string
	Now             Millis
	Entries, Votes  Window
	EntriesPerFan   int64
	VotesPerPeriod  int64
	Period          string // "day" or "challenge"
	Guests          bool
	Cameras         []string
	CaptureRequired bool
	Cities          []Choice
	Partners        []Choice
	Consents        []Consent
	TotalEntries    int64
	TotalVotes      int64
}

// Size is one rendition of a photo.
type Size struct {
	Name, URL     string
	Width, Height int64
}

// Capture is what the camera wrote.
type Capture struct {
	TakenAt                                    Millis
	Make, Model, Lens, Exposure, Aperture, ISO string
}

// Photo is a rendered photo.
type Photo struct {
	Width, Height int64
	ThumbHash     string
	Sizes         []Size
	Capture       Capture
}

// Size returns the rendition with the name, or a zero one.
func (p *Photo) Size(name string) Size {
	for _, s := range p.Sizes {
		if s.Name == name {
			return s
		}
	}
	return Size{}
}

// Entry is a photo in a challenge.
type Entry struct {
	ID, Status, Reason, Note       string
	Caption, Author, City, Partner string
	Number, Score, Rank            int64
	Mine, Voted                    bool
	Photo                          Photo
}

// Page is one page of entries.
type Page struct {
	Entries []Entry
	Next    string
}

// BoardRow is one line of the board's snapshot.
type BoardRow struct {
	Rank, Number, Score          int64
	Entry, Caption, Author, City string
	Photo                        Photo
}

// Board is the board's snapshot.
type Board struct {
	Entries, Votes int64
	Rows           []BoardRow
}

// Me is what the server knows of the session's fan.
type Me struct {
	Name      string
	Guest     bool
	Entries   []Entry
	Voted     []string
	VotesLeft int64
}

// Place is where one of the fan's entries stands.
type Place struct {
	Entry                   string
	Rank, Of, Score, Behind int64
}

// Standing is where the fan's entries stand, and after how many seconds it is worth asking again.
type Standing struct {
	Places     []Place
	RetryAfter int64
}

// Vote is the answer to a vote or to taking it back.
type Vote struct {
	Entry            string
	Voted            bool
	Score, VotesLeft int64
}

// Problem is a refusal.
type Problem struct {
	Code   string
	Params Value
}
