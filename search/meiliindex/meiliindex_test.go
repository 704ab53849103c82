package meiliindex

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"fanfare/search"
	"fanfare/search/searchtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server returns the address of the server that the environment names, and its key. Tests that need one are skipped
// where there is none.
func server(t testing.TB) (Address, func() string) {
	t.Helper()
	text := os.Getenv("FANFARE_TEST_MEILISEARCH")
	if text == "" {
		t.Skip("FANFARE_TEST_MEILISEARCH names no Meilisearch server: meilisearch://HOST:PORT, with its key in FANFARE_TEST_MEILISEARCH_KEY")
	}
	if testing.Short() {
		t.Skip("-short runs without real servers")
	}
	address, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return address, func() string { return os.Getenv("FANFARE_TEST_MEILISEARCH_KEY") }
}

// open returns a new index, which goes with the test.
func open(t testing.TB) *Index {
	t.Helper()
	address, key := server(t)
	address.Index = "test-" + strings.ToLower(rand.Text())
	index := Open(address, key)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := index.drop(ctx, index.name); err != nil {
			t.Errorf("drop test's index: %v", err)
		}
		if _, err := index.admin.DeleteKeyWithContext(ctx, searchKeyID(index.name)); err != nil && code(err) != noKey {
			t.Errorf("delete test's key: %v", err)
		}
		index.Close()
	})
	if err := index.ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return index
}

func TestConformance(t *testing.T) {
	t.Run("meilisearch", func(t *testing.T) {
		searchtest.Run(t, func(t *testing.T) search.Index { return open(t) },
			"the first letter wrong") // counts as two typos, and two in any word would find far too much
	})
}
