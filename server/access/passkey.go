package access

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// What is wrong with a passkey.
var (
	ErrPasskey = errors.New("passkey refused")
	// ErrPasskeyCopied says that a device counted no further since it was used last: another one may hold its key.
	ErrPasskeyCopied = errors.New("passkey may have been copied")
)

// maxPasskeyAnswer is how much is read of what a browser answers: keys and signatures have some hundred bytes, and an
// attestation that we did not ask for a few thousand.
const maxPasskeyAnswer = 64 << 10

// Passkey is a key that somebody's device holds.
type Passkey struct {
	ID         string // of the credential, in base64url
	PublicKey  []byte // COSE
	Transports []string
	Synced     bool   // the device may copy it to others of its owner
	Uses       uint32 // as the device counts them; 0 where it counts none
}

// Holder is somebody with passkeys.
type Holder struct {
	ID       string // which devices keep; it must say nothing about the person
	Email    string
	Name     string
	Passkeys []Passkey
}

// Passkeys lets browsers make passkeys and use them (Web Authentication, level 3). A passkey is found by the device itself
// (discoverable), and the device asks its owner for a finger, a face or a PIN each time, so one is two factors by itself. What
// is asked comes with a state, which the caller keeps from the browser and gives back once.
type Passkeys struct{ party *webauthn.WebAuthn }

// NewPasskeys returns the passkeys of the site with a public address; nil where it has no name: browsers make none for
// bare addresses of machines.
func NewPasskeys(public *url.URL) (*Passkeys, error) {
	name := public.Hostname()
	if net.ParseIP(name) != nil {
		return nil, nil
	}
	yes := true
	party, err := webauthn.New(&webauthn.Config{
		RPID: name, RPDisplayName: name, RPOrigins: []string{public.Scheme + "://" + public.Host},
		AttestationPreference: protocol.PreferNoAttestation, // we trust any make of device, so none has to tell its make
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &yes, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare passkeys of %s: %w", name, err)
	}
	return &Passkeys{party}, nil
}

// AskNew asks a browser to make a passkey for somebody, on a device that holds none of theirs yet.
func (p *Passkeys) AskNew(h Holder) (options, state []byte, err error) {
	known := webauthn.Credentials(holder(h).WebAuthnCredentials()).CredentialDescriptors()
	asked, session, err := p.party.BeginRegistration(holder(h), webauthn.WithExclusions(known))
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a new passkey: %w", err)
	}
	return encoded(asked.Response, session)
}

// New judges what the browser answered to AskNew. Error: ErrPasskey.
func (p *Passkeys) New(h Holder, state []byte, answer string) (Passkey, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return Passkey{}, fmt.Errorf("read state of a passkey: %w", err)
	}
	if len(answer) > maxPasskeyAnswer {
		return Passkey{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Passkey{}, refusedKey(err)
	}
	made, err := p.party.CreateCredential(holder(h), session, parsed)
	if err != nil {
		return Passkey{}, refusedKey(err)
	}
	key := Passkey{ID: encodeKey(made.ID), PublicKey: made.PublicKey, Synced: made.Flags.BackupEligible, Uses: made.Authenticator.SignCount}
	for _, t := range made.Transport {
		key.Transports = append(key.Transports, string(t))
	}
	return key, nil
}

// Ask asks a browser to use a passkey: whichever its user chooses, or one of a certain person's.
func (p *Passkeys) Ask(of *Holder) (options, state []byte, err error) {
	var asked *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if of == nil {
		asked, session, err = p.party.BeginDiscoverableLogin()
	} else {
		asked, session, err = p.party.BeginLogin(holder(*of))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return encoded(asked.Response, session)
}

// Use judges what the browser answered to Ask. It asks find for the holder with the identifier that the passkey was made for,
// and returns that and the passkey with the uses that its device has counted by now. Errors: ErrPasskey, ErrPasskeyCopied.
func (p *Passkeys) Use(find func(id string) (Holder, error), state []byte, answer string) (whose string, used Passkey, err error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return "", used, fmt.Errorf("read state of a passkey: %w", err)
	}
	if len(answer) > maxPasskeyAnswer {
		return "", used, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return "", used, refusedKey(err)
	}
	var h Holder
	look := func(_, handle []byte) (webauthn.User, error) {
		var err error
		h, err = find(string(handle))
		return holder(h), err
	}
	var key *webauthn.Credential
	if len(session.UserID) == 0 {
		_, key, err = p.party.ValidatePasskeyLogin(look, session, parsed)
	} else if _, err = look(nil, session.UserID); err == nil {
		key, err = p.party.ValidateLogin(holder(h), session, parsed)
	}
	switch {
	case err != nil:
		return "", used, refusedKey(err)
	case key.Authenticator.CloneWarning:
		return h.ID, used, ErrPasskeyCopied
	}
	return h.ID, Passkey{ID: encodeKey(key.ID), Uses: key.Authenticator.SignCount}, nil
}

func refusedKey(err error) error { return fmt.Errorf("%w: %w", ErrPasskey, err) }

func encodeKey(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

func encoded(options, session any) (asked, state []byte, err error) {
	asked, err = json.Marshal(options)
	if err == nil {
		state, err = json.Marshal(session)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("write question for a passkey: %w", err)
	}
	return asked, state, nil
}

// holder is a Holder as the library asks for one.
type holder Holder

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials leaves out a key whose identifier is none: nothing can answer for it.
func (h holder) WebAuthnCredentials() (keys []webauthn.Credential) {
	for _, k := range h.Passkeys {
		id, err := base64.RawURLEncoding.DecodeString(k.ID)
		if err != nil {
			continue
		}
		key := webauthn.Credential{ID: id, PublicKey: k.PublicKey}
		key.Flags.BackupEligible, key.Authenticator.SignCount = k.Synced, k.Uses
		for _, t := range k.Transports {
			key.Transport = append(key.Transport, protocol.AuthenticatorTransport(t))
		}
		keys = append(keys, key)
	}
	return keys
}
