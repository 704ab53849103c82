package store_test

import (
	"testing"

	"go.uber.org/goleak"

	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(shared.Around(m)) }

// shared finds deadlocks soon.
var shared = storetest.Share("deadlock_timeout=20ms")

func TestStoreConformance(t *testing.T) {
	shared.OnBoth(t, storetest.Run)
}
