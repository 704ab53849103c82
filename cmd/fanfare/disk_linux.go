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

// diskOf returns a number that folders on one file system share.
func diskOf(folder string) (uint64, error) {
	var s syscall.Stat_t
	if err := syscall.Stat(folder, &s); err != nil {
		return 0, fmt.Errorf("look at disk of %s: %w", folder, err)
	}
	return s.Dev, nil
}
