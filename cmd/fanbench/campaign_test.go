package main

import (
	"database/sql"
	"io"
	"os/exec"
	"path/filepath"
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
	for name, statement := range map[string]string{
		"an order's amount": "UPDATE orders SET amount = amount + 1, reported = reported + 1 WHERE id = (SELECT id FROM orders WHERE counted = 1 ORDER BY quarter DESC LIMIT 1)",
		"a quarter-hour":    "UPDATE rollups SET value = value + 1 WHERE quarter = (SELECT MAX(quarter) FROM rollups)",
	} {
		alter(t, filepath.Join(c.data(folder), "fanfare.db"), statement)
		before := len(found.Differences)
		err := c.serve(t.Context(), folder, func(url string) (err error) {
			found, err = m.Compare(t.Context(), url)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Differences) <= before {
			t.Errorf("%s was altered, and no figure differs by it", name)
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
