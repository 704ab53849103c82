package upkeep

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"fanfare/server/job"
)

// Level says how bad a finding is.
type Level int

// The levels. A warning can wait for office hours, a failure cannot.
const (
	OK Level = iota
	Warn
	Fail
)

func (l Level) String() string { return [...]string{"ok", "warn", "FAIL"}[l] }

// Finding is one thing that was looked at, and what to do where it is not well.
type Finding struct {
	Level   Level
	Subject string
	Text    string
	Remedy  string // empty where all is well
}

// Good is a finding with nothing to do.
func Good(subject, format string, args ...any) Finding {
	return Finding{Subject: subject, Text: fmt.Sprintf(format, args...)}
}

// Layout is the kinds of an installation's backends: the schemes of their URLs.
type Layout struct{ DB, Media, Search, Bus string }

// Judge says whether the backends fit together.
func (l Layout) Judge() Finding {
	const subject = "layout"
	if l.Bus == "mem" {
		return Good(subject, "one replica: news travels within the process")
	}
	wrong := func(level Level, text, remedy string) Finding { return Finding{level, subject, text, remedy} }
	switch {
	case l.DB == "sqlite":
		return wrong(Fail, "the bus is for replicas, and replicas cannot share a SQLite file", "move the data to PostgreSQL (fanfare copy --to-db postgres://…) or use --bus mem:")
	case l.Media == "dir":
		return wrong(Warn, "replicas on several hosts see the same photos only if they share the folder", "use an object store (fanfare copy --to-media s3://…), or make sure that the folder is shared")
	case l.Search == "local":
		return wrong(Warn, "each replica has a search index of its own, and only one of them learns of each new entry", "use Meilisearch (fanfare copy --to-search meilisearch://…)")
	}
	return Good(subject, "ready for several replicas")
}

// The difference between our clock and the database's. On PostgreSQL its clock counts, and ours still dates tokens.
const (
	warnClock = 2 * time.Second
	failClock = time.Minute // host-signed tokens are refused half a minute out
)

// JudgeClock judges how far our clock is from the database's.
func JudgeClock(ahead time.Duration) Finding {
	f := Good("clock", "%v from the database's", ahead.Abs().Round(time.Millisecond))
	switch {
	case ahead.Abs() >= failClock:
		f.Level = Fail
	case ahead.Abs() >= warnClock:
		f.Level = Warn
	default:
		return f
	}
	f.Remedy = "let both hosts take their time from NTP (timedatectl set-ntp true)"
	return f
}

// JudgeQueue judges the table of work.
func JudgeQueue(counts map[string]job.Stats) []Finding {
	var all []Finding
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		s := counts[kind]
		f := Good("queue "+kind, "%d ready, %d running, %d given up", s.Ready, s.Running, s.Dead)
		switch {
		case s.Dead > 0:
			f.Level, f.Remedy = Warn, deadRemedy(kind)
		case s.Overdue > lateQueue:
			f.Text += fmt.Sprintf("; the oldest has waited for %v", s.Overdue.Round(time.Second))
			f.Level, f.Remedy = Warn, "see whether the server runs, and what it logs as \"job failed\""
		}
		all = append(all, f)
	}
	if len(all) == 0 {
		all = append(all, Good("queue", "empty"))
	}
	return all
}

// lateQueue is how long a job may have been due before that is worth a look: a rush of photos takes minutes.
const lateQueue = 10 * time.Minute

func deadRemedy(kind string) string {
	switch kind {
	case "index":
		return "mend what the log says of the search index, then run: fanfare rebuild"
	case "render", "heic":
		return "mend what the log says of the photos' store; the server takes them up again within an hour"
	}
	return "mend what the log says; the last error stands in the table jobs"
}

// JudgeDisk judges the disk under a folder. A growth over no time is unknown.
func JudgeDisk(folder string, d Disk, g Growth) Finding {
	f := Good("disk", "%s: %s of %s free, %s", folder, size(d.Free), size(d.Total), forecast(d, g))
	if f.Level = d.Judge(g); f.Level != OK {
		f.Remedy = "make room or a larger disk; photos can move to an object store: fanfare copy --to-media s3://…"
	}
	return f
}

func forecast(d Disk, g Growth) string {
	days := d.Days(g)
	switch {
	case g.Over == 0:
		return "no forecast without the database"
	case math.IsInf(days, 1):
		return "nothing was added in the last days"
	case days > 3650:
		return "enough for years"
	}
	return fmt.Sprintf("full in about %.0f days at the last days' pace (%s a day)", days, size(int64(float64(g.Bytes)/(max(g.Over, minimumSpan).Hours()/24))))
}
