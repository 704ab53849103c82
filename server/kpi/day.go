package kpi

import "time"

// DayOf returns the day that a time lies in, as "2026-11-22": days written so sort as texts.
func DayOf(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }
