package contest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// goldenKey is the bytes 0 to 31.
func goldenKey() (k LogKey) {
	for i := range k {
		k[i] = byte(i)
	}
	return k
}

// goldenLeaf is a leaf of a kind for entry 12.
func goldenLeaf(position int64, kind LeafKind) Leaf {
	l := Leaf{
		Position: position, Kind: kind, Entry: 12, Voter: "9f86d081884c7d659a2feaa0c55ad015", Period: "2026-11-22", At: time.UnixMilli(1763800000123).UTC(),
	}
	switch kind {
	case Cast:
		l.Weight, l.Class = 1, MailVoter
	case Hold:
		l.Period, l.Reason, l.Actor = "all", Burst, RulesActor
	case Release, Exclude, Restore:
		l.Reason, l.Actor = Burst, StaffActor("s_1")
	}
	return l
}

// Whoever checks a log elsewhere relies on these bytes. The hashes are RFC 6962's, of a zero byte and the line.
func TestLeavesHaveTheirBytesForGood(t *testing.T) {
	const of = `,"entry":12,"voter":"9f86d081884c7d659a2feaa0c55ad015","period":"2026-11-22",`
	for _, c := range []struct{ got, line, hash string }{
		{golden(1, Cast), `{"v":1,"kind":"cast"` + of + `"weight":1,"class":"mail","at":1763800000123,"salt":"05c36ef8f51094c5dd84c9dede2f4cf8"}`,
			"f432a15a44ad9b4b5e28ce4b2e50340ca2f4fcd05a146cf055d2ac10f65668a4"},
		{golden(2, Retract), `{"v":1,"kind":"retract"` + of + `"at":1763800000123,"salt":"4cecc76bc8abf36015697e68ffc95147"}`,
			"15a53c410d9f090ef1f34225728b1fbcc89c171e2453c81ebce1741afb61c0fc"},
		{golden(3, Hold), `{"v":1,"kind":"hold"` + strings.Replace(of, "2026-11-22", "all", 1) + `"reason":"burst","actor":"rules","at":1763800000123,"salt":"0df2741956cb75cacc92d2865e066bf3"}`,
			"e102017faa60eaff420e2574613618f6a41653598e9aa4a784f06eaeb6647d4f"},
		{golden(4, Release), `{"v":1,"kind":"release"` + of + `"reason":"burst","actor":"staff:s_1","at":1763800000123,"salt":"4bd77449a5615925f56fd414925bc82b"}`,
			"112926a26069e3c7207e7820d1c1ee49307a761540413a073b6dd3f411c14bfe"},
		{golden(5, Exclude), `{"v":1,"kind":"exclude"` + of + `"reason":"burst","actor":"staff:s_1","at":1763800000123,"salt":"d09b86a332cff758042c906a568478d2"}`,
			"2a8b4a6661ff495dbf06d0398ec8224c93414edbc837b99141a554815ca516f7"},
		{golden(6, Restore), `{"v":1,"kind":"restore"` + of + `"reason":"burst","actor":"staff:s_1","at":1763800000123,"salt":"971339e186da5351a61ade74f076ae88"}`,
			"feaa84914848e665af3a6f351442e8cc5a022b93c492991e89d2e79512c9738b"},
		{string(AppendPad(nil, goldenKey().PadSalt(300))), `{"v":1,"kind":"pad","salt":"c8ec49a0d32dc08e9e9d6300cd0c9356"}`,
			"fe90b0010f0ff15036dfedaa7947f282d5c033d036b1efd41ef3899f828e930c"},
	} {
		if c.got != c.line {
			t.Errorf("got  %s\nwant %s", c.got, c.line)
		}
		if sum := sha256.Sum256([]byte("\x00" + c.got)); hex.EncodeToString(sum[:]) != c.hash {
			t.Errorf("%s: hash %x, want %s", c.got, sum, c.hash)
		}
	}
}

func golden(position int64, kind LeafKind) string {
	return string(goldenLeaf(position, kind).Append(nil, goldenKey().Salt(position)))
}

func TestALeafIsReadAsItWasWritten(t *testing.T) {
	for i, kind := range []LeafKind{Cast, Retract, Hold, Release, Exclude, Restore} {
		want, salt := goldenLeaf(0, kind), goldenKey().Salt(int64(i))
		got, gotSalt, err := ParseLeaf(want.Append(nil, salt))
		if err != nil || got != want || gotSalt != salt {
			t.Errorf("got %+v %x (%v), want %+v %x", got, gotSalt, err, want, salt)
		}
	}
	salt := goldenKey().PadSalt(1)
	if got, gotSalt, err := ParseLeaf(AppendPad(nil, salt)); err != nil || got != (Leaf{Kind: Pad}) || gotSalt != salt {
		t.Errorf("got %+v %x (%v), want a pad and %x", got, gotSalt, err, salt)
	}
}

func TestWhatIsNotInTheFormOfALeafIsRefused(t *testing.T) {
	cast, hold := golden(1, Cast), golden(3, Hold)
	replaced := func(line, old, by string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("%s lacks %s", line, old)
		}
		return strings.Replace(line, old, by, 1)
	}
	for name, line := range map[string]string{
		"nothing":                       "",
		"a part":                        cast[:len(cast)-1],
		"a line's end":                  cast + "\n",
		"two leaves":                    cast + cast,
		"a space":                       replaced(cast, ":1,", ": 1,"),
		"another version":               replaced(cast, `"v":1`, `"v":2`),
		"another order":                 replaced(replaced(cast, `"weight":1,`, ""), `"at":`, `"weight":1,"at":`),
		"a kind that is none":           replaced(cast, "cast", "vote"),
		"a pad with a vote":             replaced(cast, "cast", "pad"),
		"a cast without a weight":       replaced(cast, `"weight":1,`, ""),
		"a cast of weight 0":            replaced(cast, `"weight":1`, `"weight":0`),
		"a weight below zero":           replaced(cast, `"weight":1`, `"weight":-1`),
		"a weight too heavy":            replaced(cast, `"weight":1`, `"weight":1001`),
		"a number with a zero before":   replaced(cast, `"weight":1`, `"weight":01`),
		"minus zero":                    replaced(cast, `"at":1763800000123`, `"at":-0`),
		"an entry beyond the numbers":   replaced(cast, `"entry":12`, `"entry":4294967308`), // 12 in 32 bits
		"entry 0":                       replaced(cast, `"entry":12`, `"entry":0`),
		"a number too long":             replaced(cast, "1763800000123", strings.Repeat("9", 30)),
		"a number in quotes":            replaced(cast, `"entry":12`, `"entry":"12"`),
		"a class that is none":          replaced(cast, `"mail"`, `"robot"`),
		"a pseudonym in upper case":     replaced(cast, "9f86d081", "9F86D081"),
		"a pseudonym too short":         replaced(cast, "9f86d081", "9f86d0"),
		"a day that is none":            replaced(cast, "2026-11-22", "2026-11-31"),
		"a salt too short":              replaced(cast, "4cf8", "4c"),
		"a salt in upper case":          replaced(cast, "4cf8", "4CF8"),
		"a salt that is none":           replaced(cast, "4cf8", "4cfg"),
		"a reason of words":             replaced(hold, "burst", "so it is"),
		"no reason":                     replaced(hold, "burst", ""),
		"an actor that is none":         replaced(hold, `"rules"`, `"me"`),
		"staff without an identifier":   replaced(hold, `"rules"`, `"staff:"`),
		"a hold with a weight as well":  replaced(hold, `"reason"`, `"weight":1,"reason"`),
		"an escaped letter":             replaced(hold, "burst", `b\u0075rst`),
		"an end before the salt":        hold[:len(hold)-40],
		"a field more before the bytes": "x" + hold,
	} {
		if l, _, err := ParseLeaf([]byte(line)); err == nil {
			t.Errorf("%s: %s was read as %+v", name, line, l)
		}
	}
}

func TestEachLeafHasItsOwnSalt(t *testing.T) {
	k, seen := goldenKey(), map[Salt]string{}
	other := k
	other[31]++
	for n := range int64(100) {
		for name, salt := range map[string]Salt{
			fmt.Sprint("leaf ", n): k.Salt(n), fmt.Sprint("pad ", n): k.PadSalt(n), fmt.Sprint("leaf of another log ", n): other.Salt(n),
		} {
			if seen[salt] != "" {
				t.Errorf("%s has the salt of %s", name, seen[salt])
			}
			seen[salt] = name
		}
	}
}

func TestAKeyIsKeptAsTextAndStaysOutOfMessages(t *testing.T) {
	k := goldenKey()
	if got, err := ParseLogKey(k.Encode()); err != nil || got != k {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "00", strings.Repeat("0", 62), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		if _, err := ParseLogKey(text); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
	if text := fmt.Sprintf("%v %s %+v", k, k, struct{ Key LogKey }{k}); strings.Contains(text, "0102") || strings.Contains(text, "1 2 3") {
		t.Errorf("a message has the key: %s", text)
	}
}

func FuzzParseLeaf(f *testing.F) {
	for i, kind := range []LeafKind{Cast, Retract, Hold, Release, Exclude, Restore} {
		f.Add([]byte(golden(int64(i), kind)))
	}
	f.Add(AppendPad(nil, Salt{}))
	f.Fuzz(func(t *testing.T, line []byte) {
		l, salt, err := ParseLeaf(line)
		if err != nil {
			return
		}
		if !bytes.Equal(l.line(salt), line) {
			t.Errorf("%q was read, and is written as %q", line, l.line(salt))
		}
		l.Position = 1
		var g Ledger
		if err := g.Apply(l); err != nil && (l.Kind == Cast || l.Kind == Pad) {
			t.Errorf("%q cannot be the first leaf: %v", line, err)
		}
	})
}

// Salts are HMACs, whatever computes them.
func TestSaltsAreHMACs(t *testing.T) {
	k := goldenKey()
	for of, salt := range map[string]func(int64) Salt{"leaf": k.Salt, "pad": k.PadSalt} {
		for _, n := range []int64{0, 1, 255, 1 << 40} {
			mac := hmac.New(sha256.New, k[:])
			mac.Write(binary.BigEndian.AppendUint64([]byte(of), uint64(n)))
			if got, want := salt(n), Salt(mac.Sum(nil)[:16]); got != want {
				t.Errorf("%s %d: got %x, want %x", of, n, got, want)
			}
		}
	}
}
