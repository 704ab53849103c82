package contest

import "time"

// MarkKind says how staff single an entry out.
type MarkKind string

// The kinds of marks: Featured entries are shown beside the winners, at any time; an Award names what a place won.
const (
	Featured MarkKind = "featured"
	Award    MarkKind = "award"
)

// Mark is staff's word about an entry. It changes no rank.
type Mark struct {
	Challenge ChallengeID
	Entry     EntryID
	Kind      MarkKind
	Text      Text // of an award
	Staff     StaffID
	At        time.Time
}

// Most of what marks may be.
const (
	MaxAward    = 80 // code points: a prize in one line
	MaxFeatured = 60 // of a challenge: a page of photos
)
