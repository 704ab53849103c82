//go:build !linux

package main

import (
	"errors"
	"fmt"
)

// diskSpace is known on Linux only.
func diskSpace(folder string) (free, size int64, err error) {
	return 0, 0, fmt.Errorf("look at disk of %s: %w", folder, errors.ErrUnsupported)
}

// diskOf is known on Linux only.
func diskOf(folder string) (uint64, error) {
	return 0, fmt.Errorf("look at disk of %s: %w", folder, errors.ErrUnsupported)
}
