package store_test

import (
	"testing"

	"go.uber.org/goleak"

	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStoreConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { storetest.Run(t, storetest.OpenSQLite) })
	t.Run("postgres", func(t *testing.T) { storetest.Run(t, storetest.StartPostgres(t).Open) })
}
