package partner

import (
	"slices"
	"strconv"
	"time"

	"fanfare/server/contest"
)

// Terms are those that fans choose from, in months.
var Terms = []int{3, 6, 12}

// Limits of a term.
const (
	DefaultMonths = 12
	// MaxYears is for how long a fan can allow reposts: nobody means for ever, and whoever does says so again.
	MaxYears = 3
)

// The reasons that a wish is refused for.
const (
	UnknownOutlet contest.Reason = "outlet_unknown"
	TermInvalid   contest.Reason = "term_invalid" // no day, one that is over, or one more than "years" ahead
)

// Words are what a fan agrees to who allows reposts. Another text is another consent, and needs asking again.
var Words = contest.Text{
	ZH: "我允许本次挑战的合作伙伴在我选定的平台和期限内，署我的名转发这张照片，用来介绍本次挑战和照片中的地方。照片可以按版面裁剪，但不得出售、转授权或挪作他用。我随时可以修改或收回授权；收回后，合作伙伴会收到下架请求。",
	EN: "Partners of this challenge may repost this photo with my name, on the channels and until the day that I choose, to tell of the challenge and of the place shown. They may crop it to fit; " +
		"they may not sell it, pass it on or use it for anything else. I can change or take this back at any time; partners are then asked to take their posts down.",
}

// WordsKind is the kind of consent that the words are.
const WordsKind = "reposting"

// WordsID names the words.
var WordsID = contest.ConsentHash(WordsKind, Words)

// DayLayout is how the last day of a term is written.
const DayLayout = time.DateOnly

// Wish is what a fan says about reposts of their photo.
type Wish struct {
	Outlets []Outlet // none: nowhere
	Months  int      // how long; DefaultMonths where neither it nor LastDay is there
	LastDay string   // or until the end of a day in the challenge's time zone, in DayLayout
	Text    contest.ConsentID
}

// Entering is the wish that comes with an entry: agreeing to the words stands for all outlets where none is named.
func (w Wish) Entering(agreed []contest.ConsentID) Wish {
	if slices.Contains(agreed, WordsID) {
		w.Text = WordsID
		if len(w.Outlets) == 0 {
			w.Outlets = Outlets
		}
	}
	return w
}

// Grant returns what the wish allows, of no entry yet, when it is said at now. Errors: *contest.Refusal.
func (w Wish) Grant(now time.Time, zone *time.Location) (Grant, error) {
	if len(w.Outlets) == 0 {
		return Grant{}, nil
	}
	g := Grant{Text: WordsID}
	for _, o := range Outlets {
		if slices.Contains(w.Outlets, o) {
			g.Outlets = append(g.Outlets, o)
		}
	}
	if unknown := slices.IndexFunc(w.Outlets, func(o Outlet) bool { return !o.Known() }); unknown >= 0 {
		return Grant{}, &contest.Refusal{Reason: UnknownOutlet}
	}
	if w.Text != WordsID {
		return Grant{}, &contest.Refusal{Reason: contest.ConsentMissing, Params: map[string]string{"consent": string(WordsID)}}
	}
	last, ok := w.last(now.In(zone))
	if !ok {
		return Grant{}, &contest.Refusal{Reason: TermInvalid, Params: map[string]string{"years": strconv.Itoa(MaxYears)}}
	}
	g.Until = last.AddDate(0, 0, 1).UTC()
	return g, nil
}

// last is midnight at the beginning of the term's last day; false for a term that nobody may choose.
func (w Wish) last(now time.Time) (day time.Time, ok bool) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case w.LastDay != "":
		day, err := time.ParseInLocation(DayLayout, w.LastDay, now.Location())
		return day, err == nil && !day.Before(today) && !day.After(today.AddDate(MaxYears, 0, 0))
	case w.Months == 0:
		return today.AddDate(0, DefaultMonths, 0), true
	}
	return today.AddDate(0, w.Months, 0), w.Months > 0 && w.Months <= 12*MaxYears
}

// LastDay is the last day on which a grant allows anything, in a time zone; empty for one that allows nothing.
func (g Grant) LastDay(zone *time.Location) string {
	if len(g.Outlets) == 0 {
		return ""
	}
	return g.Until.Add(-time.Millisecond).In(zone).Format(DayLayout)
}

// Says reports whether two grants allow the same under the same words.
func (g Grant) Says(other Grant) bool {
	return slices.Equal(g.Outlets, other.Outlets) && g.Until.Equal(other.Until) && g.Text == other.Text
}
