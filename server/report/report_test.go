package report

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"fanfare/server/app/numbers"
	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/page/pagetest"
	"fanfare/server/store"
)

var (
	begin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
)

// festival is a campaign with the figures that Xiaomi gave for one of theirs.
func festival(now time.Time) reports.Closing {
	plan := kpi.StartingPlan()
	plan.TimeZone, plan.Starts, plan.Ends = "UTC", begin, end
	plan.Baseline.Label = "2023"
	days := func(n int64) kpi.Series {
		s := kpi.NewSeries(begin, end, now, kpi.ByDay, time.UTC)
		s[0].Value = n
		return s
	}
	figure := func(m kpi.Metric, n, target, baseline int64) numbers.Figure {
		d, _ := kpi.Define(m)
		f := numbers.Figure{Definition: d, Measured: n, HasMeasured: true, Days: days(n), Target: target, Baseline: baseline}
		f.Completion, _ = kpi.Completion(n, target)
		f.Uplift, f.HasUplift = kpi.Uplift(n, baseline)
		return f
	}
	ch := contest.Challenge{ID: "ch_1", Hashtag: "=#夜景", LaunchedAt: begin}
	ch.Rules.Tally = contest.TallyLive
	o := numbers.Overview{
		Campaign: contest.Campaign{ID: "ca_1", Name: contest.Text{ZH: "米粉节", EN: "Fan festival"}}, Now: now,
		Plan:       store.Plan{Plan: plan, LaunchedAt: begin, SHA256: "f00d"},
		Period:     numbers.Period{From: begin, To: end, First: "2026-03-01", Last: "2026-03-03"},
		Challenges: []contest.Challenge{ch},
		Figures: []numbers.Figure{
			figure(kpi.Impressions, 10_386, 10_000, 0), figure(kpi.Views, 2010, 1000, 0), figure(kpi.Votes, 77, 100, 0),
			figure(kpi.Orders, 2314, 0, 1000), figure(kpi.GMV, 458_000_000, 400_000_000, 0),
		},
		Channels: []numbers.Group{{ID: "weibo", Name: contest.Text{ZH: "=cmd()", EN: "=cmd()"}, Measured: map[kpi.Metric]int64{kpi.Orders: 2314}}},
		Engaging: []numbers.Entry{{Entry: contest.Entry{ID: "e_1", Challenge: "ch_1", Number: 7, Author: "@evil", Caption: "+1+1"}, Votes: 70}},
	}
	return reports.Closing{Overview: o, Changes: []reports.Change{
		{At: begin, Kind: reports.Launched, Count: 4},
		{At: begin.Add(time.Hour), Kind: reports.Excluded, Challenge: "ch_1", Count: 12, Why: contest.Burst},
	}}
}

func drawer(t *testing.T) *Drawer {
	t.Helper()
	pages, err := page.New("https://photos.example.org")
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(pages)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheClosingReportSaysTheResultInOneSentence(t *testing.T) {
	d := drawer(t)
	title, lines := d.Brief(festival(end.Add(time.Hour)))
	if title.EN != "Closing report: Fan festival" || title.ZH != "米粉节 · 复盘报告" {
		t.Errorf("title: %+v", title)
	}
	if want := "3 of 4 targets were reached. GMV: CN¥4,580,000, 114.5\u00a0% of the target."; lines[0].EN != want {
		t.Errorf("got %q, want %q", lines[0].EN, want)
	}
	if want := "4 项目标达成 3 项。GMV ¥4,580,000，目标完成率 114.5%。"; lines[0].ZH != want {
		t.Errorf("got %q, want %q", lines[0].ZH, want)
	}
	var all []string
	for _, line := range lines[1:] {
		all = append(all, line.EN)
	}
	want := []string{
		"GMV: CN¥4,580,000 · 114.5\u00a0% of target", "Impressions: 10.4K · 103.86\u00a0% of target", "Content views: 2,010 · 201\u00a0% of target",
		"Votes: 77 · 77\u00a0% of target", "Orders: 2,314 · +131.4\u00a0% against 2023",
	}
	if !slices.Equal(all, want) {
		t.Errorf("figures:\n got %q\nwant %q", all, want)
	}
}

func TestTheInterimReportSaysWhichDayItIs(t *testing.T) {
	title, _ := drawer(t).Brief(festival(begin.Add(36 * time.Hour)))
	if want := "Interim report · day 2 of 3: Fan festival"; title.EN != want {
		t.Errorf("got %q, want %q", title.EN, want)
	}
}

func TestWhatThePublicMayNotSeeIsNowhereInASharedReport(t *testing.T) {
	c := festival(end.Add(time.Hour))
	c.Challenges[0].Rules.Tally = contest.TallyHidden
	d := drawer(t)
	answer := httptest.NewRecorder()
	if err := d.Page(answer, httptest.NewRequestWithContext(context.Background(), "GET", "/r/token", nil), "/r/token", c.Public()); err != nil {
		t.Fatal(err)
	}
	var book bytes.Buffer
	if err := d.Write(&book, CSV, page.English, c.Public()); err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"page": answer.Body.String(), "tables": unzipped(t, book.Bytes())} {
		if !strings.Contains(text, "Fan festival") || !strings.Contains(text, "=#夜景 are left out") {
			t.Errorf("the %s says nothing of the campaign, or of what it leaves out", where)
		}
		for _, hidden := range []string{"@evil", "excluded", "\"70\"", ",70,", ">77<", ",77,"} {
			if strings.Contains(text, hidden) {
				t.Errorf("the %s tells %q", where, hidden)
			}
		}
	}
}

// unzipped is all that stands in the files of a ZIP.
func unzipped(t *testing.T, content []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil { //nolint:gosec // it was written here
			t.Fatal(err)
		}
	}
	return all.String()
}

func TestTheWorkbookHasNumbersAsNumbersAndNoFormula(t *testing.T) {
	var file bytes.Buffer
	if err := drawer(t).Write(&file, XLSX, page.English, festival(end.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for cell, want := range map[string]string{"A2": "Impressions", "C2": "10386", "G2": "103.86", "C6": "4580000", "G6": "114.5", "I5": "131.4"} {
		if got, err := book.GetCellValue("Figures", cell); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", cell, got, err, want)
		}
		kind, err := book.GetCellType("Figures", cell)
		if number := kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber; err != nil || number != (cell != "A2") {
			t.Errorf("%s is of type %v, %v", cell, kind, err)
		}
	}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x := range row {
				name, _ := excelize.CoordinatesToCellName(x+1, y+1)
				if formula, _ := book.GetCellFormula(sheet, name); formula != "" {
					t.Errorf("%s!%s is a formula: %s", sheet, name, formula)
				}
				if strings.ContainsAny(row[x][:min(1, len(row[x]))], "=+@") {
					t.Errorf("%s!%s would be taken for one: %q", sheet, name, row[x])
				}
			}
		}
	}
}

func TestLibreOfficeReadsInTheWorkbookWhatTheTextsSay(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("there is no LibreOffice on the PATH: it comes with libreoffice-calc-nogui")
	}
	if testing.Short() {
		t.Skip("LibreOffice takes seconds to start")
	}
	folder := t.TempDir()
	var book, texts bytes.Buffer
	d, c := drawer(t), festival(end.Add(time.Hour))
	if err := d.Write(&book, XLSX, page.English, c); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(&texts, CSV, page.English, c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "report.xlsx"), book.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// Each sheet into a file of its own: separator, quote, UTF-8, from line 1, all texts quoted, no formulas, as shown, all sheets.
	cmd := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+folder+"/profile", "--convert-to",
		"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,false,false,false,-1", "--outdir", folder, filepath.Join(folder, "report.xlsx"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	archive, err := zip.NewReader(bytes.NewReader(texts.Bytes()), int64(texts.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		got, err := os.ReadFile(filepath.Join(folder, "report-"+strings.TrimSuffix(f.Name, ".csv")+".csv"))
		if err != nil {
			t.Error(err)
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := plainCSV(got), plainCSV(want); got != want {
			t.Errorf("%s: LibreOffice has\n%s\nwant\n%s", f.Name, got, want)
		}
	}
}

// plainCSV is a table without what writers of CSV differ in: the mark at the beginning, the ends of lines, and zeros that say nothing.
func plainCSV(b []byte) string {
	text := strings.NewReplacer("\ufeff", "", "\r", "", `"`, "").Replace(string(b))
	var lines []string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		for i, cell := range cells {
			if strings.Contains(cell, ".") && strings.Trim(cell, "-0123456789.") == "" {
				cells[i] = strings.TrimRight(strings.TrimRight(cell, "0"), ".")
			}
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, ","), ","))
	}
	return strings.Join(lines, "\n")
}

func TestTemplatesHaveNothingInline(t *testing.T) { pagetest.NothingInline(t, files) }
