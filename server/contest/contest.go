// Package contest is the domain of Fanfare: campaigns, challenges, entries, votes and the rules that join them.
//
// It knows what may happen and when; it refuses to know how anything is stored, sent or shown. Every rule is a plain
// function of its inputs, the time among them. Nothing here reads a clock, a file or a random source.
package contest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Identifiers are opaque strings, distinct types so that one cannot be passed for another.
type (
	CampaignID  string
	ChallengeID string
	EntryID     string
	FanID       string
	SiteID      string
	StaffID     string
	ConsentID   string
	ReportID    string
	TakedownID  string
	AppealID    string
	BanID       string
	BatchID     string
)

// EntryNumber numbers the entries of one challenge from 1 (参赛编号). Ranks, frames and keys use it.
type EntryNumber uint32

// Text is a sentence in both languages that users see.
type Text struct {
	ZH string `json:"zh-CN"`
	EN string `json:"en"`
}

// In returns the text in the language tag's language: Chinese for every tag that begins with "zh", English otherwise.
// Where that one is empty it returns the other.
func (t Text) In(lang string) string {
	first, second := t.EN, t.ZH
	if len(lang) >= 2 && (lang[:2] == "zh" || lang[:2] == "ZH") {
		first, second = t.ZH, t.EN
	}
	if first == "" {
		return second
	}
	return first
}

// Complete reports whether both languages are present.
func (t Text) Complete() bool { return t.ZH != "" && t.EN != "" }

// Choice is one of the cities or partners that a fan chooses from when entering.
type Choice struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Campaign holds challenges.
type Campaign struct {
	ID        CampaignID
	Name      Text
	CreatedAt time.Time
}

// Site is a web site that may embed a campaign's challenges.
type Site struct {
	ID       SiteID
	Campaign CampaignID
	Name     string
	// Origins are serialised web origins ("https://example.org"), compared byte for byte.
	Origins []string
	// Secret signs the site's JSON Web Tokens (HS256); empty where the site signs none.
	Secret string
	// OldSecret is the one before, which counts beside it until OldUntil; empty where there is none.
	OldSecret string
	OldUntil  time.Time
	CreatedAt time.Time
}

// Secrets are those that a token may be signed with.
func (s Site) Secrets(now time.Time) []string {
	if s.OldSecret != "" && now.Before(s.OldUntil) {
		return []string{s.Secret, s.OldSecret}
	}
	return []string{s.Secret}
}

// Fan is a person who enters and votes: an issuer's subject. Guests have the issuer "guest".
type Fan struct {
	ID        FanID
	Issuer    string
	Subject   string
	Name      string
	CreatedAt time.Time
}

// Consent is one version of a text that fans agree to. Its identifier is the hash of kind and text, so the identifier
// kept with an entry names the exact words.
type Consent struct {
	ID        ConsentID `json:"id"`
	Kind      string    `json:"kind"`
	Version   int       `json:"version"`
	Text      Text      `json:"text"`
	CreatedAt time.Time `json:"-"`
}

// ConsentHash is the identifier of a consent text: "c_" and the first 80 bits of SHA-256 over kind and both languages,
// in hexadecimal.
func ConsentHash(kind string, text Text) ConsentID {
	b, _ := json.Marshal([3]string{kind, text.ZH, text.EN}) // strings always marshal
	sum := sha256.Sum256(b)
	return ConsentID("c_" + hex.EncodeToString(sum[:10]))
}
