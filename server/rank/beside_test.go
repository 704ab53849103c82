package rank

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fanfare/cmd/fanbench/process"
)

// BenchmarkBeside compares a vote and a rank at 1,000,000 entries with a plain sorted slice and with a sorted set of Redis, which
// breaks ties by name where we know who was first. Of Redis only the server's own CPU time counts: commands are pipelined.
func BenchmarkBeside(b *testing.B) {
	const n = 1_000_000
	redis := startRedis(b)
	ours, rows := voted(n)
	plain := newPlain(rows)
	redis.load(b, rows)
	b.Run("change", func(b *testing.B) {
		costs{
			board: each(b, n, func(number uint32, position int64) {
				r, _ := ours.Row(number)
				ours.Set(Row{number, r.Score + 1, position})
			}),
			slice: each(b, n, func(number uint32, position int64) { plain.set(Row{number, plain.rows[number-1].Score + 1, position}) }),
			redis: each(b, n, func(number uint32, _ int64) { redis.send(b, "ZINCRBY", "board", "1", name(number)) }),
		}.compare(b, redis)
		number := uint32(rand.IntN(n) + 1)
		r, _ := ours.Row(number)
		if inRedis := redis.score(b, number); r != plain.rows[number-1] || r.Score != inRedis {
			b.Errorf("after the same votes entry %d has %v, in the slice %v, in Redis %d", number, r, plain.rows[number-1], inRedis)
		}
	})
	b.Run("rank", func(b *testing.B) {
		costs{
			board: each(b, n, func(number uint32, _ int64) { ours.Rank(number) }),
			slice: each(b, n, func(number uint32, _ int64) { plain.rank(number) }),
			redis: each(b, n, func(number uint32, _ int64) { redis.send(b, "ZREVRANK", "board", name(number)) }),
		}.compare(b, redis)
	})
}

// each returns a function that does b.N times something to entries, the same ones each time it is made.
func each(b *testing.B, n int, do func(number uint32, position int64)) func() {
	return func() {
		random := rand.New(rand.NewPCG(9, uint64(b.N)))
		for i := range b.N {
			do(uint32(random.IntN(n)+1), int64(1<<41+i))
		}
	}
}

// costs are ways to do the same.
type costs struct{ board, slice, redis func() }

// compare reports what an operation costs each way, and how many times our own.
func (c costs) compare(b *testing.B, redis *redis) {
	own := func(run func()) float64 {
		before := ownCPU(b)
		run()
		return float64(ownCPU(b) - before)
	}
	board, slice := own(c.board), own(c.slice)
	before := redis.cpu(b)
	c.redis()
	redis.receive(b)
	server := float64(redis.cpu(b) - before)
	n := float64(b.N)
	b.ReportMetric(board/n, "board-cpu-ns/op")
	b.ReportMetric(slice/n, "slice-cpu-ns/op")
	b.ReportMetric(server/n, "redis-cpu-ns/op")
	b.ReportMetric(slice/board, "slice/board")
	b.ReportMetric(server/board, "redis/board")
	b.ReportMetric(0, "ns/op") // of the three together it says nothing
}

func ownCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// plain is a slice in order, which is copied to make room, and a table of the rows by number less one.
type plain struct{ order, rows []Row }

func newPlain(rows []Row) *plain {
	p := &plain{slices.Clone(rows), slices.Clone(rows)}
	slices.SortFunc(p.order, inOrder)
	return p
}

// rank returns the place of the number, from 0.
func (p *plain) rank(number uint32) int {
	i, _ := slices.BinarySearchFunc(p.order, p.rows[number-1], inOrder)
	return i
}

func (p *plain) set(r Row) {
	from := p.rank(r.Number)
	to, _ := slices.BinarySearchFunc(p.order, r, inOrder)
	if to > from {
		to--
		copy(p.order[from:to], p.order[from+1:])
	} else {
		copy(p.order[to+1:from+1], p.order[to:])
	}
	p.order[to], p.rows[r.Number-1] = r, r
}

// depth is how many commands are sent before their answers are read.
const depth = 100

// redis is a connection to a server of its own.
type redis struct {
	pid     int
	in      *bufio.Reader
	out     *bufio.Writer
	waiting int // answers
}

func name(number uint32) string { return strconv.Itoa(int(number)) }

// startRedis starts a server that keeps nothing, and ends it with the benchmark.
func startRedis(b *testing.B) *redis {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		b.Skip("redis-server is not installed: it is in the package of that name")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(b.Context(), path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", b.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var log bytes.Buffer
	cmd.Stdout = &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			b.Cleanup(func() { conn.Close() })
			return &redis{pid: cmd.Process.Pid, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
		}
		if time.Now().After(deadline) {
			b.Fatalf("connect to Redis: %v\n%s", err, log.String())
		}
	}
}

func (r *redis) load(b *testing.B, rows []Row) {
	for _, row := range rows {
		r.send(b, "ZADD", "board", strconv.FormatInt(row.Score, 10), name(row.Number))
	}
	r.receive(b)
}

// send sends a command, and reads the answers to all before when there are enough.
func (r *redis) send(b *testing.B, command ...string) {
	fmt.Fprintf(r.out, "*%d\r\n", len(command))
	for _, word := range command {
		fmt.Fprintf(r.out, "$%d\r\n%s\r\n", len(word), word)
	}
	if r.waiting++; r.waiting == depth {
		r.receive(b)
	}
}

// receive reads what the server answers, and returns the last value.
func (r *redis) receive(b *testing.B) (value string) {
	if err := r.out.Flush(); err != nil {
		b.Fatal(err)
	}
	for ; r.waiting > 0; r.waiting-- {
		value = r.line(b)
		if strings.HasPrefix(value, "$") {
			value = r.line(b)
		}
	}
	return value
}

func (r *redis) line(b *testing.B) string {
	line, err := r.in.ReadString('\n')
	if err != nil || strings.HasPrefix(line, "-") {
		b.Fatalf("Redis answered %q, %v", line, err)
	}
	return strings.TrimSpace(line)
}

func (r *redis) score(b *testing.B, number uint32) int64 {
	r.send(b, "ZSCORE", "board", name(number))
	score, err := strconv.ParseInt(r.receive(b), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return score
}

func (r *redis) cpu(b *testing.B) time.Duration {
	u, err := process.UsageOf(r.pid)
	if err != nil {
		b.Fatal(err)
	}
	return u.CPU
}
