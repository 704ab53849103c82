package meiliindex

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Address{
		"meilisearch://127.0.0.1:7711":                 {"http://127.0.0.1:7711", "fanfare"},
		"meilisearch://localhost":                      {"http://localhost:7700", "fanfare"},
		"meilisearch://[::1]:7700/":                    {"http://[::1]:7700", "fanfare"},
		"meilisearch://search.example?index=night-2":   {"https://search.example:7700", "night-2"},
		"meilisearch://10.0.0.7:7700?tls=off":          {"http://10.0.0.7:7700", "fanfare"},
		"meilisearch://localhost:7700?tls=on&index=a_": {"https://localhost:7700", "a_"},
	} {
		if got, err := Parse(text); got != want || err != nil {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestAnAddressThatIsNotOneIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "meilisearch:", "meilisearch://", "http://localhost:7700", "meilisearch://localhost/path", "meilisearch://localhost?tls=yes",
		"meilisearch://localhost?index=", "meilisearch://localhost?index=a/b", "meilisearch://localhost?index=" + strings.Repeat("a", 101),
		"meilisearch://localhost?key=k", "meilisearch://localhost#f", "meilisearch://local host",
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, got)
		}
	}
}

func TestAKeyInTheAddressIsRefusedWithoutBeingRepeated(t *testing.T) {
	for _, text := range []string{"meilisearch://:s3cret@localhost", "meilisearch://s3cret@localhost", "meilisearch://u:s3cret@local host"} {
		_, err := Parse(text)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Parse(%q): %v, want an error without the key", text, err)
		}
	}
	if _, err := Parse("meilisearch://:s3cret@localhost"); err == nil || !strings.Contains(err.Error(), "FANFARE_MEILISEARCH_KEY") {
		t.Errorf("the error %v does not say where the key belongs", err)
	}
}
