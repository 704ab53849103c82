package outbound

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	stdmail "net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a real SMTP server on loopback.
type office struct {
	*smtp.Server
	address string
	roots   *x509.CertPool
	letters chan received
	refuse  error // of every recipient
}

type received struct {
	from, to, user string
	encrypted      bool
	message        string
}

// open starts an office; change is made before it listens.
func open(t *testing.T, change func(*office)) *office {
	t.Helper()
	o := &office{letters: make(chan received, 16)}
	o.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{office: o, conn: c}, nil }))
	o.Domain, o.ErrorLog = "mail.test", quiet{}
	change(o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	served := make(chan struct{})
	go func() {
		defer close(served)
		o.Serve(listener)
	}()
	t.Cleanup(func() {
		o.Close()
		<-served
	})
	return o
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// secured gives the office a certificate for 127.0.0.1.
func (o *office) secured(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	o.roots = x509.NewCertPool()
	o.roots.AddCert(certificate)
	o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// visit is one conversation.
type visit struct {
	*office
	conn *smtp.Conn
	now  received
}

func (v *visit) AuthMechanisms() []string {
	if v.TLSConfig == nil {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		v.now.user = user
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.now.from = from
	_, v.now.encrypted = v.conn.TLSConnectionState()
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.now.to = to
	return v.refuse
}

func (v *visit) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	v.now.message = string(content)
	v.letters <- v.now
	return err
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// mailTo returns what sends to the office by the scheme and options given.
func mailTo(t *testing.T, o *office, scheme, user, options string) *Mail {
	t.Helper()
	s, err := ParseServer(scheme + "://" + user + o.address + "?from=" + url.QueryEscape("夜景 <night@fans.example>") + options)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMail(s, func() string { return "secret" })
	m.tls.RootCAs = o.roots
	return m
}

var letter = Letter{To: "ada@example.org", Language: "zh-CN", Subject: "夜景 · 482913", Text: "验证码 482913\n", HTML: "<p>验证码 <b>482913</b></p>"}

func TestALetterArrivesInBothForms(t *testing.T) {
	o := open(t, func(*office) {})
	if err := mailTo(t, o, "smtp", "", "&starttls=off").Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := <-o.letters
	if got.from != "night@fans.example" || got.to != "ada@example.org" {
		t.Errorf("from %q to %q", got.from, got.to)
	}
	message, err := stdmail.ReadMessage(strings.NewReader(got.message))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": "zh-CN", "To": "<ada@example.org>"} {
		if message.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, message.Header.Get(name), want)
		}
	}
	if id := message.Header.Get("Message-ID"); !strings.HasSuffix(id, "@fans.example>") {
		t.Errorf("Message-ID %q", id)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part) // quoted-printable is decoded by the reader
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), want) || !strings.Contains(string(body), "验证码") {
			t.Errorf("%s: %q, %v", part.Header.Get("Content-Type"), body, err)
		}
	}
}

func TestPasswordsTravelEncryptedAlone(t *testing.T) {
	o := open(t, func(o *office) { o.secured(t) })
	m := mailTo(t, o, "smtp", "fanfare@", "")
	if err := m.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if got := <-o.letters; !got.encrypted || got.user != "fanfare" {
		t.Errorf("encrypted %v, user %q", got.encrypted, got.user)
	}
	m.password = func() string { return "wrong" }
	if err := m.Check(t.Context()); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
	bare := open(t, func(*office) {})
	if err := mailTo(t, bare, "smtp", "fanfare@", "").Send(t.Context(), letter); err == nil {
		t.Error("a letter went to a server that offers no encryption")
	}
	stranger := mailTo(t, o, "smtp", "fanfare@", "")
	stranger.tls.RootCAs = x509.NewCertPool()
	if err := stranger.Check(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for was believed")
	}
}

func TestTLSFromTheFirstByte(t *testing.T) {
	o := open(t, func(o *office) { o.secured(t) })
	secure, err := tls.Listen("tcp", "127.0.0.1:0", o.TLSConfig)
	if err != nil {
		t.Fatal(err)
	}
	go o.Serve(secure) // closed with the office
	o.address = secure.Addr().String()
	m := mailTo(t, o, "smtps", "fanfare@", "")
	if err := errors.Join(m.Check(t.Context()), m.Send(t.Context(), letter)); err != nil {
		t.Fatal(err)
	}
	if got := <-o.letters; !got.encrypted || got.user != "fanfare" {
		t.Errorf("encrypted %v, user %q", got.encrypted, got.user)
	}
}

func TestRefusalsForGoodAreToldFromThoseForNow(t *testing.T) {
	for _, c := range []struct {
		answer  *smtp.SMTPError
		forGood bool
	}{
		{&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no ada@example.org here"}, true},
		{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "ada@example.org: come back later"}, false},
	} {
		o := open(t, func(o *office) { o.refuse = c.answer })
		err := mailTo(t, o, "smtp", "", "&starttls=off").Send(t.Context(), letter)
		if err == nil || errors.Is(err, ErrRefused) != c.forGood {
			t.Errorf("%d: got %v", c.answer.Code, err)
		}
		if strings.Contains(err.Error(), "ada@") {
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
	err = mailTo(t, &office{address: listener.Addr().String()}, "smtp", "", "").Check(ctx)
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
