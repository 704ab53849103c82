//go:build !linux

package media

// confine does nothing here: only Linux limits what Go's runtime takes, as opposed to what it reserves.
func confine(uint64) error { return nil }
