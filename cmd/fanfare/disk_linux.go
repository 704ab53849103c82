package main

import (
	"fmt"
	"syscall"
)

// diskSpace returns how much of the file system under a folder is free for us, and its size, in bytes.
func diskSpace(folder string) (free, size int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, 0, fmt.Errorf("look at disk of %s: %w", folder, err)
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize, nil
}
