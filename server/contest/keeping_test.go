package contest

import (
	"testing"
	"time"
)

func TestOriginalsAreDueSoManyDaysAfterTheLastWindow(t *testing.T) {
	c := night()
	c.Rules.OriginalsDays, c.Rules.GraceSeconds = 30, 600
	end := c.Votes.Closes
	for _, step := range []struct {
		name string
		edit func(*Challenge)
		now  time.Time
		want bool
	}{
		{"a moment before", func(*Challenge) {}, end.Add(30*24*time.Hour - time.Millisecond), false},
		{"then", func(*Challenge) {}, end.Add(30 * 24 * time.Hour), true},
		{"entries close last, with a grace", func(c *Challenge) { c.Entries.Closes = end }, end.Add(30 * 24 * time.Hour), false},
		{"and the grace is over", func(c *Challenge) { c.Entries.Closes = end }, end.Add(30*24*time.Hour + 10*time.Minute), true},
		{"kept for good", func(c *Challenge) { c.Rules.OriginalsDays = 0 }, end.Add(9000 * 24 * time.Hour), false},
		{"a draft", func(c *Challenge) { c.LaunchedAt = time.Time{} }, end.Add(9000 * 24 * time.Hour), false},
	} {
		edited := c
		step.edit(&edited)
		if got := edited.OriginalsDue(step.now); got != step.want {
			t.Errorf("%s: got %v", step.name, got)
		}
	}
}
