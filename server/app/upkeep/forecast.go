package upkeep

import (
	"math"
	"time"
)

// The span that a forecast looks back, and the shortest that says anything: an installation of an hour has no trend.
const (
	forecastSpan = 7 * 24 * time.Hour
	minimumSpan  = 24 * time.Hour
)

// Growth is what the last days added to a disk.
type Growth struct {
	Bytes int64
	Over  time.Duration
}

// Disk is a file system's room.
type Disk struct{ Total, Free int64 }

// Days forecasts how many days are left until the disk is full if it goes on growing as it did; +Inf when it does not
// grow. A span below a day counts as one, so that the first hour's rush is no trend.
func (d Disk) Days(g Growth) float64 {
	if g.Bytes <= 0 {
		return math.Inf(1)
	}
	days := max(g.Over, minimumSpan).Hours() / 24
	return float64(max(d.Free, 0)) / (float64(g.Bytes) / days)
}

// When an operator is told of a disk. Below the room of one busy hour nothing waits for the forecast.
const (
	warnDays  = 30
	failDays  = 3
	warnFree  = 5 << 30 // bytes
	failFree  = 512 << 20
	warnShare = 10 // percent of the disk, where that is less than warnFree
)

// Judge says how a disk stands.
func (d Disk) Judge(g Growth) Level {
	days := d.Days(g)
	switch {
	case d.Free < failFree || days < failDays:
		return Fail
	case d.Free < min(warnFree, d.Total/100*warnShare) || days < warnDays:
		return Warn
	}
	return OK
}
