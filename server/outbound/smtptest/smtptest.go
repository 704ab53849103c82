// Package smtptest runs a real SMTP server on loopback, which keeps the letters that it takes, for tests.
package smtptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Password is what every user of a secured office signs in with.
const Password = "secret"

// maxLetters is how many letters wait to be read; the office refuses more.
const maxLetters = 1024

// Office is a mail server.
type Office struct {
	Address string         // host:port
	TLS     string         // the same with TLS from the first byte; empty where the office has no certificate
	Roots   *x509.CertPool // that vouch for its certificate
	Letters chan Letter

	server *smtp.Server
	mu     sync.Mutex // guards refuse
	refuse *smtp.SMTPError
}

// Letter is one mail that the office took.
type Letter struct {
	From, To  string
	User      string // who signed in; empty for nobody
	Encrypted bool
	Header    mail.Header
	Subject   string
	Text      string
	HTML      string
}

// Open starts an office that lives as long as the test. A secured one has a certificate and asks for the password.
func Open(t testing.TB, secured bool) *Office {
	t.Helper()
	o := &Office{Letters: make(chan Letter, maxLetters)}
	o.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{office: o, conn: c}, nil }))
	o.server.Domain, o.server.ErrorLog = "mail.test", quiet{}
	listeners := make([]net.Listener, 0, 2)
	if secured {
		if err := o.certify(); err != nil {
			t.Fatal(err)
		}
	}
	for range cap(listeners) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
	}
	o.Address = listeners[0].Addr().String()
	if secured {
		o.TLS = listeners[1].Addr().String()
		listeners[1] = tls.NewListener(listeners[1], o.server.TLSConfig)
	}
	var served sync.WaitGroup
	for _, l := range listeners {
		served.Go(func() { o.server.Serve(l) }) // ends with Close
	}
	t.Cleanup(func() {
		o.server.Close()
		for _, l := range listeners {
			l.Close()
		}
		served.Wait()
	})
	return o
}

// Refuse has the office answer every recipient with an error; 0 takes them again.
func (o *Office) Refuse(code int, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = nil
	if code != 0 {
		o.refuse = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
	}
}

func (o *Office) refusal() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse == nil {
		return nil
	}
	return o.refuse
}

// certify gives the office a certificate for 127.0.0.1.
func (o *Office) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: o.server.Domain}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	o.Roots = x509.NewCertPool()
	o.Roots.AddCert(certificate)
	o.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// visit is one conversation.
type visit struct {
	office *Office
	conn   *smtp.Conn
	letter Letter
}

// AuthMechanisms implements smtp.AuthSession.
func (v *visit) AuthMechanisms() []string {
	if v.office.Roots == nil {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != Password {
			return smtp.ErrAuthFailed
		}
		v.letter.User = user
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.letter.From = from
	_, v.letter.Encrypted = v.conn.TLSConnectionState()
	return nil
}

// Rcpt implements smtp.Session.
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.letter.To = to
	return v.office.refusal()
}

// Data implements smtp.Session.
func (v *visit) Data(r io.Reader) error {
	l := v.letter
	if err := l.read(r); err != nil {
		return err
	}
	select {
	case v.office.Letters <- l:
		return nil
	default:
		return fmt.Errorf("%d letters wait already", maxLetters)
	}
}

// Reset implements smtp.Session.
func (v *visit) Reset() {}

// Logout implements smtp.Session.
func (v *visit) Logout() error { return nil }

// read reads a message in two forms.
func (l *Letter) read(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	l.Header = message.Header
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return err
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return fmt.Errorf("a letter of type %q, %w", kind, err)
	}
	for parts := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(part) // whose reader undoes quoted-printable
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = text
		} else {
			l.Text = text
		}
	}
}
