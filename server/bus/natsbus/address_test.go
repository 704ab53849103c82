package natsbus

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		address, servers string
		secure           bool
	}{
		{"nats://127.0.0.1:4222", "nats://127.0.0.1:4222", false},
		{"nats://[::1]:4222?tls=off", "nats://[::1]:4222", false},
		{"nats://a.example:4222,b.example:4223?tls=on", "nats://a.example:4222,nats://b.example:4223", true},
	} {
		servers, secure, err := parse(c.address)
		if servers != c.servers || secure != c.secure || err != nil {
			t.Errorf("parse(%q) = %q, %v, %v, want %q, %v", c.address, servers, secure, err, c.servers, c.secure)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, address := range []string{
		"", "nats:", "nats://", "nats://host", "nats://:4222", "nats://host:", "tls://host:4222", "nats://a:1,,b:2", "nats://a:1/topic",
		"nats://a:1?tls=yes", "nats://a:1?tls=on&tls=off", "nats://a:1?token=x", "nats://a:1?%zz",
	} {
		if servers, _, err := parse(address); err == nil {
			t.Errorf("parse(%q) = %q, want an error", address, servers)
		}
	}
}

func TestAnAddressWithASecretIsRefusedWithoutRepeatingIt(t *testing.T) {
	_, _, err := parse("nats://fan:hunter2@host:4222")
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "FANFARE_NATS_TOKEN") {
		t.Errorf("parse = %v, want the remedy and no secret", err)
	}
}
