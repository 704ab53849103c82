package archive

import (
	"iter"
	"slices"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// book is a challenge that is being written.
type book struct {
	*writing
	contest.Challenge
	folder  string // of the challenge, with its slash
	outcome results.Outcome
	shows   contest.Shows
	photos  int // written so far
	cover   []page.Picture
	gallery int // the number of the list of photos that is being written, from 1 on
}

// leaf is what every page in a challenge's folder says.
type leaf struct {
	sheet
	Back, Hashtag, Title string // Back leads to the challenge
}

func (b *book) leaf(words *page.Context, s sheet) leaf {
	return leaf{s, file("index", words.Lang), b.Hashtag, words.Text(b.Title)}
}

// photosAPage is how many photos a list shows: a few screens of a phone, and what is read of the database at once.
const photosAPage = 60

// challenge writes a challenge: its photos and their pages first, then the lists of them, then its own page, so that no page leads
// to one that was left out.
func (w *writing) challenge(ch contest.Challenge) error {
	o, err := w.keeper.Results.Outcome(w.ctx, ch)
	if err != nil {
		return err
	}
	b := &book{writing: w, Challenge: o.Challenge, folder: ch.Slug + "/", outcome: o, shows: o.Challenge.Shows()}
	if err := b.galleries(); err != nil {
		return err
	}
	if err := b.page(); err != nil {
		return err
	}
	if err := b.log(); err != nil {
		return err
	}
	w.parts = append(w.parts, chapter{b.Challenge, b.photos, b.cover})
	return nil
}

// galleries writes all photos, their pages, and the lists of them. A list is written when it is known whether another one follows.
func (b *book) galleries() error {
	var waiting []results.Line
	for lines, err := range b.lists() {
		if err == nil && waiting != nil {
			err = b.list(waiting, true)
		}
		if err != nil {
			return err
		}
		b.gallery++
		if waiting, err = b.write(lines); err != nil {
			return err
		}
	}
	if waiting == nil {
		return nil
	}
	return b.list(waiting, false)
}

// lists yields the ranking, best first, by the result or, where the rules make none, by the board; then the photos that have no place.
func (b *book) lists() iter.Seq2[[]results.Line, error] {
	return func(yield func([]results.Line, error) bool) {
		places := b.board()
		if b.outcome.Result != nil {
			places = b.ranking()
		}
		for lines, err := range places {
			if !yield(lines, err) {
				return
			}
		}
		for lines, err := range b.unplaced() {
			if !yield(lines, err) {
				return
			}
		}
	}
}

// ranking yields the result's places.
func (b *book) ranking() iter.Seq2[[]results.Line, error] {
	return func(yield func([]results.Line, error) bool) {
		for from := 1; from <= len(b.outcome.Result.Places); from += photosAPage {
			if !yield(b.keeper.Results.Lines(b.ctx, b.outcome, from, photosAPage)) {
				return
			}
		}
	}
}

// board yields the places of the board, as far as it is paged through.
func (b *book) board() iter.Seq2[[]results.Line, error] {
	return func(yield func([]results.Line, error) bool) {
		rank := 0
		for found, err := range b.pages("top") {
			var lines []results.Line
			for _, e := range found {
				rank++
				lines = append(lines, results.Line{Placed: contest.Placed{Rank: rank, Entry: e.Number, Score: e.Score}, Entry: &e})
			}
			if !yield(lines, err) {
				return
			}
		}
	}
}

// unplaced yields the photos that had no place.
func (b *book) unplaced() iter.Seq2[[]results.Line, error] {
	return func(yield func([]results.Line, error) bool) {
		var lines []results.Line
		for found, err := range b.pages("newest") {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range found {
				if b.shown[e.ID] == "" && public(e) {
					lines = append(lines, results.Line{Placed: contest.Placed{Entry: e.Number, Score: e.Score}, Entry: &e})
				}
			}
			if len(lines) >= photosAPage {
				if !yield(lines, nil) {
					return
				}
				lines = nil
			}
		}
		if len(lines) > 0 {
			yield(lines, nil)
		}
	}
}

// pages yields the published entries in an order.
func (b *book) pages(order string) iter.Seq2[[]contest.Entry, error] {
	return func(yield func([]contest.Entry, error) bool) {
		for cursor := ""; ; {
			found, err := b.keeper.Entries.List(b.ctx, b.Challenge.ID, order, 0, cursor, photosAPage)
			if !yield(found.Entries, err) || err != nil || found.Next == "" {
				return
			}
			cursor = found.Next
		}
	}
}

// write copies the pictures of a list and draws the photos' own pages. Photos that nobody may see any more leave their places empty.
func (b *book) write(lines []results.Line) ([]results.Line, error) {
	var there []contest.Entry
	for i, l := range lines {
		if l.Entry == nil {
			continue
		}
		shown, err := b.photo(*l.Entry)
		if err != nil {
			return nil, err
		}
		if shown {
			there = append(there, *l.Entry)
		} else {
			lines[i].Entry = nil
		}
	}
	grants, err := b.keeper.Entries.Rights(b.ctx, there)
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(lines, func(l results.Line) bool { return l.Entry == nil && l.Rank == 0 })
	for _, l := range kept {
		if l.Entry != nil {
			b.count(*l.Entry)
			if err := b.entry(l, grants[l.Entry.ID]); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// count takes note of a photo that the archive has.
func (b *book) count(e contest.Entry) {
	b.shown[e.ID] = b.folder + number(e.Number)
	b.photos++
	if len(b.cover) < coverPhotos {
		b.cover = append(b.cover, b.coverOf(e))
	}
}

// coverOf is a photo as the archive's first page shows it: large where it stands first.
func (b *book) coverOf(e contest.Entry) page.Picture {
	i := small(e)
	if len(b.cover) == 0 {
		i = large(e)
	}
	return picture(b.folder, i, "")
}
