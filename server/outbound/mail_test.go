package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"fanfare/server/outbound/smtptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mailTo returns what sends to the office at an address, by the scheme and options given.
func mailTo(t *testing.T, o *smtptest.Office, scheme, user, address, options string) *Mail {
	t.Helper()
	s, err := ParseServer(scheme + "://" + user + address + "?from=" + url.QueryEscape("夜景 <night@fans.example>") + options)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMail(s, func() string { return smtptest.Password })
	m.tls.RootCAs = o.Roots
	return m
}

var letter = Letter{To: "ada@example.org", Language: "zh-CN", Subject: "夜景 · 482913", Text: "验证码 482913\n", HTML: "<p>验证码 <b>482913</b></p>"}

func TestALetterArrivesInBothForms(t *testing.T) {
	o := smtptest.Open(t, false)
	if err := mailTo(t, o, "smtp", "", o.Address, "&starttls=off").Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := <-o.Letters
	if got.From != "night@fans.example" || got.To != "ada@example.org" {
		t.Errorf("from %q to %q", got.From, got.To)
	}
	if got.Subject != letter.Subject || got.Text != letter.Text || !strings.Contains(got.HTML, "验证码 <b>482913</b>") {
		t.Errorf("got %q\n%s\n%s", got.Subject, got.Text, got.HTML)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": "zh-CN", "To": "<ada@example.org>", "X-Mailer": ""} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if id := got.Header.Get("Message-ID"); !strings.HasSuffix(id, "@fans.example>") {
		t.Errorf("Message-ID %q", id)
	}
}

func TestPasswordsTravelEncryptedAlone(t *testing.T) {
	o := smtptest.Open(t, true)
	m := mailTo(t, o, "smtp", "fanfare@", o.Address, "")
	if err := m.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if got := <-o.Letters; !got.Encrypted || got.User != "fanfare" {
		t.Errorf("encrypted %v, user %q", got.Encrypted, got.User)
	}
	m.password = func() string { return "wrong password" }
	if err := m.Check(t.Context()); err == nil || strings.Contains(err.Error(), "wrong password") {
		t.Errorf("a wrong password: %v", err)
	}
	bare := smtptest.Open(t, false)
	if err := mailTo(t, bare, "smtp", "fanfare@", bare.Address, "").Send(t.Context(), letter); err == nil {
		t.Error("a letter went to a server that offers no encryption")
	}
	stranger := mailTo(t, o, "smtp", "fanfare@", o.Address, "")
	stranger.tls.RootCAs = x509.NewCertPool()
	if err := stranger.Check(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for was believed")
	}
}

func TestTLSFromTheFirstByte(t *testing.T) {
	o := smtptest.Open(t, true)
	m := mailTo(t, o, "smtps", "fanfare@", o.TLS, "")
	if err := errors.Join(m.Check(t.Context()), m.Send(t.Context(), letter)); err != nil {
		t.Fatal(err)
	}
	if got := <-o.Letters; !got.Encrypted || got.User != "fanfare" {
		t.Errorf("encrypted %v, user %q", got.Encrypted, got.User)
	}
}

func TestRefusalsForGoodAreToldFromThoseForNow(t *testing.T) {
	o := smtptest.Open(t, false)
	m := mailTo(t, o, "smtp", "", o.Address, "&starttls=off")
	for code, forGood := range map[int]bool{550: true, 451: false} {
		o.Refuse(code, "ada@example.org: not here")
		err := m.Send(t.Context(), letter)
		if err == nil || errors.Is(err, ErrRefused) != forGood {
			t.Errorf("%d: got %v", code, err)
		} else if strings.Contains(err.Error(), "ada@") {
			t.Errorf("%v names the recipient", err)
		}
	}
}

func TestASilentServerHoldsNobodyWhoLeaves(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, leave := context.WithCancel(t.Context())
	met := make(chan struct{})
	go func() {
		defer close(met)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		leave()
		io.Copy(io.Discard, conn) // until the other side closes
	}()
	err = mailTo(t, &smtptest.Office{}, "smtp", "", listener.Addr().String(), "").Check(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-met
}

func TestAddressesOfServers(t *testing.T) {
	for address, want := range map[string]Server{
		"smtp://mail.example?from=a@b.example":                  {Host: "mail.example", Port: 587},
		"smtp://u@mail.example:25/?from=a@b.example":            {Host: "mail.example", Port: 25, User: "u"},
		"smtps://u%40b.example@mail.example?from=a@b.example":   {Host: "mail.example", Port: 465, User: "u@b.example", Implicit: true},
		"smtp://127.0.0.1:1025?starttls=off&from=a@b.example":   {Host: "127.0.0.1", Port: 1025, Plain: true},
		"smtp://[::1]:1025?starttls=required&from=a@b.example":  {Host: "::1", Port: 1025},
		"smtp://u@localhost:1025?from=a@b.example&starttls=off": {Host: "localhost", Port: 1025, User: "u", Plain: true},
	} {
		got, err := ParseServer(address)
		if err != nil || got.From == nil || got.From.Address != "a@b.example" {
			t.Errorf("%s: %+v, %v", address, got, err)
			continue
		}
		if got.From = nil; got != want {
			t.Errorf("%s is %+v, want %+v", address, got, want)
		}
	}
	for _, address := range []string{
		"", "mail.example", "http://mail.example?from=a@b.example", "smtp://?from=a@b.example", "smtp://mail.example", "smtp://mail.example?from=nobody",
		"smtp://mail.example/box?from=a@b.example", "smtp://mail.example:x?from=a@b.example", "smtp://mail.example:0?from=a@b.example",
		"smtp://u@mail.example?starttls=off&from=a@b.example", "smtp://mail.example?starttls=maybe&from=a@b.example",
		"smtps://mail.example?starttls=off&from=a@b.example", "smtp://mail.example?from=a@b.example&to=c@d.example",
	} {
		if s, err := ParseServer(address); err == nil {
			t.Errorf("%s is %+v", address, s)
		}
	}
	for _, address := range []string{"smtp://u:hunter2@mail.example?from=a@b.example", "smtp//u:hunter2@mail.example"} {
		if _, err := ParseServer(address); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want an error that does not print the password", address, err)
		}
	}
}
