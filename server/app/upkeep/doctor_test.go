package upkeep

import (
	"testing"
	"time"

	"fanfare/server/job"
)

func TestBackendsThatDoNotFitTogetherAreNamed(t *testing.T) {
	for layout, want := range map[Layout]Level{
		{"sqlite", "dir", "local", "mem"}:          OK,
		{"postgres", "dir", "local", "mem"}:        OK,
		{"postgres", "s3", "meilisearch", "mem"}:   OK,
		{"postgres", "s3", "meilisearch", "nats"}:  OK,
		{"sqlite", "s3", "meilisearch", "nats"}:    Fail,
		{"postgres", "dir", "meilisearch", "nats"}: Warn,
		{"postgres", "s3", "local", "nats"}:        Warn,
	} {
		if f := layout.Judge(); f.Level != want || f.Remedy == "" && want != OK {
			t.Errorf("%v: got %+v, want %v with a remedy", layout, f, want)
		}
	}
}

func TestAClockThatIsOffIsNamed(t *testing.T) {
	for ahead, want := range map[time.Duration]Level{
		0: OK, 900 * time.Millisecond: OK, -time.Second: OK, 3 * time.Second: Warn, -3 * time.Second: Warn, 2 * time.Minute: Fail, -2 * time.Minute: Fail,
	} {
		if f := JudgeClock(ahead); f.Level != want || f.Remedy == "" && want != OK {
			t.Errorf("%v: got %+v, want %v with a remedy", ahead, f, want)
		}
	}
}

func TestAQueueThatDoesNotMoveIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		counts map[string]job.Stats
		want   Level
	}{
		"nothing to do":             {nil, OK},
		"much to do, and it moves":  {map[string]job.Stats{"render": {Ready: 5000, Running: 2, Overdue: time.Minute}}, OK},
		"nobody works":              {map[string]job.Stats{"render": {Ready: 5, Overdue: time.Hour}}, Warn},
		"something was given up":    {map[string]job.Stats{"index": {Dead: 1}}, Warn},
		"one kind of two is stuck":  {map[string]job.Stats{"index": {Dead: 1}, "render": {}}, Warn},
		"an unknown kind was given": {map[string]job.Stats{"purge": {Dead: 3}}, Warn},
	} {
		worst := OK
		for _, f := range JudgeQueue(c.counts) {
			if worst = max(worst, f.Level); f.Level != OK && f.Remedy == "" {
				t.Errorf("%s: %+v has no remedy", name, f)
			}
		}
		if worst != c.want {
			t.Errorf("%s: got %v, want %v", name, worst, c.want)
		}
	}
}

func TestSizesAreWrittenAsPeopleReadThem(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1_550_000: "1.6 MB", 5_000_000_000: "5.0 GB", 9_000_000_000_000_000: "9000.0 TB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
}
