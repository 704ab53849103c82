package notices

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"fanfare/server/store"
)

// ErrLink says that a link ends nobody's letters.
var ErrLink = errors.New("the link is none of ours")

// stopPurpose marks what is signed as a link that ends letters.
const stopPurpose = "stop"

// stopToken signs who gets letters and of which kind one was, for the link that ends them. It works as long as the installation's
// secret does: whoever finds an old letter must be able to end the newest.
func stopToken(tx *store.Tx, person string, k Kind) (string, error) {
	said := person + " " + string(k)
	hash, err := seal(tx, stopPurpose, said)
	return base64.RawURLEncoding.EncodeToString([]byte(said)) + "." + hash, err
}

// readStop returns who a link's letters go to, and the kind of the one it stood in. Error: ErrLink.
func readStop(tx *store.Tx, token string) (person string, k Kind, err error) {
	known, err := tx.KnowsSecret(secretName)
	if err == nil && !known { // no letter was ever written
		err = ErrLink
	}
	if err != nil {
		return "", "", err
	}
	coded, hash, _ := strings.Cut(token, ".")
	said, err := base64.RawURLEncoding.DecodeString(coded)
	if err != nil {
		return "", "", ErrLink
	}
	want, err := seal(tx, stopPurpose, string(said))
	if err != nil {
		return "", "", err
	}
	if !hmac.Equal([]byte(hash), []byte(want)) {
		return "", "", ErrLink
	}
	person, kind, _ := strings.Cut(string(said), " ")
	return person, Kind(kind), nil
}

// StopWishes returns what the person of a letter's link wants. Error: ErrLink.
func (s *Service) StopWishes(ctx context.Context, token string) (w Wishes, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error { // anybody may open the page, as often as they like
		person, kind, err := readStop(tx, token)
		if err != nil {
			return err
		}
		w, err = wishesOf(tx, person, kind)
		return err
	})
	return w, err
}

// Stop ends letters by a letter's link, and reports whether those were all: a fan's are, and the address is forgotten; to others those
// of the letter's kind. Error: ErrLink.
func (s *Service) Stop(ctx context.Context, token string) (all bool, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		person, kind, err := readStop(tx, token)
		if err != nil {
			return err
		}
		if all = isFan(person); all {
			return tx.RemoveCorrespondent(person)
		}
		c, _, err := correspondent(tx, person)
		if err != nil || !kind.Refusable() || slices.Contains(c.Refused, string(kind)) {
			return err
		}
		c.Refused = append(c.Refused, string(kind))
		return tx.SaveCorrespondent(c)
	})
	return all, err
}

// Choose has the person of a letter's link get letters of those kinds alone. Error: ErrLink.
func (s *Service) Choose(ctx context.Context, token string, wanted []Kind) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		person, kind, err := readStop(tx, token)
		if err != nil {
			return err
		}
		return choose(tx, person, kind, wanted, "")
	})
}
