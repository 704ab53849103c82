package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc: USER_HZ, 100 on every Linux that Go runs on.
const clockTick = time.Second / 100

// Usage is what a process and its children cost so far.
type Usage struct {
	CPU time.Duration // user and system, of ended children too
	RSS int64         // bytes resident now
	// Peak is the most that was resident at once; the children's peaks are added.
	Peak int64
}

// Usage reads what the server costs.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.cmd.Process.Pid) }

// UsageOf reads what another process costs, with its children.
func UsageOf(pid int) (Usage, error) {
	u, err := usageOfOne(pid)
	if err != nil {
		return Usage{}, err
	}
	for _, child := range ChildrenOf(pid) {
		c, err := UsageOf(child)
		if errors.Is(err, os.ErrNotExist) {
			continue // ended meanwhile; its CPU time is its parent's soon
		}
		if err != nil {
			return Usage{}, err
		}
		u.CPU, u.RSS, u.Peak = u.CPU+c.CPU, u.RSS+c.RSS, u.Peak+c.Peak
	}
	return u, nil
}

func usageOfOne(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read CPU time: %w", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read memory: %w", err)
	}
	cpu, err := parseCPU(string(stat))
	if err != nil {
		return Usage{}, err
	}
	return Usage{CPU: cpu, RSS: parseMemory(status, "VmRSS:"), Peak: parseMemory(status, "VmHWM:")}, nil
}

// parseCPU adds utime, stime, cutime and cstime of /proc/PID/stat (proc_pid_stat(5), fields 14 to 17). The second field,
// the program's name, may hold spaces and brackets, so counting begins behind its last bracket.
func parseCPU(stat string) (time.Duration, error) {
	const first = 14 - 3 // the field behind the name is the third
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < first+4 {
		return 0, fmt.Errorf("read CPU time: %q is no stat", stat)
	}
	var ticks int64
	for _, field := range fields[first : first+4] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read CPU time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// parseMemory returns a size of /proc/PID/status in bytes; 0 where it is missing, as for a process that is ending.
func parseMemory(status []byte, name string) int64 {
	_, rest, found := bytes.Cut(status, []byte(name))
	if !found {
		return 0
	}
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// ChildrenOf lists the direct children of a process, over all threads that may have started them.
func ChildrenOf(pid int) (children []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue // the thread ended
		}
		for _, field := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}
