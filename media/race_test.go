//go:build race

package media_test

// underRace says that the race detector watches, which slows work on pixels thirty times.
const underRace = true
