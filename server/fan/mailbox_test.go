package fan

import (
	"errors"
	"strings"
	"testing"
)

func TestAllSpellingsOfAMailboxAreOneVoter(t *testing.T) {
	for _, spellings := range [][]string{
		{"ada.lovelace@gmail.com", "AdaLovelace@Gmail.com", "a.d.a.l.o.v.e.l.a.c.e+night@googlemail.com", " adalovelace@gmail.com. ", "ａｄａｌｏｖｅｌａｃｅ＠ｇｍａｉｌ。ｃｏｍ"},
		{"li@icloud.com", "LI+vote@me.com", "li@mac.com"},
		{"li-wei@proton.me", "l.i_wei@protonmail.com", "liwei+1@pm.me"},
		{"a.b@yandex.ru", "a-b@ya.ru", "A-B+x@yandex.com"},
		{"ada@yahoo.co.uk", "ada-contest@yahoo.co.uk", "ada+contest@yahoo.co.uk"},
		{"ada@fastmail.com", "shop@ada.fastmail.com", "night+2@ADA.fastmail.com"},
		{"ada@example.org", "Ada@EXAMPLE.org", "ada+7@example.org", "ada++@example.org"},
		{"li@例子.example", "li@xn--fsqu00a.example", "LI@XN--FSQU00A.EXAMPLE"},
		{"ada@bücher.example", "ada@xn--bcher-kva.example", "ada@BÜCHER.example"},
		{"12345@qq.com", "12345@QQ.com"},
	} {
		first, err := ParseMailbox(spellings[0])
		if err != nil {
			t.Errorf("%q: %v", spellings[0], err)
		}
		for _, typed := range spellings[1:] {
			m, err := ParseMailbox(typed)
			if err != nil || m.Key != first.Key {
				t.Errorf("%q leads to %q (%v), %q to %q", typed, m.Key, err, spellings[0], first.Key)
			}
		}
	}
}

func TestDifferentMailboxesStayApart(t *testing.T) {
	seen := map[string]string{}
	for _, typed := range []string{
		"ada@gmail.com", "adb@gmail.com", "ada@example.org", "a.da@example.org", "a.da@outlook.com", "ada@outlook.com", "ada@hotmail.com",
		"a-da@example.org", "ada@example.com", "12345@qq.com", "12345@foxmail.com", "+ada@example.org", "+adb@example.org", "ada@fastmail.com",
		"ada@ex-ample.org", "ada@strasse.example", "ada@straße.example",
	} {
		m, err := ParseMailbox(typed)
		if err != nil {
			t.Errorf("%q: %v", typed, err)
		}
		if other, taken := seen[m.Key]; taken {
			t.Errorf("%q and %q both lead to %q", typed, other, m.Key)
		}
		seen[m.Key] = typed
	}
}

func TestMailGoesWhereItWasTyped(t *testing.T) {
	m, err := ParseMailbox(" Ada.Lovelace+night@GoogleMail.com ")
	if err != nil || m.Address != "Ada.Lovelace+night@googlemail.com" || m.Domain() != "gmail.com" {
		t.Errorf("got %+v, domain %q, %v", m, m.Domain(), err)
	}
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	for _, typed := range []string{
		"", "@", "ada", "ada@", "@example.org", "ada@localhost", "ada@example", "a da@example.org", "ada@exam ple.org",
		`"ada"@example.org`, `"a@b"@example.org`, "ada@[127.0.0.1]", "ada@127.0.0.1", "ada.@example.org", ".ada@example.org", "a..da@example.org",
		"ada@-example.org", "ada@example..org", "ada@.example.org", "Ada <ada@example.org>", "ada@example.org,eve@example.org",
		"ada@example.org\r\nBcc: eve@example.org", "ada\x00@example.org", "阿达@example.org", "ada@exa_mple.org",
		"(comment)ada@example.org", strings.Repeat("a", maxLocal+1) + "@example.org", "ada@" + strings.Repeat("a.", 130) + "org",
		"ada@" + strings.Repeat("a", 64) + ".org", strings.Repeat("a@", 3000), "ada@xn--a.example",
	} {
		if m, err := ParseMailbox(typed); !errors.Is(err, ErrAddress) {
			t.Errorf("%q is read as %+v, %v; want %v", typed, m, err, ErrAddress)
		}
	}
}

func TestDisposableDomainsAreRefusedWithTheirSubdomains(t *testing.T) {
	domains, err := ReadDisposable(strings.NewReader("# ours\nThrow.Example\n\n垃圾.example # one more\n"))
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]error{
		"ada@mailinator.com": ErrDisposable, "ada@x.y.MAILINATOR.com": ErrDisposable, "ada@throw.example": ErrDisposable,
		"ada@垃圾.example": ErrDisposable, "ada@duck.com": ErrDisposable,
		"ada@example.org": nil, "ada@notmailinator.com": nil, "ada@example": nil, "mailinator.com@example.org": nil, "ada@gmail.com": nil, "1@qq.com": nil,
	} {
		m, err := ParseMailbox(typed)
		if err != nil {
			if want != nil {
				t.Errorf("%q: %v", typed, err)
			}
			continue
		}
		if err := domains.Check(m); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", typed, err, want)
		}
	}
}

func TestAListThatIsNoneIsNamedByItsLine(t *testing.T) {
	_, err := ReadDisposable(strings.NewReader("throw.example\nno domain here\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadDisposable(strings.NewReader(strings.Repeat("# a comment that goes on\n", maxList/20))); err == nil {
		t.Error("a list without end was read")
	}
}

func FuzzParseMailbox(f *testing.F) {
	for _, seed := range []string{"ada.l+x@gmail.com", "a-b@ya.ru", "x@a.b.fastmail.com", "-@proton.me", "li@例子.example", "a@[::1]", "＠。"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		m, err := ParseMailbox(typed)
		if err != nil {
			return
		}
		for _, address := range []string{m.Address, m.Key} {
			again, err := ParseMailbox(address)
			if err != nil || again.Key != m.Key {
				t.Errorf("%q is %+v, and %q is %+v, %v", typed, m, address, again, err)
			}
		}
		if len(m.Address) > maxAddress || strings.ContainsAny(m.Address, " \r\n<>,;") || m.Domain() == "" {
			t.Errorf("%q gave the address %q", typed, m.Address)
		}
	})
}
