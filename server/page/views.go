package page

import (
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// Card is one entry as lists show it.
type Card struct {
	Entry   contest.EntryID
	Number  contest.EntryNumber
	Rank    int // 1-based; 0 where it has none
	Score   int64
	Caption string
	Author  string
	City    string // a Choice's ID, or empty
	Photo   contest.Photo
}

// Tally is what a page may tell of a challenge's votes.
type Tally struct {
	Shows contest.Shows
	AsAt  time.Time // when the scores were so; zero where they are those of now
	Votes int64
}

// Summary is one challenge as the front page shows it. Three photos make the cover.
type Summary struct {
	Challenge contest.Challenge
	Entries   int
	Tally
	Top []Card // best first; where no order may be seen, the newest
}

// HomeView is the front page: every launched challenge, in any order; the page sorts them by what is open at Now.
type HomeView struct {
	Now        time.Time
	Challenges []Summary
}

// ChallengeView is a challenge's page.
type ChallengeView struct {
	Now       time.Time
	Challenge contest.Challenge
	Entries   int
	Tally
	Top    []Card              // the board's first places, best first; ten are shown; none where no order may be seen
	Newest []Card              // newest first; twelve are shown
	Board  *Board              // the board that was asked for; nil for that of all entries, which is Top
	Boards []contest.ScopeKind // the kinds of boards beside it
	Prizes Prizes              // of its campaign, once that is launched
	// Preview draws a draft as it will look once launched, without the widget, which knows only what is public.
	Preview bool
	// Uncounted has nothing on the page count its visitor.
	Uncounted bool
}

// EntryView is the page of one published entry.
type EntryView struct {
	Now       time.Time
	Challenge contest.Challenge
	Entry     contest.Entry
	Rank      int   // 0 where it has none
	Of        int   // entries on the board
	Behind    int64 // votes that the next better place has more
	Shows     contest.Shows
	AsAt      time.Time // when rank and score were so; zero where they are those of now
	// Places are those on the entry's other boards, and Near are the entries around it on the one of all, itself among them.
	Places []BoardPlace
	Near   []Card
	// Rights is what the fan said last about reposts by partners; nil where that cannot be read now.
	Rights *partner.Grant
	// Uncounted has nothing on the page count its visitor.
	Uncounted bool
}
