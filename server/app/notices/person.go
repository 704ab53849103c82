package notices

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// dayLetter is when the letter of the day goes, in the campaign's time zone: people read it when they begin to work.
const dayLetter = 9 * time.Hour

// secretName is the secret that keys the hashes of addresses and the links that end letters.
const secretName = "notices"

// errNobody says that a notice names nobody.
var errNobody = errors.New("nobody is named")

// personOf names who a notice is for.
func personOf(tx *store.Tx, n Notice) (string, error) {
	switch {
	case n.Key == "":
		return "", errors.New("no key")
	case n.Fan != "":
		return store.FanPerson(n.Fan), nil
	case n.Staff != "":
		return store.StaffPerson(n.Staff), nil
	case n.To == "":
		return "", errNobody
	}
	hash, err := seal(tx, "address", strings.ToLower(n.To))
	return store.MailPerson(hash), err
}

// seal returns the keyed hash of a text, for a purpose.
func seal(tx *store.Tx, purpose, text string) (string, error) {
	secret, err := tx.Secret(secretName)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose + " " + text))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

func isFan(person string) bool { return strings.HasPrefix(person, store.FanPerson("")) }

// correspondent returns how a person wants letters, and whether they ever said.
func correspondent(tx *store.Tx, person string) (c store.Correspondent, known bool, err error) {
	c, err = tx.Correspondent(person)
	if errors.Is(err, store.ErrNotFound) {
		return store.Correspondent{Person: person}, false, nil
	}
	return c, err == nil, err
}

func isStaff(person string) bool { return strings.HasPrefix(person, store.StaffPerson("")) }

// recipientOf returns who gets a person's letters, and store.ErrNotFound where they are gone or want none.
func recipientOf(tx *store.Tx, n store.Notice) (r store.Correspondent, err error) {
	if r, _, err = correspondent(tx, n.Person); err != nil {
		return r, err
	}
	kind, id, _ := strings.Cut(n.Person, "/")
	switch kind {
	case "staff":
		member, err := tx.Staff(contest.StaffID(id))
		if err != nil {
			return r, err
		}
		r.Address = member.Email
	case "mail":
		r.Address = n.Address
	}
	if r.Address == "" {
		return r, fmt.Errorf("address of %s: %w", n.Person, store.ErrNotFound)
	}
	if r.Language == "" {
		r.Language = n.Language
	}
	return r, nil
}

// concernsOf returns what tells whether something is a person's concern by now: roles and partners change while letters wait.
func concernsOf(tx *store.Tx, person string, k Kind) (func(About) bool, error) {
	id, works := strings.CutPrefix(person, store.StaffPerson(""))
	if !works {
		return func(About) bool { return true }, nil
	}
	member, err := tx.Staff(contest.StaffID(id))
	role := access.Role(member.Role)
	if errors.Is(err, store.ErrNotFound) || err == nil && !slices.Contains(KindsFor(role), k) {
		return func(About) bool { return false }, nil
	}
	return func(a About) bool {
		return role != access.Partner || member.Campaign == a.Campaign && (a.Partner == "" || member.Partner == a.Partner)
	}, err
}

// due is when a notice is to go at the earliest.
func due(tx *store.Tx, n Notice) (time.Time, error) {
	if !n.Due.IsZero() || !n.Kind.digest() {
		if n.Due.IsZero() {
			return tx.Now(), nil
		}
		return n.Due, nil
	}
	plan, err := tx.Plan(n.About.Campaign)
	if err != nil {
		return time.Time{}, err
	}
	return nextDayLetter(tx.Now(), plan.TimeZone), nil
}

// nextDayLetter is the next time of the day's letter in a zone, UTC where the zone is unknown.
func nextDayLetter(now time.Time, zone string) time.Time {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	local := now.In(place)
	at := time.Date(local.Year(), local.Month(), local.Day(), int(dayLetter/time.Hour), 0, 0, 0, place)
	if !at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()+1, int(dayLetter/time.Hour), 0, 0, 0, place)
	}
	return at
}
