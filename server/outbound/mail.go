// Package outbound is how the server calls out: it sends mail through the operator's own mail server. It knows transport
// alone; what a letter says, to whom and whether once more, others decide.
package outbound

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	stdmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// ErrRefused says that the mail server will not take a letter, whenever it is sent: the recipient is unknown, or the
// letter is unwanted.
var ErrRefused = errors.New("letter refused")

// stepTime bounds each exchange with the mail server; RFC 5321 §4.5.3.2 allows it minutes, and no fan waits that long.
const stepTime = 20 * time.Second

// letterTime bounds the whole conversation about one letter.
const letterTime = time.Minute

// Ports of submission (RFC 8314 §3).
const (
	submissionPort = 587
	implicitPort   = 465
)

// Server names a mail server and who letters are from.
type Server struct {
	Host     string
	Port     int
	User     string // empty for a server that asks for none
	Implicit bool   // TLS from the first byte; otherwise by STARTTLS
	Plain    bool   // no TLS at all
	From     *stdmail.Address
}

// ParseServer reads smtp://USER@HOST:PORT?from=ADDRESS (STARTTLS is required, port 587 unless another is named) or
// smtps://… (TLS from the first byte, port 465). With starttls=off nothing is encrypted: for a relay on this machine.
// From may have a name: from=Night%20Contest%20<contest@example.org>. The password stands elsewhere.
func ParseServer(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return Server{}, fmt.Errorf("%q: want smtp://USER@HOST:PORT?from=ADDRESS or smtps://…", redacted(address))
	}
	if _, has := u.User.Password(); has {
		return Server{}, errors.New("the password belongs into FANFARE_SMTP_PASSWORD, because addresses are printed")
	}
	s := Server{Host: u.Hostname(), Port: submissionPort, User: u.User.Username(), Implicit: u.Scheme == "smtps"}
	if s.Implicit {
		s.Port = implicitPort
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port == 0 {
			return Server{}, fmt.Errorf("%q: no port", u.Port())
		}
	}
	return s, s.options(u.Query())
}

func (s *Server) options(query url.Values) (err error) {
	for name, values := range query {
		value := values[0]
		switch {
		case name == "from":
			if s.From, err = stdmail.ParseAddress(value); err != nil {
				return fmt.Errorf("from=%q: no mail address", value)
			}
		case name == "starttls" && (value == "off" || value == "required") && !s.Implicit:
			s.Plain = value == "off"
		default:
			return fmt.Errorf("%s=%s: want from=ADDRESS, and for smtp starttls=required or off", name, value)
		}
	}
	if s.From == nil {
		return errors.New("from=ADDRESS is missing: whom letters are from")
	}
	if s.Plain && s.User != "" && !loopback(s.Host) {
		return errors.New("starttls=off would send the password in the clear: leave it out, or the user")
	}
	return nil
}

// redacted is an address without what may be a password.
func redacted(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		return "…" + address[at:]
	}
	return address
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Mail sends letters through one server. It is safe for concurrent use.
type Mail struct {
	server   Server
	password func() string
	tls      *tls.Config
}

// NewMail returns what sends through a server. The password is asked for with each connection, so that it may change.
func NewMail(s Server, password func() string) *Mail {
	return &Mail{server: s, password: password, tls: &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}}
}

// Letter is one mail in both forms that readers want.
type Letter struct {
	To       string
	Language string // an IETF tag
	Subject  string
	Text     string
	HTML     string
	// ID names the letter, so that mail programs know it again when it comes twice; one is drawn where it is empty.
	ID string
	// Stop is the https address that ends letters like it, by a POST and without a question (RFC 8058); empty where there is none.
	Stop string
}

// Send hands a letter to the mail server. ErrRefused says that trying again is no use. Errors name no recipient, because
// they are logged.
func (m *Mail) Send(ctx context.Context, l Letter) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	msg, err := m.message(l)
	if err != nil {
		return err
	}
	client, err := m.client(ctx)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // what goes wrong after it was taken is no matter
		return nil
	}
	return m.explain(ctx, err)
}

// Check signs in at the mail server and leaves again.
func (m *Mail) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	client, err := m.client(ctx)
	if err == nil {
		err = client.DialWithContext(ctx)
	}
	if err != nil {
		return m.explain(ctx, err)
	}
	_ = client.Close() // it has answered; how it says good-bye is no matter
	return nil
}

// String names the server; a nil one is none.
func (m *Mail) String() string {
	if m == nil {
		return "none"
	}
	return net.JoinHostPort(m.server.Host, strconv.Itoa(m.server.Port))
}

func (m *Mail) message(l Letter) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.server.From)
	if err := msg.To(l.To); err != nil {
		return nil, fmt.Errorf("%w: the address is none", ErrRefused)
	}
	msg.Subject(l.Subject)
	msg.SetDate()
	if l.ID == "" {
		l.ID = strings.ToLower(rand.Text())
	}
	msg.SetMessageIDWithValue(l.ID + "@" + m.domain())
	if l.Stop != "" {
		msg.SetGenHeader(mail.HeaderListUnsubscribe, "<"+l.Stop+">")
		msg.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no machine answers
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")  // nor does Exchange
	msg.SetGenHeader(mail.HeaderContentLang, l.Language)
	msg.SetBodyString(mail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	return msg, nil
}

// domain is what stands behind the "@" of whom letters are from.
func (m *Mail) domain() string {
	return m.server.From.Address[strings.LastIndexByte(m.server.From.Address, '@')+1:]
}

// client returns a client for one conversation, which ends with the context.
func (m *Mail) client(ctx context.Context) (*mail.Client, error) {
	policy := mail.TLSMandatory
	switch {
	case m.server.Plain:
		policy = mail.NoTLS
	case m.server.Implicit:
		policy = mail.TLSOpportunistic // TLS is there already
	}
	options := []mail.Option{
		mail.WithPort(m.server.Port), mail.WithTimeout(stepTime), mail.WithHELO(m.domain()), mail.WithTLSConfig(m.tls),
		mail.WithTLSPolicy(policy), mail.WithoutNoop(),
		mail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			return m.dial(ctx, dialing, network, address)
		}),
	}
	if m.server.User != "" {
		auth := mail.SMTPAuthAutoDiscover
		if m.server.Plain {
			auth = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(m.server.User), mail.WithPassword(m.password()))
	}
	client, err := mail.NewClient(m.server.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare mail to %s: %w", m, err)
	}
	return client, nil
}

// dial connects. The connection is closed when ctx ends: go-mail looks at a context only while it connects, and leaves
// connections open on which something went wrong.
func (m *Mail) dial(ctx, dialing context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(dialing, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	if !m.server.Implicit {
		return conn, nil
	}
	secure := tls.Client(conn, m.tls)
	if err := secure.HandshakeContext(dialing); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// explain says what went wrong without naming the recipient.
func (m *Mail) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send mail by %s: %w", m, ctx.Err())
	}
	var sent *mail.SendError
	if !errors.As(err, &sent) {
		return fmt.Errorf("send mail by %s: %w", m, err)
	}
	answer := fmt.Sprintf("%s answered %d %s to %s", m, sent.ErrorCode(), sent.EnhancedStatusCode(), sent.Reason)
	if sent.ErrorCode() >= 500 && sent.Reason != mail.ErrSMTPMailFrom { // a sender that is refused is the operator's to mend
		return fmt.Errorf("%w: %s", ErrRefused, answer)
	}
	return errors.New(answer)
}
