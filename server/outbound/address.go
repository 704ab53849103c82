package outbound

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ErrAddress says that an address is not one that this server calls: it lies inside some network, or belongs to the machine's own
// surroundings.
var ErrAddress = errors.New("address is not public")

// public is where IPv6 has addresses that lead anywhere at all (RFC 4291 §2.4, as assigned by IANA). What maps, embeds or translates
// IPv4 lies outside, and so do loopback, link-local, unique local and multicast addresses: ::/8, 64:ff9b::/96, fc00::/7, fe80::/10, ff00::/8.
var public = netip.MustParsePrefix("2000::/3")

// special are the networks within what looks public that lead to nobody else's machine: the registries of special-purpose addresses
// (RFC 6890 and what IANA added since), and what clouds put beside every machine.
var special = prefixes(
	"0.0.0.0/8",         // this network; some systems connect to themselves
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // behind a carrier's translation; 100.100.100.200 tells a cloud's secrets
	"127.0.0.0/8",       // loopback
	"168.63.129.16/32",  // Azure's own, beside every machine
	"169.254.0.0/16",    // link-local; 169.254.169.254 tells a cloud's secrets
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // protocols
	"192.0.2.0/24",      // examples
	"192.88.99.0/24",    // relays of 6to4
	"192.168.0.0/16",    // private
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // examples
	"203.0.113.0/24",    // examples
	"224.0.0.0/4",       // multicast
	"240.0.0.0/4",       // reserved, and broadcast
	"2001::/23",         // protocols: Teredo, which embeds IPv4, benchmarks, identifiers
	"2001:db8::/32",     // examples
	"2002::/16",         // 6to4, which embeds IPv4
	"3fff::/20",         // examples
	"2620:4f:8000::/48", // sinks of reverse names
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// Public reports whether an address is somebody's on the internet.
func Public(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return false
	}
	if a = a.Unmap(); a.Is6() && (!public.Contains(a) || isatap(a)) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// isatap reports whether an address embeds one of IPv4 in the way of RFC 5214, under whatever network.
func isatap(a netip.Addr) bool {
	b := a.As16()
	return b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

// Allowed are the hosts and networks that the operator has this server call although they are not public. The zero value allows none.
type Allowed struct {
	hosts    []string
	networks []netip.Prefix
}

// ParseAllowed reads host names, addresses and networks, separated by commas.
func ParseAllowed(text string) (a Allowed, err error) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part == "" {
			continue
		}
		if address, err := netip.ParseAddr(part); err == nil {
			part = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()).String()
		}
		switch prefix, err := netip.ParsePrefix(part); {
		case err == nil:
			a.networks = append(a.networks, prefix)
		case strings.ContainsAny(part, "/:@ *"):
			return Allowed{}, fmt.Errorf("%q: want a host's name, an address or a network", part)
		default:
			a.hosts = append(a.hosts, part)
		}
	}
	return a, nil
}

// host reports whether a host is allowed by its name, wherever that leads.
func (a Allowed) host(name string) bool { return slices.Contains(a.hosts, strings.ToLower(name)) }

// address reports whether an address may be connected to.
func (a Allowed) address(to netip.Addr) bool {
	inside := func(p netip.Prefix) bool { return p.Contains(to.Unmap()) }
	return Public(to) || to.Zone() == "" && slices.ContainsFunc(a.networks, inside)
}

// named reports whether the operator wrote the host down, as a name or as an address within a network.
func (a Allowed) named(host string) bool {
	to, err := netip.ParseAddr(host)
	return a.host(host) || err == nil && !Public(to) && a.address(to)
}
