package page

import (
	"slices"
	"time"

	"fanfare/server/contest"
)

// How much of a board the pages show.
const (
	coverPhotos = 3
	topPlaces   = 10
	newestShown = 12
	podium      = 3
)

// Widths at which pictures stand, for the browser's choice of a rendition.
const (
	leadSizes  = "(min-width: 70rem) 62vw, 100vw"
	sideSizes  = "(min-width: 70rem) 24vw, 50vw"
	tileSizes  = "(min-width: 60rem) 18rem, (min-width: 36rem) 33vw, 50vw"
	placeSizes = "80px" // a line of the board; it takes the square crop
	photoSizes = "(min-width: 60rem) 70vw, 100vw"

	takedownSizes = "(min-width: 34rem) 30rem, 100vw"
)

type home struct{ Groups []homeGroup }

type homeGroup struct {
	Key   string // of the heading
	Cards []homeCard
}

type homeCard struct {
	Href     string
	Hashtag  string
	Title    string
	Phase    string
	Deadline string
	Ends     Moment
	Entries  int
	Counted  string // as on the challenge's page
	Cover    []Picture
}

func (c *Context) homeHead(v HomeView) Head {
	head := Head{Title: c.T("home.title"), Description: c.T("home.description"), Class: "home"}
	for _, s := range v.Challenges {
		if len(s.Top) > 0 {
			c.headImage(&head, s.Top[0].Photo, s.Top[0].Caption, s.Top[0].Author)
			break
		}
	}
	return head
}

// home groups the challenges: open ones first, those that end soonest leading; then those to come; then the finished,
// latest first.
func (c *Context) home(v HomeView) home {
	groups := map[string][]Summary{}
	for _, s := range v.Challenges {
		key := homeGroupOf(s.Challenge, v.Now)
		groups[key] = append(groups[key], s)
	}
	var h home
	for _, key := range []string{"open", "upcoming", "ended"} {
		list := groups[key]
		if len(list) == 0 {
			continue
		}
		slices.SortStableFunc(list, func(a, b Summary) int {
			byEnd := ends(a.Challenge).Compare(ends(b.Challenge))
			if key == "ended" {
				return -byEnd
			}
			return byEnd
		})
		g := homeGroup{Key: "home.group." + key}
		for _, s := range list {
			g.Cards = append(g.Cards, c.homeCard(s, v.Now))
		}
		h.Groups = append(h.Groups, g)
	}
	return h
}

func homeGroupOf(challenge contest.Challenge, now time.Time) string {
	switch challenge.Phase(now) {
	case "upcoming":
		return "upcoming"
	case "audit", "ended", "certified":
		return "ended"
	}
	return "open"
}

func ends(challenge contest.Challenge) time.Time {
	return later(challenge.Entries.Closes, challenge.Votes.Closes)
}

func (c *Context) homeCard(s Summary, now time.Time) homeCard {
	ch := s.Challenge
	card := homeCard{
		Href: c.Href(ChallengePath(ch.Slug)), Hashtag: ch.Hashtag, Title: c.Text(ch.Title),
		Phase: ch.Phase(now), Deadline: c.Deadline(ch, now), Ends: c.Moment(ends(ch), now, ch.Location()),
		Entries: s.Entries, Counted: c.counted(ch, s.Tally),
	}
	for i, top := range s.Top[:min(len(s.Top), coverPhotos)] {
		sizes := sideSizes
		if i == 0 {
			sizes = leadSizes
		}
		card.Cover = append(card.Cover, c.Picture(top.Photo, sizes, c.Alt(top.Caption, top.Author)))
	}
	return card
}

// ChallengePath is the path of a challenge's page.
func ChallengePath(slug string) string { return "/c/" + slug }

// ResultsPath is the path of a challenge's result.
func ResultsPath(slug string) string { return ChallengePath(slug) + "/results" }

// EntryPath is the path of an entry's page.
func EntryPath(id contest.EntryID) string { return "/e/" + string(id) }

func (c *Context) headImage(head *Head, photo contest.Photo, caption, author string) {
	for _, name := range []string{"1024", "2048", "480"} {
		if r, ok := rendition(photo, name); ok {
			head.Image, head.ImageWidth, head.ImageHeight = c.PhotoURL(r.Key), r.Width, r.Height
			head.ImageAlt = c.Alt(caption, author)
			return
		}
	}
}
