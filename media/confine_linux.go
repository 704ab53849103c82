package media

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// niceness leaves the processors to requests while photos wait their turn.
const niceness = 10

// confine limits this process: memory beyond what it has now, no core files, a low priority. RLIMIT_DATA counts the
// memory that may be written, where RLIMIT_AS would also count the gigabytes that Go's runtime only reserves. The
// priority is set for a process group of its own, because Linux keeps one for each thread.
func confine(memory uint64) error {
	present, err := dataSize()
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: present + memory, Max: present + memory}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	if err := syscall.Setpgid(0, 0); err != nil {
		return fmt.Errorf("make process group: %w", err)
	}
	if err := syscall.Setpriority(syscall.PRIO_PGRP, 0, niceness); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}

// dataSize returns how much memory that may be written the process has now. Under the race detector that is terabytes.
func dataSize() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var total, resident, shared, text, lib, data uint64
	if _, err := fmt.Fscan(strings.NewReader(string(statm)), &total, &resident, &shared, &text, &lib, &data); err != nil {
		return 0, fmt.Errorf("read /proc/self/statm: %w", err)
	}
	return data * uint64(os.Getpagesize()), nil
}
