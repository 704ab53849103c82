package panel

import (
	"strings"
	"testing"

	"fanfare/widget/api"
	"fanfare/widget/port"
)

func TestJustifiedRowsAreFullExceptTheLast(t *testing.T) {
	for _, c := range []struct {
		name   string
		ratios []int
		target int
		rows   []int // photos in each row
	}{
		{"a portrait joins the landscape after it", []int{80, 150, 80, 150}, 200, []int{2, 2}},
		{"two landscapes stand alone on a phone", []int{150, 150}, 200, []int{1, 1}},
		{"a portrait never stands alone before a panorama", []int{70, 220}, 200, []int{2}},
		{"many fit where there is room", []int{150, 150, 150, 150, 150}, 450, []int{3, 2}},
		{"nothing", nil, 200, nil},
	} {
		shares := justify(c.ratios, c.target)
		if len(shares) != len(c.ratios) {
			t.Fatalf("%s: got %d shares, want %d", c.name, len(shares), len(c.ratios))
		}
		var rows []int
		for i := 0; i < len(shares); {
			n, sum := shares[i].gaps+1, 0
			for _, s := range shares[i : i+n] {
				sum += s.part
			}
			last := i+n == len(shares)
			if sum > 10_000 || !last && sum < 10_000-n {
				t.Errorf("%s: a row takes %d of 10000", c.name, sum)
			}
			rows = append(rows, n)
			i += n
		}
		if len(rows) != len(c.rows) {
			t.Errorf("%s: got rows of %v, want %v", c.name, rows, c.rows)
			continue
		}
		for i := range rows {
			if rows[i] != c.rows[i] {
				t.Errorf("%s: got rows of %v, want %v", c.name, rows, c.rows)
			}
		}
	}
}

func TestDecimalsKeepTheirPlaces(t *testing.T) {
	for _, c := range []struct {
		n, places int
		want      string
	}{{150, 2, "1.50"}, {7, 2, "0.07"}, {10_000, 4, "1.0000"}, {42, 4, "0.0042"}} {
		if got := decimal(c.n, c.places); got != c.want {
			t.Errorf("%d: got %s, want %s", c.n, got, c.want)
		}
	}
}

func TestPicturesAreFoundByPathNameAndAddress(t *testing.T) {
	s := open(t, nil)
	for url, want := range map[string]string{
		"/m/a/b.jpg": host + "/m/a/b.jpg", "a/b.jpg": host + "/m/a/b.jpg", "https://cdn.example/x.jpg": "https://cdn.example/x.jpg", "": "",
	} {
		if got := s.panel.media(url); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}

func TestCaptureIsWrittenAsPhotographersReadIt(t *testing.T) {
	s := open(t, nil)
	for _, c := range []struct {
		capture api.Capture
		want    string
	}{
		{api.Capture{}, ""},
		{
			api.Capture{Make: "Canon", Model: "Canon EOS R6", Lens: "RF24-70mm", Exposure: "1/60", Aperture: "2.8", ISO: "800"},
			"Canon EOS R6 · RF24-70mm · f/2.8 · 1/60 s · ISO 800",
		},
		{
			api.Capture{Make: "Xiaomi", Model: "15 Ultra", Lens: "15 Ultra back camera 8.73mm", Exposure: "10", ISO: "0"},
			"Xiaomi 15 Ultra · 10 s",
		},
	} {
		if got := s.panel.capture(&c.capture); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWindowsAreToldByTheirNextEdge(t *testing.T) {
	for _, c := range []struct{ name, entries, votes, want string }{
		{"before both", "2025-11-23T12:00:00Z 2025-11-24T12:00:00Z", "2025-11-25T12:00:00Z 2025-11-26T12:00:00Z", "Entries open in 1\u00a0d\u00a00\u00a0h Voting opens in 3\u00a0d\u00a00\u00a0h"},
		{"between", "2025-11-20T12:00:00Z 2025-11-21T12:00:00Z", "2025-11-22T14:30:00Z 2025-11-26T12:00:00Z", "Voting opens in 2\u00a0h\u00a030\u00a0min"},
		{"both, closing together", "2025-11-20T12:00:00Z 2025-11-22T12:30:00Z", "2025-11-20T12:00:00Z 2025-11-22T12:30:00Z", "Entries and voting end in 30\u00a0min"},
		{"votes alone", "2025-11-20T12:00:00Z 2025-11-21T12:00:00Z", "2025-11-20T12:00:00Z 2025-11-22T12:01:05Z", "Voting ends in 1:05"},
	} {
		e, v := strings.Fields(c.entries), strings.Fields(c.votes)
		s := open(t, func(_ *stand, o *port.Settings) {
			o.Challenge = strings.NewReplacer("2025-11-01T00:00:00Z", e[0], "2025-12-01T00:00:00Z", e[1],
				"2025-11-10T00:00:00Z", v[0], "2025-12-02T00:00:00Z", v[1]).Replace(challengeJSON)
		})
		words := s.Doc.One("when").Words()
		for strings.Contains(words, "[") { // dates are the screen's to write
			i, j := strings.Index(words, " ["), strings.Index(words, "]")
			words = words[:i] + words[j+1:]
		}
		expect(t, c.name, words, c.want)
	}
}

func TestServersClockCountsNotThePhones(t *testing.T) {
	s := open(t, func(_ *stand, o *port.Settings) {
		o.Challenge = strings.Replace(challengeJSON, `"now":"2025-11-22T12:00:00Z"`, `"now":"2025-11-30T23:00:00Z"`, 1)
	})
	contain(t, "head", s.Doc.One("when").Words(), "Entries close in 1\u00a0h\u00a00\u00a0min")
}

func TestEveryTextAFanWroteMayRunInEitherDirection(t *testing.T) {
	s := open(t, nil)
	for _, e := range s.row(0).Children {
		for _, p := range e.Children {
			if p.Tag == "p" && p.Attrs["dir"] != "auto" {
				t.Errorf("%q has no direction of its own", p.Words())
			}
		}
	}
}
