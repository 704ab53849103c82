package page

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// LettersPath is the path of the page on which whoever got a letter says which they want.
const LettersPath = "/letters"

// StopPath is the page's path for the link of a letter, and the address that mail programs end letters by.
func StopPath(token string) string { return LettersPath + "?t=" + token }

// NoticeView is a letter that tells somebody of what concerns them.
type NoticeView struct {
	Kind  string // of the letter: its words are below notice.KIND
	Host  string // of the installation
	Items []NoticeItem
	Stop  string // token of the link that ends letters like it; empty where nobody may do without them
	Fan   bool   // it goes to a fan
	Staff bool   // it goes to somebody with an account at the console
	Asked bool   // it answers somebody without one
}

// NoticeItem is one thing that a letter tells of.
type NoticeItem struct {
	Challenge contest.Challenge
	Entry     contest.Entry
	Photo     bool // the entry may be shown
	Repost    partner.Repost
	By        contest.Text // who posted it
	Place     int
	Title     contest.Text
	Lines     []contest.Text
	Path      string // of the page about it; empty for the challenge's
	Count     int
}

// Rows that a letter shows of many: it says how many more there are.
const maxNoticeRows = 12

// notice is a letter as its template draws it.
type notice struct {
	Subject, Lead, Button, Link string
	Lines                       []string // of the only item
	Photo                       *Picture // of the only item, or none
	Rows                        []noticeRow
	More                        string
	Why, StopText, Stop         string
	Wishes                      string
}

type noticeRow struct {
	Text, Detail, Link string
	Picture            *Picture
}

// NoticeLetter draws one.
func (p *Renderer) NoticeLetter(lang Lang, v NoticeView) (Letter, error) {
	c := &Context{Lang: lang, page: p}
	drawn := c.notice(v)
	var html bytes.Buffer
	if err := letters.ExecuteTemplate(&html, "notice.html", c.With(drawn)); err != nil {
		return Letter{}, fmt.Errorf("draw letter: %w", err)
	}
	return Letter{Subject: drawn.Subject, Text: drawn.text(c), HTML: html.String()}, nil
}

func (c *Context) notice(v NoticeView) notice {
	first, kind := v.Items[0], "notice."+v.Kind
	words := []any{"title", oneLine(c.noticeTitle(first)), "by", oneLine(c.Text(first.By)), "host", v.Host, "place", first.Place, "count", grouped(first.Count)}
	n := notice{
		Subject: c.N(kind+".subject", len(v.Items), words...), Lead: c.N(kind+".lead", len(v.Items), words...), Button: c.noticeButton(v),
		Link: c.noticeLink(v, first),
	}
	if len(v.Items) == 1 {
		n.Lines = c.noticeLines(v, first)
		if r, ok := rendition(first.Entry.Photo, plainName); ok && first.Photo {
			n.Photo = &Picture{Src: c.Absolute(c.PhotoURL(r.Key)), Width: r.Width, Height: r.Height, Alt: c.Alt(first.Entry.Caption, first.Entry.Author)}
		}
	} else {
		for _, item := range v.Items[:min(len(v.Items), maxNoticeRows)] {
			n.Rows = append(n.Rows, c.noticeRow(v, item))
		}
		if more := len(v.Items) - maxNoticeRows; more > 0 {
			n.More = c.N("notice.more", more)
		}
	}
	c.noticeFoot(&n, v)
	return n
}

// noticeFoot says why somebody gets the letter and how they end that.
func (c *Context) noticeFoot(n *notice, v NoticeView) {
	switch {
	case v.Fan:
		n.Why = c.T("notice.why.fan", "host", v.Host)
	case v.Staff:
		n.Why, n.Wishes = c.T("notice.why.staff", "host", v.Host), c.Absolute(withLang("/console/account/letters", c.Lang))
	case v.Asked:
		n.Why = c.T("notice.why.asked", "host", v.Host)
	default:
		n.Why = c.T("notice.why.chosen", "host", v.Host)
	}
	if v.Stop != "" {
		n.StopText, n.Stop = c.T("notice.stop"), c.Absolute(withLang(StopPath(v.Stop), c.Lang))
	}
}

// noticeTitle is what an item is about: the challenge, where nothing else is said.
func (c *Context) noticeTitle(i NoticeItem) string {
	if title := c.Text(i.Title); title != "" {
		return title
	}
	return c.Text(i.Challenge.Title)
}

// scattered reports whether each item has a page of its own.
func (v NoticeView) scattered() bool {
	return slices.ContainsFunc(v.Items, func(i NoticeItem) bool { return i.Path != v.Items[0].Path })
}

// noticeButton says where the letter's link leads.
func (c *Context) noticeButton(v NoticeView) string {
	if all := "notice." + v.Kind + ".button.all"; v.scattered() && c.Has(all) {
		return c.T(all)
	}
	return c.T("notice." + v.Kind + ".button")
}

// noticeLink is the address of the page about an item; where there are several, of the page about all of them.
func (c *Context) noticeLink(v NoticeView, i NoticeItem) string {
	switch {
	case !v.scattered() && strings.HasPrefix(i.Path, "/"):
		return c.Absolute(withLang(i.Path, c.Lang))
	case len(v.Items) > 1 && v.Fan:
		return c.Absolute(withLang(ChallengePath(i.Challenge.Slug), c.Lang))
	case len(v.Items) > 1 || i.Path == "" && v.Staff:
		return c.Absolute(withLang("/console", c.Lang))
	case i.Path == "":
		return c.Absolute(withLang(ChallengePath(i.Challenge.Slug), c.Lang))
	}
	return i.Path // another site's
}

// noticeLines are what there is to say of an item beside the lead.
func (c *Context) noticeLines(v NoticeView, i NoticeItem) (lines []string) {
	if i.Entry.ID != "" {
		lines = append(lines, c.noticeEntry(v, i))
	}
	if v.Kind == "rejected" {
		if key := "reason." + string(i.Entry.Reason); c.Has(key) {
			lines = append(lines, c.T("notice.reason", "reason", c.T(key, "number", "")))
		}
		if i.Entry.Note != "" {
			lines = append(lines, c.T("notice.note", "note", oneLine(i.Entry.Note)))
		}
	}
	if i.Repost.ID != "" {
		lines = append(lines, c.T("notice.post", "outlet", c.T("outlet."+string(i.Repost.Outlet)), "address", i.Repost.Address))
	}
	for _, line := range i.Lines {
		lines = append(lines, c.Text(line))
	}
	return lines
}

// noticeEntry names an entry: by its words where it may be shown. Fans know who took their own.
func (c *Context) noticeEntry(v NoticeView, i NoticeItem) string {
	number, caption := strconv.Itoa(int(i.Entry.Number)), cut(i.Entry.Caption, maxAlt)
	switch {
	case !i.Photo || caption == "":
		return c.T("notice.entry", "number", number, "title", c.Text(i.Challenge.Title))
	case v.Fan:
		return c.T("notice.own", "number", number, "caption", caption)
	}
	return c.T("notice.caption", "number", number, "caption", caption, "author", i.Entry.Author)
}

func (c *Context) noticeRow(v NoticeView, i NoticeItem) noticeRow {
	lines := c.noticeLines(v, i)
	if i.Entry.ID == "" {
		lines = append([]string{c.noticeTitle(i)}, lines...)
	}
	row := noticeRow{Text: lines[0], Detail: strings.Join(lines[1:], " · "), Link: c.noticeLink(NoticeView{Items: []NoticeItem{i}, Staff: v.Staff}, i)}
	if v.Kind == "won" {
		row.Detail = c.T("notice.place", "place", i.Place)
	}
	if r, ok := rendition(i.Entry.Photo, squareName); ok && i.Photo {
		row.Picture = &Picture{Src: c.Absolute(c.PhotoURL(r.Key)), Alt: c.Alt(i.Entry.Caption, i.Entry.Author)}
	}
	return row
}

// text is the letter without markup.
func (n notice) text(c *Context) string {
	parts := append([]string{c.T("letter.greeting"), n.Lead}, n.Lines...)
	for _, row := range n.Rows {
		parts = append(parts, strings.TrimSpace(row.Text+"\n"+row.Detail)+"\n"+row.Link)
	}
	if n.More != "" {
		parts = append(parts, n.More)
	}
	parts = append(parts, n.Button+"\n"+n.Link, "--\n"+n.Why)
	if n.Stop != "" {
		parts = append(parts, n.StopText+"\n"+n.Stop)
	}
	if n.Wishes != "" {
		parts = append(parts, c.T("notice.wishes")+"\n"+n.Wishes)
	}
	return strings.Join(parts, "\n\n") + "\n"
}
