package upkeep

import (
	"math"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestADiskIsForecastFromWhatTheLastDaysAdded(t *testing.T) {
	const gb = 1 << 30
	for name, c := range map[string]struct {
		disk Disk
		grew Growth
		days float64
		want Level
	}{
		"a week's growth fits many times":      {Disk{1000 * gb, 700 * gb}, Growth{7 * gb, 7 * day}, 700, OK},
		"a month is left":                      {Disk{1000 * gb, 29 * gb}, Growth{7 * gb, 7 * day}, 29, Warn},
		"two days are left":                    {Disk{1000 * gb, 200 * gb}, Growth{700 * gb, 7 * day}, 2, Fail},
		"nothing grows":                        {Disk{1000 * gb, 100 * gb}, Growth{0, 7 * day}, math.Inf(1), OK},
		"it shrank":                            {Disk{1000 * gb, 100 * gb}, Growth{-gb, 7 * day}, math.Inf(1), OK},
		"nothing grows and little is left":     {Disk{1000 * gb, 4 * gb}, Growth{}, math.Inf(1), Warn},
		"nothing grows and nothing is left":    {Disk{1000 * gb, 0}, Growth{}, math.Inf(1), Fail},
		"a small disk with a tenth left":       {Disk{20 * gb, 3 * gb}, Growth{}, math.Inf(1), OK},
		"a small disk with less than a tenth":  {Disk{20 * gb, gb}, Growth{}, math.Inf(1), Warn},
		"an hour's rush counts as a day":       {Disk{1000 * gb, 100 * gb}, Growth{gb, time.Hour}, 100, OK},
		"three days old":                       {Disk{1000 * gb, 100 * gb}, Growth{6 * gb, 3 * day}, 50, OK},
		"more is used than there is, says NFS": {Disk{1000 * gb, -gb}, Growth{gb, day}, 0, Fail},
	} {
		if got := c.disk.Days(c.grew); math.Abs(got-c.days) > 0.01 && got != c.days {
			t.Errorf("%s: %v days, want %v", name, got, c.days)
		}
		if got := c.disk.Judge(c.grew); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
