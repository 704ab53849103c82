package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"fanfare/server/contest"
)

const (
	// MailboxIssuer stands for the issuer where a mailbox says who somebody is.
	MailboxIssuer = "mailbox"
	// siteIssuer begins the issuers whose subjects come again as the same. A guest is somebody new each time.
	siteIssuer = "site:"
)

// depart remembers of a fan who is to be erased which challenges they may not come back to.
func (tx *Tx) depart(f contest.Fan) error {
	if err := tx.silence(f.ID); err != nil {
		return err
	}
	challenges, err := tx.binding(f)
	if err != nil || len(challenges) == 0 {
		return err
	}
	known, err := tx.identities(f)
	for _, challenge := range challenges {
		for _, who := range known {
			if err == nil {
				err = tx.departFrom(challenge, who)
			}
		}
	}
	return err
}

// silence waits for the votes that are being cast where a fan has a pseudonym: those that it lets pass are seen by what comes
// after it, and later ones see what the transaction does to the fan.
func (tx *Tx) silence(fan contest.FanID) error {
	if tx.dialect == SQLite {
		if err := tx.settle(); err != nil {
			return err
		}
		tx.batch.forget() // and the next batch asks again who its voters are
		return nil
	}
	_, err := list(tx, scalar[contest.ChallengeID],
		"SELECT challenge FROM heads WHERE challenge IN (SELECT challenge FROM voters WHERE fan = ?) ORDER BY challenge FOR UPDATE", fan)
	return err
}

// asPerson is a fan, whose identifier is asked for twice, and the guests who turned out to be that fan. It says that became is
// not empty so that the index of those is taken.
const asPerson = "(SELECT id FROM fans WHERE id = ? UNION ALL SELECT id FROM fans WHERE became = ? AND became <> '')"

// personsVotes are the votes of a person that stand. SQLite takes the tables of a CROSS JOIN in their order: few rows first,
// and millions of votes only by their key.
const personsVotes = " FROM " + asPerson + ` p CROSS JOIN challenges c CROSS JOIN voters v CROSS JOIN votes o
	WHERE v.challenge = c.id AND v.fan = p.id AND o.challenge = v.challenge AND o.voter = v.voter AND o.position <> 0`

const selectBinding = "SELECT c.id" + personsVotes + " UNION SELECT challenge FROM bans WHERE lifted_at = 0 AND fan IN " + asPerson + " ORDER BY 1"

// binding lists the challenges in which votes of a fan stand, or a ban holds, who would be known again.
func (tx *Tx) binding(f contest.Fan) ([]contest.ChallengeID, error) {
	known, err := tx.identities(f)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	return list(tx, scalar[contest.ChallengeID], selectBinding, f.ID, f.ID, f.ID, f.ID)
}

func (tx *Tx) departFrom(challenge contest.ChallengeID, who identity) error {
	sealed, err := tx.sealed(challenge, who)
	if err == nil {
		_, err = tx.Exec("INSERT INTO departures (challenge, identity) VALUES (?, ?) ON CONFLICT (challenge, identity) DO NOTHING", challenge, sealed)
	}
	return err
}

// identity is who somebody is by the word of an issuer.
type identity struct{ issuer, subject string }

// identities returns by what a fan would be known again.
func (tx *Tx) identities(f contest.Fan) ([]identity, error) {
	scan := func(row scanner) (who identity, err error) {
		who.issuer = MailboxIssuer
		err = row.Scan(&who.subject)
		return who, err
	}
	known, err := list(tx, scan, "SELECT mailbox FROM mailboxes WHERE fan = ? ORDER BY mailbox", f.ID)
	if strings.HasPrefix(f.Issuer, siteIssuer) {
		known = append(known, identity{f.Issuer, f.Subject})
	}
	return known, err
}

// sealed is what is remembered of an identity: the same in no other challenge, and by trying names nobody finds out who went
// without the challenge's secret.
func (tx *Tx) sealed(challenge contest.ChallengeID, who identity) (string, error) {
	head, err := tx.Head(challenge)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, head.LogKey[:])
	mac.Write([]byte("departure\x00" + who.issuer + "\x00" + who.subject)) // neither text holds a NUL
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// Departed reports whether somebody had everything about themselves erased who left votes in a challenge, or a ban: as
// somebody new they would vote twice. A mailbox's issuer is MailboxIssuer and its key the subject.
func (tx *Tx) Departed(challenge contest.ChallengeID, issuer, subject string) (bool, error) {
	sealed, err := tx.sealed(challenge, identity{issuer, subject})
	var n int
	if err == nil {
		err = tx.one("SELECT COUNT(*) FROM departures WHERE challenge = ? AND identity = ?", []any{challenge, sealed}, &n)
	}
	if err != nil {
		return false, fmt.Errorf("look for departures from challenge %s: %w", challenge, err)
	}
	return n > 0, nil
}

// ForgetDepartures lets whoever left a challenge come back, once nothing can be voted for or entered there any more.
func (tx *Tx) ForgetDepartures(challenge contest.ChallengeID) error {
	if _, err := tx.Exec("DELETE FROM departures WHERE challenge = ?", challenge); err != nil {
		return fmt.Errorf("forget departures from challenge %s: %w", challenge, err)
	}
	return nil
}
