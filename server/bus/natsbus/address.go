package natsbus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// errAddress says what an address looks like.
var errAddress = errors.New("want nats://HOST:PORT, with further servers of the cluster after commas and ?tls=on where connections must be encrypted")

// parse reads nats://HOST:PORT[,HOST:PORT…][?tls=on|off] and returns the servers' addresses for the client.
func parse(address string) (servers string, secure bool, err error) {
	hosts, query, _ := strings.Cut(strings.TrimPrefix(address, "nats://"), "?")
	options, err := url.ParseQuery(query)
	if err != nil || !strings.HasPrefix(address, "nats://") || strings.Contains(hosts, "/") {
		return "", false, fmt.Errorf("bus %q: %w", address, errAddress)
	}
	if strings.Contains(hosts, "@") {
		return "", false, errors.New("bus: a secret must not stand in the address: give it as FANFARE_NATS_TOKEN, or as FANFARE_NATS_USER and FANFARE_NATS_PASSWORD")
	}
	for name, values := range options {
		if name != "tls" || len(values) != 1 || values[0] != "on" && values[0] != "off" {
			return "", false, fmt.Errorf("bus %q: %w", address, errAddress)
		}
		secure = values[0] == "on"
	}
	var list []string
	for server := range strings.SplitSeq(hosts, ",") {
		if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
			return "", false, fmt.Errorf("bus %q: %w", address, errAddress)
		}
		list = append(list, "nats://"+server)
	}
	return strings.Join(list, ","), secure, nil
}
