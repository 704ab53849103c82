// Package wire is the live protocol between server and widget: what a message holds and how it is written as bytes. It
// knows no socket and no browser, and imports nothing, because it is compiled into what phones download.
//
// Every message is one binary websocket message: a byte that tells its kind, then its fields in order. Integers are
// unsigned LEB128 varints (protobuf's encoding); strings and lists are preceded by their length. A decoder never
// panics, and never allocates by a number it was told: lengths are checked against what is left of the message.
package wire

// Version is the protocol's version, the first field of Join and Frame. A reader refuses another one.
const Version = 1

// VersionReserved is the version of frames that do not tell scores as they are now, but say what they tell. A reader that
// knows only Version passes them over, and asks by REST.
const VersionReserved = 2

// Shows is how much a board tells.
type Shows byte

// What a board tells: the rules of a challenge may keep its tallies back for a while or until they are certified.
const (
	ShowsScores  Shows = 0
	ShowsOrder   Shows = 1 // who is before whom, and no score
	ShowsNothing Shows = 2 // neither: the rows stand in an order that says nothing
)

// Kind is the first byte of a message.
type Kind byte

// The kinds of messages.
const (
	KindJoin  Kind = 1 // client to server, first message
	KindFrame Kind = 2 // server to client
	KindRetry Kind = 3 // server to client, before it closes
	KindPulse Kind = 4 // server to client, every few seconds at most; a reader passes over kinds that it does not know
)

// Limits. Every decoder refuses what exceeds them; a sender keeps within them.
const (
	MaxMessage = 64 << 10 // bytes; what a server sends at most
	MaxJoin    = 1 << 10  // bytes; what a server reads at most
	MaxRows    = 100
)

// Close codes of the server, beside the standard's own.
const (
	CloseProtocol   = 4000 // a message that is not one, or another version
	CloseRefused    = 4003 // origin, room or token refused; reconnecting will not help
	CloseRevoked    = 4001 // the token was revoked; join again without it
	CloseSlow       = 4008 // the client did not take frames for too long
	CloseRestarting = 1012 // the server restarts; KindRetry said when to come back
)

// Join asks for a room. A public board needs no token.
type Join struct {
	Room  string // a challenge's slug, and behind a slash which of its boards where it is not the overall one
	Token string // the session's bearer, or empty
}

// Row is one line of a board, in the order shown: the first row has rank 1, unless the board shows nothing.
type Row struct {
	Number uint64 // the entry's number in its challenge
	Score  uint64 // 0 where the board shows none
}

// Card is what a row shows beside its score.
type Card struct {
	Number    uint64
	Entry     string // the entry's public identifier
	Caption   string
	Author    string
	Thumb     string // path of the square rendition at the server, as the API's photos have it
	ThumbHash string // base64
}

// Frame is the whole visible board, and the cards of rows that were not in the frame before it. A reader that lacks a
// card asks for it by REST.
type Frame struct {
	Room    string
	Epoch   uint64 // drawn by a replica at its start; another epoch means that Counter began anew
	Counter uint64 // grows by one with each frame of the room in this epoch
	Shows   Shows
	AsAt    uint64 // when the scores were so, in seconds since 1970; 0 where they are those of now
	Entries uint64 // published entries in the room
	Votes   uint64 // votes counted in the room; 0 where the board shows no scores
	Rows    []Row
	Cards   []Card
}

// Retry tells a client to come back after a pause, spread out by the server so that a restart is no stampede.
type Retry struct {
	AfterMillis uint64
}

// Pulse tells how lively the challenge of the reader's room is. Both numbers are approximate.
type Pulse struct {
	Watching       uint64 // sockets, at all replicas
	VotesShown     bool   // whether the rules let the public see how votes come in
	VotesPerMinute uint64 // votes that came to count; 0 where they are not shown
}
