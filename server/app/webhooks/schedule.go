package webhooks

import (
	"math/rand/v2"
	"net/http"
	"time"

	"fanfare/server/outbound"
)

// pauses are those between the attempts of a delivery: Standard Webhooks' schedule, three days in all.
var pauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// longestAsked bounds how long a program may ask to be left alone: then it would rather be stopped.
const longestAsked = 24 * time.Hour

// pause is how long to wait after so many failed attempts; false means that there is no further one. It is as long as the program asks to
// be left alone, where that is longer. Up to a tenth is added by draw, which is below 1, so that what failed together does not come back
// together.
func pause(tried int, asked time.Duration, draw float64) (time.Duration, bool) {
	if tried > len(pauses) {
		return 0, false
	}
	p := pauses[tried-1]
	return max(p+time.Duration(float64(p)*draw/10), min(asked, longestAsked)), true
}

func drawn(tried int, a outbound.Answer) (time.Duration, bool) {
	var asked time.Duration
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable {
		asked = a.RetryAfter
	}
	return pause(tried, asked, rand.Float64())
}

// taken reports whether an answer says that the message arrived. To be sent elsewhere is not to be taken.
func taken(a outbound.Answer) bool { return a.Status >= 200 && a.Status < 300 }
