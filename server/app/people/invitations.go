package people

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Limits of invitations.
const (
	MaxInvitations     = 500    // made at once: a page that can be read and copied
	maxAllInvitations  = 20_000 // of one challenge: more is a vote for everybody
	MaxInvitationLabel = 80     // code points
)

// codeBytes makes 80 bits, which nobody guesses; written as 16 letters and digits.
const codeBytes = 10

// letters of codes: none looks like another (Crockford's base 32).
var codeLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// misread are the letters that people type for those of codes.
var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "")

// hashCode is what is stored of a code, however it is typed.
func hashCode(code string) string {
	code = misread.Replace(strings.ToUpper(strings.Join(strings.Fields(code), "")))
	return access.HashToken("invitation " + code)
}

// newInvitationCode draws a code, in groups that can be read out.
func newInvitationCode() string {
	var b [codeBytes]byte
	rand.Read(b[:]) // never fails
	text := codeLetters.EncodeToString(b[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// Invite makes codes that make whoever uses one a voter of a class in the challenge. They are returned this once. label
// says for whom they are. Errors: *FieldError, and store.ErrNotFound.
func (s *Service) Invite(ctx context.Context, by contest.StaffID, challenge contest.ChallengeID, class contest.VoterClass, label string, n int) (codes []string, err error) {
	label = strings.TrimSpace(label)
	switch {
	case class != contest.InvitedVoter && class != contest.JuryVoter:
		return nil, &FieldError{"class", "required"}
	case utf8.RuneCountInString(label) > MaxInvitationLabel:
		return nil, &FieldError{"label", "too_long"}
	case n < 1 || n > MaxInvitations:
		return nil, &FieldError{"number", "range"}
	}
	var hashes []string
	for range n {
		code := newInvitationCode()
		codes, hashes = append(codes, code), append(hashes, hashCode(code))
	}
	err = s.store.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		there, err := tx.CountInvitations(challenge)
		if err != nil {
			return err
		}
		if there+n > maxAllInvitations {
			return &FieldError{"number", "too_many"}
		}
		if err := tx.Invite(store.Invitation{Challenge: challenge, Class: class, Label: label, Staff: by}, hashes); err != nil {
			return err
		}
		note := fmt.Sprintf("%d × %s, %s", n, class, label)
		return tx.Audit(store.Act{Staff: by, Action: "fan.invite", Object: "challenge/" + string(challenge), Note: note})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// Invitations lists a challenge's invitations by batch, the newest first.
func (s *Service) Invitations(ctx context.Context, challenge contest.ChallengeID) (batches []store.InvitationBatch, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		batches, err = tx.InvitationBatches(challenge)
		return err
	})
	return batches, err
}

// RevokeInvitation ends the invitation with a code. Who used it votes as what they are without it, within sessionMemory;
// votes that they cast stand. ErrInvitation where none holds.
func (s *Service) RevokeInvitation(ctx context.Context, challenge contest.ChallengeID, code string) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeInvitation(challenge, hashCode(code)); err != nil {
			return err
		}
		return tx.Audit(revoked(challenge, "one code"))
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrInvitation
	}
	return err
}

// RevokeInvitations ends the invitations of a batch that nobody has used, and the others as well where used says so.
func (s *Service) RevokeInvitations(ctx context.Context, challenge contest.ChallengeID, batch string, used bool) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeInvitations(challenge, batch, used); err != nil {
			return err
		}
		return tx.Audit(revoked(challenge, "batch "+batch))
	})
}

func revoked(challenge contest.ChallengeID, what string) store.Act {
	return store.Act{Action: "fan.invite_end", Object: "challenge/" + string(challenge), Note: what}
}

// UseInvitation makes the session's fan what the code says. The same fan may use it again. ErrInvitation says that the
// code is none of the challenge, or used by somebody else, or revoked; a *contest.Refusal, that the fan is banned.
func (s *Service) UseInvitation(ctx context.Context, session access.Session, code string) error {
	hash := hashCode(code)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := personOf(tx, session.TokenHash)
		if err != nil {
			return err
		}
		i, err := tx.Invitation(hash)
		if err != nil {
			return err
		}
		if i.Challenge != p.Challenge || !i.RevokedAt.IsZero() {
			return fmt.Errorf("use invitation: %w", ErrInvitation)
		}
		if i.Class == contest.InvitedVoter && p.Invited || i.Class == contest.JuryVoter && p.Jury {
			return nil // by this code or by another, and then this one stays unused
		}
		return tx.UseInvitation(hash, p.Fan.ID)
	})
	s.forgetSession(session.TokenHash)
	if errors.Is(err, store.ErrNotFound) {
		return ErrInvitation
	}
	return err
}
