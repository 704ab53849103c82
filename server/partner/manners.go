package partner

import (
	"slices"
	"strings"

	"fanfare/server/contest"
)

// manner is how posts are written on an outlet.
type manner struct {
	closed bool // topics are written "#话题#"
	tags   int  // how many people bear; more are taken for advertising
	links  bool // whether an address in a post can be opened
	length int  // how long a post may be, as the outlet counts; 0 where none of ours is too long
}

// The longest post of ours, a caption of contest.MaxCaption with its credit, hashtags and link, has some 800 characters: Weibo takes
// 2,000, Instagram 2,200 with 5 hashtags (ayrshare.com/docs), notes on Xiaohongshu and posts on Douyin 1,000. X takes 280 as it counts them
// (docs.x.com/fundamentals/counting-characters).
var manners = map[Outlet]manner{
	Weibo:       {closed: true, tags: 3, links: true},
	WeChat:      {tags: 3},
	Xiaohongshu: {tags: 5},
	Douyin:      {tags: 5},
	Instagram:   {tags: 5},
	X:           {tags: 2, links: true, length: 280},
	Site:        {tags: 0, links: true},
}

// OpensLinks reports whether readers of a post on the outlet can open an address in it. Elsewhere it stands in a profile, under an
// article, or in a code.
func (o Outlet) OpensLinks() bool { return manners[o].links }

// Telling is what a post says beside its picture.
type Telling struct {
	Caption string   // the fan's own words
	Credit  string   // whose photo it is, in the post's language
	Tags    []string // hashtags in any form, the challenge's leading
	Link    string   // tracked; empty where there is none
}

// Write is the post's text in the manner of the outlet: the fan's words without their hashtags, the credit, and then the hashtags and the
// link as they work there.
func (o Outlet) Write(t Telling) string {
	m := manners[o]
	var last []string
	if tags := m.hashtags(t.Tags); tags != "" {
		last = append(last, tags)
	}
	if m.links && t.Link != "" {
		last = append(last, t.Link)
	}
	rest := "\n" + t.Credit
	if len(last) > 0 {
		rest += "\n" + strings.Join(last, " ")
	}
	caption := contest.Untag(t.Caption)
	if m.length > 0 {
		room := m.length - counted(strings.TrimSuffix(rest, t.Link))
		if m.links && t.Link != "" {
			room -= countedLink
		}
		caption = shorten(caption, room)
	}
	return strings.TrimSpace(caption + "\n" + rest)
}

// hashtags writes the first of some hashtags, each once.
func (m manner) hashtags(tags []string) string {
	var written, keys []string
	for _, tag := range tags {
		key := contest.TagKey(tag)
		if key == "" || slices.Contains(keys, key) || len(keys) == m.tags {
			continue
		}
		keys = append(keys, key)
		word := "#" + strings.Trim(tag, "#＃﹟ ")
		if m.closed {
			word += "#"
		}
		written = append(written, word)
	}
	return strings.Join(written, " ")
}

// How X counts: an address as one of its own, wide characters as two.
const (
	countedLink = 23
	firstWide   = 0x1100
)

func counted(s string) (n int) {
	for _, r := range s {
		n++
		if r >= firstWide {
			n++
		}
	}
	return n
}

// shorten cuts a text to what counts so much, with an ellipsis where something is missing; one line feed comes behind it.
func shorten(s string, room int) string {
	const ellipsis = "…"
	room -= counted("\n")
	if counted(s) <= room {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && counted(string(runes)+ellipsis) > room {
		runes = runes[:len(runes)-1]
	}
	if len(runes) == 0 {
		return ""
	}
	return strings.TrimSpace(string(runes)) + ellipsis
}
