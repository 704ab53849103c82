// Package upkeep holds what an operator does with a whole installation: copy it to other backends, back it up and
// restore it, verify it, and look after its health.
//
// It knows an installation as tables of rows and objects under keys, and which objects the rows name. It refuses to
// know which engines hold them: whoever calls opens them, and sees to it that nobody else writes where that matters.
package upkeep

import (
	"errors"
	"fmt"
	"time"
)

// What an operator can act on. Errors wrap these kinds.
var (
	// ErrForeign says that the target holds something that is not from the source.
	ErrForeign = errors.New("the target is not empty, and what it holds is not a part of the source")
	// ErrBackup says that a folder is not a whole and honest backup. Nothing was written.
	ErrBackup = errors.New("not a whole backup")
	// ErrRoom says that a disk is too full for what would be written there. Nothing was written.
	ErrRoom = errors.New("too little room on the disk")
	// ErrDiffers says that what was copied is not what the target holds.
	ErrDiffers = errors.New("the target differs from the source")
)

// Say tells the operator one line. It may be called by several goroutines, not at once.
type Say func(format string, args ...any)

// sayPause is how often a long work tells how far it is.
const sayPause = 5 * time.Second

// progress tells how far a long work is, not too often.
type progress struct {
	say  Say
	last time.Time
}

func newProgress(say Say) *progress { return &progress{say: say, last: time.Now()} }

// at tells the line if the last one is long enough ago.
func (p *progress) at(format string, args ...any) {
	if now := time.Now(); now.Sub(p.last) >= sayPause {
		p.last = now
		p.say(format, args...)
	}
}

// size writes bytes as people read them.
func size(bytes int64) string {
	const step = 1000
	value, unit := float64(bytes), 0
	for value >= step && unit < 4 {
		value /= step
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %cB", value, "kMGT"[unit-1])
}
