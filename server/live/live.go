// Package live keeps the boards in open browsers moving: websocket rooms, one per board, that send the whole visible
// board at most five times a second.
//
// It knows sockets, rooms, frames and how many watch; it refuses to know what a vote is, who may watch, and what a board is made of: it
// asks standing for the board and Admit for the rest. A reader that is too slow misses frames and costs no memory:
// between it and its room stands one pointer to the newest frame, never a queue.
//
// A socket is a goroutine that reads. Writing is the work of a few shards, one for each processor; to publish a board is to swap the
// room's pointer and to wake them, whether ten watch or ten thousand.
package live

import (
	"context"
	"errors"
	"time"

	"fanfare/server/standing"
)

// BoardRows is how many rows of a board a frame shows.
const BoardRows = 20

// What Admit answers with, wrapped or not. Any other error means that it cannot tell now, and the client shall come back.
var (
	ErrRefused = errors.New("not allowed to watch")   // by this origin, or no such room: coming back will not help
	ErrToken   = errors.New("token is not valid now") // watching without it may be allowed
)

// Admit says who may watch. Its methods obey their context.
type Admit interface {
	// Origin judges an origin before its request becomes a socket: nil if pages of it may open one.
	Origin(ctx context.Context, origin string) error
	// Admit judges a Join: what the origin's page may watch under the room's name with this token, which may be empty.
	Admit(ctx context.Context, origin, room, token string) (Ticket, error)
	// Ended returns those of the sessions, as tickets name them, that are over.
	Ended(ctx context.Context, sessions []string) ([]string, error)
}

// Ticket is what Admit found behind a Join.
type Ticket struct {
	Board standing.Key
	// Room is the room's name as frames carry it: the challenge's slug, and the scope's name behind a slash where it has one.
	Room string
	// Session names the token's session for Ended, for instance the hash under which it is stored; empty without a token.
	Session string
}

// Limits bound what one hub holds.
type Limits struct {
	Sockets   int // in all
	PerClient int // from one IPv4 address or one IPv6 /64
}

// DefaultLimits leave room for the default descriptor limit of a systemd service, and for a school or an office behind
// one address. A socket holds about 5 KB, and the kernel keeps some for it.
var DefaultLimits = Limits{Sockets: 30_000, PerClient: 2_000}

// Stats are the hub's figures since its start.
type Stats struct {
	Sockets int   // open now
	Rooms   int   // with somebody in them now
	Frames  int64 // written to sockets
	Dropped int64 // not written, because a newer one replaced them
}

// Sizes, chosen before the memory is spent.
const (
	sendBuffer  = 16 << 10 // what the kernel keeps unsent for one socket: a few seconds of frames, not its default of megabytes
	lingerBytes = 64 << 10 // read and thrown away after a close, so that the close frame arrives before a reset does

	// A client sends a Join of at most wire.MaxJoin bytes and then six bytes for each ping. What sends more than this is
	// a flood, however it is cut into frames.
	inputBurst     = 4 << 10 // bytes at once
	inputPerSecond = 64      // bytes in the long run
)

// timing holds every duration, so that tests can shorten them.
type timing struct {
	join    time.Duration // from connection to the first Join
	admit   time.Duration // for one answer of Admit or of the boards
	gap     time.Duration // between two frames of a room: five a second
	retry   time.Duration // after a board could not be read
	tick    time.Duration // how often shards look whose time has come
	judge   time.Duration // between two questions whether a page may still watch, and a session still holds: 5 s with the answer
	ping    time.Duration // to a silent socket; shorter than the 30 s and 60 s after which proxies cut idle ones
	silence time.Duration // until a ping to a silent socket must be answered: with ping, 60 s
	probe   time.Duration // between pings that ride behind frames
	answer  time.Duration // until those must be answered, and until a write must be through: with probe, gap, half a goodbye and two ticks 13.2 s, so no stalled reader stays for 15 s
	goodbye time.Duration // from the wish to close until the connection is cut
	spread  time.Duration // between two sockets' returns after a drain
	latest  time.Duration // the last one's return
	beat    time.Duration // between two pulses of a challenge, and two words to the other replicas
}

var defaultTiming = timing{
	join: 5 * time.Second, admit: 5 * time.Second,
	gap: 200 * time.Millisecond, retry: time.Second,
	tick: 500 * time.Millisecond, judge: 4 * time.Second, ping: 25 * time.Second, silence: 35 * time.Second,
	probe: 5 * time.Second, answer: 6 * time.Second, goodbye: 2 * time.Second,
	spread: time.Millisecond, latest: 8 * time.Second, beat: 5 * time.Second,
}
