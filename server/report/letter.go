package report

import (
	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// Brief says a report in a letter's words, in both languages: which one it is, its sentence, and a line for each of its figures.
func (d *Drawer) Brief(c reports.Closing) (title contest.Text, lines []contest.Text) {
	zh, en := d.pages.Words(page.Chinese), d.pages.Words(page.English)
	title = contest.Text{ZH: zh.T("report.letter", "kind", kindOf(zh, c), "name", zh.Text(c.Campaign.Name)),
		EN: en.T("report.letter", "kind", kindOf(en, c), "name", en.Text(c.Campaign.Name))}
	lines = []contest.Text{{ZH: sentence(zh, c), EN: sentence(en, c)}}
	for _, f := range keys(c) {
		lines = append(lines, contest.Text{ZH: cardOf(zh, c, f).line(zh), EN: cardOf(en, c, f).line(en)})
	}
	return title, lines
}

// line says a figure in one line.
func (k Card) line(words *page.Context) string {
	text := k.Name + words.T("list.colon") + k.Value
	for _, more := range []string{k.Of, k.Uplift} {
		if more != "" {
			text += " · " + more
		}
	}
	return text
}
