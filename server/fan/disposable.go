package fan

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strings"
)

// builtIn are the services that fans' addresses came from most where others looked, and those that give one person any
// number of addresses. Such services come and go daily, so operators add a list of their own.
//
//go:embed disposable.txt
var builtIn string

// Limits of an operator's list.
const (
	maxDomains = 200_000 // the longest public list has half as many
	maxList    = 8 << 20 // bytes
)

// Disposable is a set of domains whose mailboxes count for nobody, their subdomains included.
type Disposable map[string]bool

// ReadDisposable returns the domains built in and those of a list: one a line, "#" begins a comment. A nil list adds
// none.
func ReadDisposable(list io.Reader) (Disposable, error) {
	domains := Disposable{}
	if err := domains.read(strings.NewReader(builtIn)); err != nil {
		return nil, fmt.Errorf("read built-in list: %w", err)
	}
	if list == nil {
		return domains, nil
	}
	return domains, domains.read(list)
}

func (d Disposable) read(list io.Reader) error {
	lines := bufio.NewScanner(io.LimitReader(list, maxList+1))
	read := 0
	for n := 1; lines.Scan(); n++ {
		if read += len(lines.Bytes()) + 1; read > maxList {
			return fmt.Errorf("longer than %d bytes", maxList)
		}
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		domain := domainOf(line)
		if domain == "" {
			return fmt.Errorf("line %d: %q is no domain", n, line)
		}
		if d[domain] = true; len(d) > maxDomains {
			return fmt.Errorf("line %d: more than %d domains", n, maxDomains)
		}
	}
	return lines.Err()
}

// Check returns ErrDisposable for a mailbox of such a domain. What is typed and where it leads are both looked at.
func (d Disposable) Check(m Mailbox) error {
	for _, address := range []string{strings.ToLower(m.Address), m.Key} {
		domain := address[strings.LastIndexByte(address, '@')+1:]
		for more := true; more; _, domain, more = strings.Cut(domain, ".") {
			if d[domain] {
				return ErrDisposable
			}
		}
	}
	return nil
}
