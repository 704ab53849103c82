package kpi

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var placed = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// event is what a shop says so many minutes after the order was placed.
func event(id string, minutes int, says OrderSays) OrderEvent {
	return OrderEvent{ID: id, At: placed.Add(time.Duration(minutes) * time.Minute), Says: says}
}

func paid(amount int64) OrderSays {
	return OrderSays{Payment: &Payment{amount, "CNY", placed}}
}

func refund(id string, amount int64, currency Currency) OrderSays {
	return OrderSays{Refunds: []Refund{{id, amount, currency}}}
}

func TestAnOrderIsWhatItsEventsComeTo(t *testing.T) {
	both := paid(100)
	both.Cancelled = true
	for name, c := range map[string]struct {
		events []OrderEvent
		want   Settled
	}{
		"nothing":               {nil, Settled{State: OrderAwaited}},
		"paid":                  {[]OrderEvent{event("a", 0, paid(100))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100}},
		"a refund alone waits":  {[]OrderEvent{event("a", 0, refund("r", 5, "CNY"))}, Settled{State: OrderAwaited}},
		"a cancellation alone":  {[]OrderEvent{event("a", 0, OrderSays{Cancelled: true})}, Settled{State: OrderCancelled}},
		"refunded in parts":     {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, refund("r1", 30, "CNY")), event("c", 2, refund("r2", 70, "CNY"))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100, Refunded: 100}},
		"a refund told twice":   {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, refund("r", 30, "CNY")), event("c", 2, refund("r", 30, "CNY"))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100, Refunded: 30}},
		"a refund told better":  {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, refund("r", 30, "CNY")), event("c", 2, refund("r", 40, "CNY"))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100, Refunded: 40}},
		"beyond all bounds":     {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, refund("r", MaxOrderAmount, "CNY")), event("c", 2, refund("s", MaxOrderAmount, "CNY"))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100, Refunded: MaxOrderAmount}},
		"another currency":      {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, refund("r", 30, "EUR"))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100, Foreign: 1}},
		"cancelled":             {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, OrderSays{Cancelled: true})}, Settled{State: OrderCancelled, PlacedAt: placed, Currency: "CNY", Amount: 100}},
		"cancelled at once":     {[]OrderEvent{event("z", 0, paid(100)), event("b", 0, OrderSays{Cancelled: true})}, Settled{State: OrderCancelled, PlacedAt: placed, Currency: "CNY", Amount: 100}},
		"cancelled in one":      {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, both)}, Settled{State: OrderCancelled, PlacedAt: placed, Currency: "CNY", Amount: 100}},
		"taken up again":        {[]OrderEvent{event("a", 0, paid(100)), event("b", 1, OrderSays{Cancelled: true}), event("c", 2, paid(100))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100}},
		"the later amount":      {[]OrderEvent{event("b", 0, paid(100)), event("a", 1, paid(90))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 90}},
		"the later name":        {[]OrderEvent{event("b", 0, OrderSays{Name: "#1"}), event("a", 1, OrderSays{Name: "#2"})}, Settled{State: OrderAwaited, Name: "#2"}},
		"the same time, by key": {[]OrderEvent{event("b", 0, paid(100)), event("a", 0, paid(90))}, Settled{State: OrderPaid, PlacedAt: placed, Currency: "CNY", Amount: 100}},
	} {
		if got := Settle(c.events); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestTheOrderInWhichEventsArriveMakesNoDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		var events []OrderEvent
		for i := range 1 + random.IntN(7) {
			says := OrderSays{Cancelled: random.IntN(5) == 0}
			if random.IntN(2) == 0 {
				says.Payment, says.Refunded = &Payment{random.Int64N(1000), "CNY", placed}, random.Int64N(150)
			}
			if random.IntN(2) == 0 {
				says.Refunds = []Refund{{string(rune('p' + random.IntN(3))), random.Int64N(100), "CNY"}}
			}
			events = append(events, event(string(rune('a'+i)), random.IntN(4), says))
		}
		want := Settle(events)
		mixed := slices.Concat(events, events[:random.IntN(len(events))]) // some of them twice
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := Settle(mixed); got != want {
			t.Fatalf("%+v\n come to %+v,\nand to %+v in another order", events, want, got)
		}
	}
}

func TestRatesAreReadAndWrittenExactly(t *testing.T) {
	for text, want := range map[string]Rate{"1": RateOne, "7.1234": 71_234_000_000, "0.0000000001": 1, "1000000": MaxRate, "0.50": RateOne / 2, "1.00000000000": RateOne} {
		got, ok := ParseRate(text)
		if !ok || got != want {
			t.Errorf("%q: got %d, %t, want %d", text, got, ok, want)
		}
		if again, _ := ParseRate(got.String()); again != got {
			t.Errorf("%d is written as %q", got, got.String())
		}
	}
	for _, text := range []string{"", "0", "-1", "+1", ".5", "1e3", "1,5", "NaN", "1000000.1", "0.00000000001", "99999999", "1.2.3", " 1", "１"} {
		if got, ok := ParseRate(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func TestAmountsAreConvertedHalvesUp(t *testing.T) {
	rate := func(text string) Rate { r, _ := ParseRate(text); return r }
	for _, c := range []struct {
		amount   int64
		from, to Currency
		rate     string
		want     int64
	}{
		{12990, "CNY", "CNY", "1", 12990},
		{1000, "EUR", "CNY", "7.8455", 7846}, // 78.455 yuan
		{1000, "EUR", "CNY", "7.84549", 7845},
		{1000, "JPY", "CNY", "0.0476", 4760},
		{1, "JPY", "CNY", "0.005", 1},
		{12345, "KWD", "CNY", "23.1", 28517},  // 12.345 · 23.1 = 285.1695
		{10000, "CNY", "JPY", "21.005", 2101}, // 100 yuan are 2100.5 yen
		{100, "CNY", "KWD", "0.0432", 43},
		{0, "EUR", "CNY", "7.8", 0},
		{MaxOrderAmount, "VND", "KWD", "0.0000120001", 12_000_100_000},
	} {
		if got, ok := Convert(c.amount, c.from, c.to, rate(c.rate)); !ok || got != c.want {
			t.Errorf("%d %s at %s: got %d %s, %t, want %d", c.amount, c.from, c.rate, got, c.to, ok, c.want)
		}
	}
	for _, c := range []struct {
		amount int64
		rate   Rate
	}{{-1, RateOne}, {1, 0}, {1, -1}, {1 << 62, 3 * RateOne}, {1<<63 - 1, MaxRate}, {MaxOrderAmount, 10 * RateOne}} {
		if got, ok := Convert(c.amount, "CNY", "CNY", c.rate); ok {
			t.Errorf("%d at %d: got %d", c.amount, c.rate, got)
		}
	}
}
