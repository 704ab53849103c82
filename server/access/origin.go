package access

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// ErrOrigin says that a text is not a web origin as browsers serialise it.
var ErrOrigin = errors.New("not a web origin")

// ParseOrigin returns the origin (RFC 6454 §6.1: scheme, host, port unless it is the scheme's own) of what a person
// typed: an address with or without path. Only http and https are origins of pages that embed.
func ParseOrigin(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	u, err := url.Parse(typed)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || len(typed) > 300 {
		return "", ErrOrigin
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "" || strings.ContainsAny(host, " *\"'<>\\%") || !ascii(host) {
		return "", ErrOrigin
	}
	if (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		port = ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	return u.Scheme + "://" + host, nil
}

// ascii: browsers send international names in their ASCII form (xn--…), so only that form can ever match.
func ascii(s string) bool {
	for _, b := range []byte(s) {
		if b >= 0x80 {
			return false
		}
	}
	return true
}
