package archive

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/report"
)

// writing is an archive that is being written.
type writing struct {
	Season
	ctx   context.Context
	to    Folder
	shown map[contest.EntryID]string // the files of entries' pages, by the archive's first folder, without language and ending
	parts []chapter
}

// chapter is a challenge as the first page shows it.
type chapter struct {
	Challenge contest.Challenge
	Photos    int
	Cover     []page.Picture
}

// coverPhotos is how many photos stand for a challenge on the first page.
const coverPhotos = 3

func (w *writing) all() error {
	for _, ch := range w.Challenges {
		if err := w.challenge(ch); err != nil {
			return err
		}
	}
	return errors.Join(w.report(), w.index(), w.style())
}

// file is what a page is called: Chinese is the language of those without a mark.
func file(name string, lang page.Lang) string {
	if lang == page.Chinese {
		return name + ".html"
	}
	return name + "." + string(lang) + ".html"
}

// sheet is what the pages' layout knows of a page.
type sheet struct {
	Root   string // leads to the archive's first folder
	Name   string // of the file, without folder, language and ending
	Season contest.Text
	AsOf   string
}

// In is the page in another language.
func (s sheet) In(lang page.Lang) string { return file(s.Name, lang) }

// To is a file of the archive in a language.
func (s sheet) To(name string, lang page.Lang) string { return s.Root + file(name, lang) }

// Beside is a file in the page's own folder in a language.
func (s sheet) Beside(name string, lang page.Lang) string { return file(name, lang) }

// sheet describes the page of a name, with its folder.
func (w *writing) sheet(words *page.Context, name string) sheet {
	return sheet{
		Root: strings.Repeat("../", strings.Count(name, "/")), Name: path.Base(name), Season: w.Campaign.Name,
		AsOf: words.Day(w.Now, w.Plan.Location()),
	}
}

// draw writes a page in both languages; view makes what a template draws of it, and its title.
func (w *writing) draw(name, template string, view func(words *page.Context, s sheet) (title string, view any)) error {
	for _, lang := range page.Langs {
		words := w.keeper.pages.Words(lang)
		title, v := view(words, w.sheet(words, name))
		out, err := w.to.Create(file(name, lang))
		if err == nil {
			err = w.keeper.pages.Draw(out, lang, "season", template, page.Head{Title: title, Class: template}, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text writes a file of bytes.
func (w *writing) text(name string, content []byte) error {
	out, err := w.to.Create(name)
	if err == nil {
		_, err = out.Write(content)
	}
	return err
}

// style writes the one stylesheet, which is all of the pages' own and what an archive adds.
func (w *writing) style() error {
	sheets := [][]byte{w.keeper.Tokens}
	for _, of := range []struct {
		files fs.FS
		name  string
	}{{page.Assets(), "page.css"}, {page.Assets(), "charts.css"}, {report.Assets(), "report.css"}} {
		b, err := fs.ReadFile(of.files, of.name)
		if err != nil {
			return err
		}
		sheets = append(sheets, b)
	}
	return w.text("style.css", bytes.Join(append(sheets, seasonStyle), []byte("\n")))
}

// indexView is the first page.
type indexView struct {
	sheet
	Report report.View
	Parts  []chapterView
	Origin string
}

type chapterView struct {
	Href, Hashtag, Title, Period, Photos string
	Cover                                []page.Picture
}

func (w *writing) index() error {
	return w.draw("index", "season_index", func(words *page.Context, s sheet) (string, any) {
		v := indexView{sheet: s, Report: report.NewView(words, w.Closing), Origin: strings.TrimSuffix(words.Absolute("/"), "/")}
		for _, part := range w.parts {
			ch := part.Challenge
			v.Parts = append(v.Parts, chapterView{
				Href: ch.Slug + "/" + s.In(words.Lang), Hashtag: ch.Hashtag, Title: words.Text(ch.Title), Cover: part.Cover,
				Period: days(words, ch), Photos: words.N("entries", part.Photos),
			})
		}
		return v.Report.Name, v
	})
}

// days says from when to when a challenge took photos and votes.
func days(words *page.Context, ch contest.Challenge) string {
	zone := ch.Location()
	from := ch.Entries.Opens
	if ch.Votes.Opens.Before(from) {
		from = ch.Votes.Opens
	}
	first, last := words.Day(from, zone), words.Day(ch.EndsAt().Add(-1), zone)
	if first == last {
		return first
	}
	return words.T("season.days", "from", first, "to", last)
}

// reportView is the page of the report.
type reportView struct {
	sheet
	Report    report.View
	XLSX, CSV string
}

// report writes the report's page and its tables.
func (w *writing) report() error {
	w.Engaging, w.Selling = w.written(w.Engaging), w.written(w.Selling)
	err := w.draw("report", "season_report", func(words *page.Context, s sheet) (string, any) {
		v := reportView{s, report.NewView(words, w.Closing), tables("report.xlsx", words.Lang), tables("report-csv.zip", words.Lang)}
		w.relate(v.Report.Engaging, w.Engaging, words.Lang)
		w.relate(v.Report.Selling, w.Selling, words.Lang)
		return v.Report.Kind + " · " + v.Report.Name, v
	})
	for _, lang := range page.Langs {
		for name, format := range map[string]report.Format{"report.xlsx": report.XLSX, "report-csv.zip": report.CSV} {
			if err != nil {
				return err
			}
			var b bytes.Buffer // tables have a line for a day or a post, thousands at most
			if err = w.keeper.Drawer.Write(&b, format, lang, w.Closing); err == nil {
				err = w.text(tables(name, lang), b.Bytes())
			}
		}
	}
	return err
}

// tables is what a file of tables is called in a language.
func tables(name string, lang page.Lang) string {
	if lang == page.Chinese {
		return name
	}
	stem, ending, _ := strings.Cut(name, ".")
	return stem + "." + string(lang) + "." + ending
}

// written are those of the entries that the archive has.
func (w *writing) written(list []numbers.Entry) (kept []numbers.Entry) {
	for _, e := range list {
		if w.shown[e.ID] != "" {
			kept = append(kept, e)
		}
	}
	return kept
}

// relate has the report's photos be those of the archive.
func (w *writing) relate(photos []report.Photo, list []numbers.Entry, lang page.Lang) {
	for i, e := range list {
		photos[i].Path = file(w.shown[e.ID], lang)
		photos[i].Picture = picture(path.Dir(w.shown[e.ID])+"/", small(e.Entry), photos[i].Picture.Alt)
	}
}
