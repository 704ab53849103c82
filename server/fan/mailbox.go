// Package fan knows who a fan is: which mail addresses lead to one and the same mailbox, and so to one voter. It sends
// no mail, stores nothing and asks no server: what it says of an address follows from its letters.
package fan

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// Errors of addresses.
var (
	ErrAddress    = errors.New("not a mail address")
	ErrDisposable = errors.New("mailbox of a service that gives them away without end")
)

// Limits of an address (RFC 5321 §4.5.3.1, less the brackets).
const (
	maxAddress = 254 // bytes
	maxLocal   = 64  // bytes before the "@"
	maxTyped   = 4 * maxAddress
)

// Mailbox is a mail address, judged.
type Mailbox struct {
	// Address is where mail is sent: as typed, with the domain as the network names it.
	Address string
	// Key is the same for all spellings that lead to this mailbox.
	Key string
}

// Domain is what stands behind the "@" of the key.
func (m Mailbox) Domain() string { return m.Key[strings.LastIndexByte(m.Key, '@')+1:] }

// ParseMailbox reads the address that a person typed, full-width letters of Chinese keyboards included. Quoted local
// parts, those in other letters than ASCII, and addresses in numbers are ErrAddress: no fan has one, whoever makes
// voters does.
func ParseMailbox(typed string) (Mailbox, error) {
	if len(typed) > maxTyped {
		return Mailbox{}, ErrAddress
	}
	typed = strings.TrimSpace(strings.Map(halfWidth, typed))
	at := strings.LastIndexByte(typed, '@')
	if at < 0 {
		return Mailbox{}, ErrAddress
	}
	local, domain := typed[:at], domainOf(typed[at+1:])
	if domain == "" || !validLocal(local) || len(local)+1+len(domain) > maxAddress {
		return Mailbox{}, ErrAddress
	}
	return Mailbox{Address: local + "@" + domain, Key: canonical(strings.ToLower(local), domain)}, nil
}

// halfWidth is the ASCII character of a full-width one.
func halfWidth(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '。' || r == '｡':
		return '.'
	}
	return r
}

// validLocal reports whether a local part is dots between words of ASCII (RFC 5322 §3.2.3, dot-atom).
func validLocal(local string) bool {
	if len(local) > maxLocal {
		return false
	}
	for word := range strings.SplitSeq(local, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !atomic(r) }) {
			return false
		}
	}
	return true
}

func atomic(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// domainOf is a mail domain in lower-case ASCII, international names in their xn-- form; empty for what is none.
func domainOf(typed string) string {
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(typed, "."))
	if err != nil || !strings.Contains(domain, ".") {
		return ""
	}
	top := ""
	for top = range strings.SplitSeq(domain, ".") {
		if top == "" || len(top) > 63 { // RFC 1035 §2.3.4
			return ""
		}
	}
	if strings.Trim(top, "0123456789") == "" {
		return "" // an address in numbers
	}
	return domain
}
