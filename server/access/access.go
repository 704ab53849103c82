// Package access holds the mechanisms of who may do what: bearer tokens, passwords, host-signed tokens, web origins,
// the staff cookie and the roles. It knows nothing of storage and decides nothing about contests.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"fanfare/server/contest"
)

// Session is a fan's session: who, for which challenge, opened from which site (empty for our own pages).
type Session struct {
	Fan       contest.Fan
	Challenge contest.ChallengeID
	Site      contest.SiteID
	// Voter is the fan's pseudonym in the challenge, Class as what they vote.
	Voter contest.VoterID
	Class contest.VoterClass
	// Lacks are the classes of which the fan must become one before they may act at all; nil where they may.
	Lacks []contest.VoterClass
	// TokenHash names the session without revealing its bearer.
	TokenHash string
	// Ban keeps the fan from everything but looking, withdrawing, taking votes back and appealing; nil where none holds.
	Ban *contest.Ban
}

// MayAct judges by the fan's ban, and by what is known of them, whether they may enter, vote and report. It returns nil or
// a *contest.Refusal.
func (s Session) MayAct() error {
	switch {
	case s.Ban != nil:
		return &contest.Refusal{Reason: contest.Banned}
	case len(s.Lacks) > 0:
		var classes []string
		for _, c := range s.Lacks {
			classes = append(classes, string(c))
		}
		return &contest.Refusal{Reason: contest.VoterNotAdmitted, Params: map[string]string{"classes": strings.Join(classes, ",")}}
	}
	return nil
}

// NewToken returns an opaque token of 256 random bits in unpadded base64url.
func NewToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the program instead (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashToken is what is stored of a token: its SHA-256 in hexadecimal. A fast hash suffices for 256 random bits.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
