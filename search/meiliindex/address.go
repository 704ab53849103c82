package meiliindex

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
)

// Address says where an index is.
type Address struct {
	// URL is the server's, with http or https.
	URL string
	// Index is the index's name there.
	Index string
}

// defaultIndex is the index's name where the address has none.
const defaultIndex = "fanfare"

// indexName leaves room, within what the server allows, for the names that a rebuild uses.
var indexName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Parse reads meilisearch://HOST:PORT?tls=on|off&index=NAME. Without tls, it is on except towards this machine.
func Parse(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, errors.New("meilisearch: the address is no URL: want meilisearch://HOST:PORT") // its text may hold a secret
	}
	switch {
	case u.User != nil:
		return Address{}, errors.New("meilisearch: no key stands in an address: set FANFARE_MEILISEARCH_KEY")
	case u.Scheme != "meilisearch", u.Hostname() == "", u.Path != "" && u.Path != "/", u.Fragment != "":
		return Address{}, fmt.Errorf("meilisearch address %q: want meilisearch://HOST:PORT?tls=on|off&index=NAME", text)
	}
	tls, index := "on", defaultIndex
	if loopback(u.Hostname()) {
		tls = "off"
	}
	for name, values := range u.Query() {
		switch name {
		case "tls":
			tls = values[0]
		case "index":
			index = values[0]
		default:
			return Address{}, fmt.Errorf("meilisearch address %q: unknown %q; known are tls and index", text, name)
		}
	}
	scheme, ok := map[string]string{"on": "https", "off": "http"}[tls]
	if !ok {
		return Address{}, fmt.Errorf("meilisearch address %q: tls is on or off", text)
	}
	if !indexName.MatchString(index) {
		return Address{}, fmt.Errorf("meilisearch address %q: an index's name has up to 100 letters, digits, - and _", text)
	}
	return Address{URL: scheme + "://" + withPort(u), Index: index}, nil
}

// withPort adds the port that the server has by default.
func withPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), "7700")
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
