package contest_test

import (
	"strings"
	"testing"

	"fanfare/server/contest"
)

func TestAScopeHasOneName(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "rising": "rising", "city/shanghai": "city/shanghai", "partner/visit-xian": "partner/visit-xian", "tag/Night": "tag/night",
		"tag/＃夜景": "tag/夜景", "friends/45.3.012.3": "friends/3.12.45", "cities": "cities", "cities/average": "cities/average",
		"partners/average": "partners/average",
	} {
		s, ok := contest.ParseScope(name)
		if !ok || s.String() != want {
			t.Errorf("%q is %q, %v; want %q", name, s, ok, want)
		}
		if again, ok := contest.ParseScope(s.String()); !ok || again != s {
			t.Errorf("%q read again is %q, %v", s, again, ok)
		}
	}
}

func TestWhatIsNoScopeIsRefused(t *testing.T) {
	for _, name := range []string{
		"/", "rising/", "rising/1", "city", "city/", "city/a/b", "tag/", "tag/a b", "friends", "friends/", "friends/0", "friends/1..2", "friends/-1",
		"friends/4294967296", "friends/" + strings.Repeat("1.", 300) + "1", "cities/", "cities/total", "elsewhere", "friends/1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21",
	} {
		if s, ok := contest.ParseScope(name); ok {
			t.Errorf("%q is read as %q", name, s)
		}
	}
}

func TestAChallengeHasTheBoardsOfItsTerms(t *testing.T) {
	terms := contest.Terms{Cities: []contest.Choice{{ID: "shanghai"}, {ID: "chengdu"}}, Partners: []contest.Choice{{ID: "leica"}}}
	for name, want := range map[string]bool{
		"": true, "rising": true, "friends/1.2": true, "tag/night": true, "city/shanghai": true, "city/paris": false, "partner/leica": true,
		"partner/shanghai": false, "cities": true, "cities/average": true, "partners": false,
	} {
		s, _ := contest.ParseScope(name)
		if has := terms.HasBoard(s); has != want {
			t.Errorf("the challenge has the board %q: %v", name, has)
		}
	}
}

func FuzzParseScope(f *testing.F) {
	f.Add("friends/1.2")
	f.Add("tag/＃夜景")
	f.Fuzz(func(t *testing.T, name string) {
		s, ok := contest.ParseScope(name)
		if !ok {
			return
		}
		if again, ok := contest.ParseScope(s.String()); !ok || again != s {
			t.Errorf("%q is %q, which is read as %q, %v", name, s, again, ok)
		}
	})
}
