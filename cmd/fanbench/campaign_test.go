package main

import (
	"database/sql"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fanfare/cmd/fanbench/month"
)

func TestEveryFigureOfAMonthIsAsItWasBookedAndOneThatIsAlteredIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("builds Fanfare and plays a month at it; run without -short")
	}
	folder := t.TempDir()
	c := campaigning{path: filepath.Join(folder, "fanfare"), seed: 7, size: month.Size{Counts: 4, Entries: 12, Votes: 30, Orders: 24, Visitors: 4}}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "nodynamic", "-o", c.path, "fanfare/cmd/fanfare").CombinedOutput(); err != nil {
		t.Fatalf("build Fanfare: %v\n%s", err, out)
	}
	m, found, err := c.play(t.Context(), folder, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found.Differences {
		t.Error(d)
	}
	if found.Figures < 10_000 {
		t.Errorf("%d figures were compared, want those of four campaigns by day, hour and quarter-hour", found.Figures)
	}
	// Each is found where it shows.
	altered := map[string]string{
		", worth":    "UPDATE orders SET amount = amount + 1, reported = reported + 1 WHERE id = (SELECT id FROM orders WHERE counted = 1 ORDER BY quarter DESC LIMIT 1)",
		", reported": "UPDATE reported SET value = value + 1 WHERE batch = (SELECT MAX(id) FROM reported_batches WHERE undone_at = 0)",
		"by=quarter": "UPDATE rollups SET value = value + 1 WHERE quarter = (SELECT MAX(quarter) FROM rollups)",
	}
	for _, statement := range altered {
		alter(t, filepath.Join(c.data(folder), "fanfare.db"), statement)
	}
	err = c.serve(t.Context(), folder, func(url string) (err error) { found, err = m.Compare(t.Context(), url); return err })
	if err != nil {
		t.Fatal(err)
	}
	for where, statement := range altered {
		if !slices.ContainsFunc(found.Differences, func(d month.Difference) bool { return strings.Contains(d.String(), where) }) {
			t.Errorf("no figure with %q differs after %s", where, statement)
		}
	}
}

// alter changes a database that nobody serves.
func alter(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%q changed %d rows, error %v", statement, n, err)
	}
}
