package membus_test

import (
	"testing"

	"go.uber.org/goleak"

	"fanfare/server/bus"
	"fanfare/server/bus/bustest"
	"fanfare/server/bus/membus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Run("mem", func(t *testing.T) {
		bustest.Run(t, func(*testing.T) (here, there bus.Bus) {
			b := membus.New()
			return b, b
		})
	})
}

// BenchmarkPublish is what a commit pays to tell the boards of its own process.
func BenchmarkPublish(b *testing.B) {
	bus := membus.New()
	defer bus.Close()
	if _, err := bus.Subscribe("topic", func([]byte) {}, func() {}); err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		if err := bus.Publish("topic", message); err != nil {
			b.Fatal(err)
		}
	}
}
