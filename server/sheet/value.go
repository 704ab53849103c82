package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// days are how people write a day; Go takes one digit for two, too.
var days = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}

// clocks are how a time may follow a day.
var clocks = []string{"15:04:05", "15:04", "15:04:05.999999999", "15时04分05秒", "15时04分"}

// The days that a workbook's number may mean: those of this century. Numbers of other columns are no days.
const (
	firstSerial = 36526 // 2000-01-01
	lastSerial  = 73050 // 2099-12-31
)

// Day reads a cell that means a day, in ISO 8601 ("2026-11-22"): written out, or the number that a workbook has for it. Of a time
// it takes the day.
func Day(cell string) (string, bool) {
	at, ok := Time(cell, time.UTC)
	return at.Format(time.DateOnly), ok
}

// Time reads a cell that means a moment; where it does not say in which zone, it is one of place. A day is its beginning.
func Time(cell string, place *time.Location) (time.Time, bool) {
	cell = norm.NFKC.String(cell)
	if at, err := time.Parse(time.RFC3339Nano, cell); err == nil {
		return at, inCentury(at)
	}
	if serial, err := strconv.ParseFloat(cell, 64); err == nil && serial >= firstSerial && serial < lastSerial+1 {
		return fromSerial(serial, place), true
	}
	day, clock, timed := strings.Cut(strings.Replace(cell, "T", " ", 1), " ")
	for _, layout := range days {
		if !timed {
			if at, err := time.ParseInLocation(layout, day, place); err == nil {
				return at, inCentury(at)
			}
			continue
		}
		for _, at := range clocks {
			if at, err := time.ParseInLocation(layout+" "+at, day+" "+strings.TrimSpace(clock), place); err == nil {
				return at, inCentury(at)
			}
		}
	}
	return time.Time{}, false
}

func inCentury(at time.Time) bool { return at.Year() >= 2000 && at.Year() < 2100 }

// fromSerial is the moment of a workbook's number: days since 1899-12-30, as a clock on the wall shows it.
func fromSerial(serial float64, place *time.Location) time.Time {
	whole, part := math.Modf(serial)
	seconds := int(math.Round(part * 24 * 60 * 60)) // numbers are kept to about a microsecond
	return time.Date(1899, 12, 30+int(whole), 0, 0, seconds, 0, place)
}
