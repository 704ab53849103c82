package textbook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// redisServer is of Debian's package redis-server.
const redisServer = "redis-server"

// redisClients is how many connections the server keeps to Redis: one for each request under way.
const redisClients = 64

// castScript keeps a vote as sites on Redis do: a set of what a voter chose, with its limit, and the board beside it. It
// answers with the score and what is left, or with a minus for one vote too many. No log is kept.
const castScript = `local used, score = redis.call('SCARD', KEYS[1]), redis.call('ZSCORE', KEYS[2], ARGV[1])
if not score then return {'-2'} end
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then
	if used >= tonumber(ARGV[2]) then return {'-1'} end
	redis.call('SADD', KEYS[1], ARGV[1])
	used, score = used + 1, redis.call('ZINCRBY', KEYS[2], 1, ARGV[1])
end
return {tostring(score), tostring(tonumber(ARGV[2]) - used)}`

// boardKey is the sorted set of entries by score.
const boardKey = "board"

// Redis is Server on Redis, which waits for the disk before it answers, in place of SQLite. It keeps no log of votes.
type Redis struct {
	pool   *redisPool
	script string // the name that Redis gave castScript
}

// ServeRedis starts Redis in the folder and listens on the address until the context ends.
func ServeRedis(ctx context.Context, addr, folder string) (err error) {
	port, err := freePort()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, redisServer, "--bind", "127.0.0.1", "--port", port, "--dir", folder,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s, of the package of that name: %w", redisServer, err)
	}
	defer func() { _ = cmd.Wait() }() // ctx ended it
	r, err := openRedis(ctx, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.pool.Close()) }()
	return listen(ctx, addr, r.Handler())
}

// freePort returns a port of the loopback interface that nobody listens on now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find free port: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// redisStart is how long Redis may take to start.
const redisStart = 10 * time.Second

// openRedis connects to a Redis server that is starting, and gives it the challenge's entries.
func openRedis(ctx context.Context, addr string) (*Redis, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience, cancel := context.WithTimeout(ctx, redisStart)
	defer cancel()
	for {
		pool, err := dialRedis(ctx, addr, redisClients)
		if err == nil {
			r := &Redis{pool: pool}
			return r, r.fill()
		}
		select {
		case <-tick.C:
		case <-patience.Done():
			return nil, fmt.Errorf("connect to Redis: %w", err)
		}
	}
}

func (r *Redis) fill() error {
	script, err := r.pool.do("SCRIPT", "LOAD", castScript)
	if err != nil {
		return err
	}
	r.script = script[0]
	for n := range demoEntries {
		if _, err := r.pool.do("ZADD", boardKey, "NX", "0", entryName(n)); err != nil {
			return err
		}
	}
	return nil
}

// Handler returns the part of Fanfare's API that votes use.
func (r *Redis) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", r.session)
	mux.HandleFunc("GET /api/v1/challenges/night/board", r.board)
	mux.HandleFunc("PUT /api/v1/entries/{id}/vote", r.vote)
	mux.HandleFunc("GET /api/v1/me", r.me)
	return mux
}

func (r *Redis) session(w http.ResponseWriter, request *http.Request) {
	var in struct{ Challenge, Name string }
	if err := json.NewDecoder(request.Body).Decode(&in); err != nil || in.Challenge != "night" {
		answer(w, 0, nil, errInvalid)
		return
	}
	token := rand.Text()
	_, err := r.pool.do("SET", "token:"+hash(token), rand.Text(), "EX", strconv.Itoa(int(sessionLife.Seconds())))
	answer(w, http.StatusCreated, map[string]string{"token": token}, err)
}

// fan returns whose token the request carries.
func (r *Redis) fan(request *http.Request) (string, error) {
	fan, err := r.pool.do("GET", "token:"+hash(bearer(request)))
	if err == nil && len(fan) == 0 {
		err = errToken
	}
	return strings.Join(fan, ""), err
}

func votedKey(period, fan string) string { return "voted:" + period + ":" + fan }

func (r *Redis) vote(w http.ResponseWriter, request *http.Request) {
	b := ballot{Entry: request.PathValue("id"), Voted: true, Period: period(time.Now())}
	answer(w, http.StatusOK, &b, r.cast(request, &b))
}

func (r *Redis) cast(request *http.Request, b *ballot) error {
	fan, err := r.fan(request)
	if err != nil {
		return err
	}
	said, err := r.pool.do("EVALSHA", r.script, "2", votedKey(b.Period, fan), boardKey, b.Entry, strconv.Itoa(votesPerPeriod))
	switch {
	case err != nil:
		return err
	case said[0] == "-1":
		return errVoteLimit
	case said[0] == "-2":
		return errEntry
	}
	b.Score, err = strconv.ParseInt(said[0], 10, 64)
	if err == nil {
		b.Left, err = strconv.Atoi(said[1])
	}
	return err
}

func (r *Redis) me(w http.ResponseWriter, request *http.Request) {
	fan, err := r.fan(request)
	var voted []string
	if err == nil {
		voted, err = r.pool.do("SMEMBERS", votedKey(period(time.Now()), fan))
	}
	answer(w, http.StatusOK, map[string]any{"voted": voted}, err)
}

func (r *Redis) board(w http.ResponseWriter, _ *http.Request) {
	pairs, err := r.pool.do("ZREVRANGE", boardKey, "0", "99", "WITHSCORES")
	var top []row
	var votes uint64
	for n := 0; err == nil && n < len(pairs); n += 2 {
		one := row{Rank: n/2 + 1, Entry: pairs[n]}
		one.Score, err = strconv.ParseUint(pairs[n+1], 10, 64)
		votes += one.Score
		top = append(top, one)
	}
	answer(w, http.StatusOK, map[string]any{"entries": len(top), "votes": votes, "rows": top}, err)
}
