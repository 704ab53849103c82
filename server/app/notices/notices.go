// Package notices tells people by letters what concerns them: fans what became of their photos, partners what they may repost and
// what they have to take down, staff what waits for them. It knows whom a letter goes to, that nothing is told twice and that nobody
// gets more than is good; it refuses to know what a letter looks like and how it travels.
//
// A notice is committed with what it tells of. What waits for one person under one topic becomes one letter, which is written from
// the rows as they are when it goes: of what is not so any more nobody is told.
package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Kind says what a notice is about.
type Kind string

// The kinds, by who gets them. Decided goes to people without an account, who asked for a photo to be taken away.
const (
	Received  Kind = "received" // fans
	Published Kind = "published"
	Rejected  Kind = "rejected"
	Won       Kind = "won"
	Reposted  Kind = "reposted"

	Board    Kind = "board"    // partners: entries that they may repost, once a day
	Reminder Kind = "reminder" // winners that they may repost and did not, once a day
	Takedown Kind = "takedown" // posts of theirs that show what they may show no more

	Decided Kind = "decided"

	Queue      Kind = "queue"   // staff
	Danger     Kind = "danger"  // at this rate a target will be missed
	Down       Kind = "down"    // a backend does not answer
	WebhookOff Kind = "webhook" // an endpoint was switched off, because it answered nothing for days
	Report     Kind = "report"
)

// digest reports whether notices of a kind wait for the day's letter.
func (k Kind) digest() bool { return k == Board || k == Reminder }

// Notice is what one person is to be told.
type Notice struct {
	Key string // unique for all times: what was told of under a key is never told again

	// One of these says who is told: a fan who asked for letters, somebody who works at the console, or an address without an account.
	Fan   contest.FanID
	Staff contest.StaffID
	To    string

	Language string // for whom none is known
	Kind     Kind
	Due      time.Time // zero: now, and for what comes once a day with the next letter of the day
	About    About
}

// About says what a notice is about. Only what its kind needs is set; what can be read from the tables when the letter is written is
// given by its identifier.
type About struct {
	Campaign contest.CampaignID `json:"campaign,omitempty"`
	Entry    contest.EntryID    `json:"entry,omitempty"`
	Repost   partner.RepostID   `json:"repost,omitempty"`
	Partner  kpi.PartnerID      `json:"partner,omitempty"`
	// Request is what somebody asked for, and At when it was decided.
	Request contest.TakedownID `json:"request,omitempty"`
	At      time.Time          `json:"at,omitzero"`
	// Title is what the letter is about where it is no entry: a target, a backend, a report.
	Title contest.Text `json:"title,omitzero"`
	// Lines are more sentences of the letter.
	Lines []contest.Text `json:"lines,omitempty"`
	// Path is of the page that the letter's button opens, where it is not the kind's own.
	Path string `json:"path,omitempty"`
	// Count is how many wait, or how many hours.
	Count int `json:"count,omitempty"`
}

// letterJob writes and sends what waits for a person under a topic.
const letterJob = "notice"

// How letters are sent.
const (
	letterWorkers = 4
	letterLease   = 90 * time.Second // longer than a conversation with a mail server
)

// Service carries out the use cases.
type Service struct {
	store *store.Store
	queue *job.Queue
	mail  *Mail // nil where no mail server is configured
}

// Mail is what sending letters takes.
type Mail struct {
	// Send hands a letter to a mail server. It returns nil also where that will never take it.
	Send func(context.Context, Letter) error
}

// New returns a service that sends nothing yet.
func New(s *store.Store, queue *job.Queue) *Service { return &Service{store: s, queue: queue} }

// WriteBy has letters sent. Without it nobody is told anything, and nothing is kept for later. Call it before the queue runs.
func (s *Service) WriteBy(m Mail) {
	s.mail = &m
	s.queue.Handle(letterJob, letterWorkers, letterLease, s.deliver)
}

// Writes reports whether letters can be sent.
func (s *Service) Writes() bool { return s.mail != nil }

// Send has somebody told, as part of the transaction that does what they are told of. A key that was sent before is not sent again;
// nor is anything to a fan who asked for no letters, or to whom refused the kind.
func (s *Service) Send(tx *store.Tx, n Notice) error {
	if s.mail == nil {
		return nil
	}
	person, err := personOf(tx, n)
	if err != nil {
		return fmt.Errorf("send notice %s: %w", n.Key, err)
	}
	wanted, err := wants(tx, person, n.Kind)
	if err != nil || !wanted {
		return err
	}
	about, err := json.Marshal(n.About)
	if err != nil {
		return fmt.Errorf("send notice %s: %w", n.Key, err)
	}
	row := store.Notice{
		Key: n.Key, Person: person, Topic: topicOf(n), Kind: string(n.Kind), Address: n.To, Language: n.Language, About: string(about), DueAt: n.Due,
	}
	if row.DueAt, err = due(tx, n); err != nil {
		return err
	}
	isNew, err := tx.InsertNotice(row)
	if err != nil || !isNew {
		return err
	}
	return s.arm(tx, person, row.Topic, row.DueAt)
}

// arm has what waits for a person under a topic looked at at a time.
func (s *Service) arm(tx *store.Tx, person, topic string, at time.Time) error {
	return s.queue.Insert(tx, job.Job{Kind: letterJob, Key: person + " " + topic, RunAt: at})
}

// topicOf names what may stand in one letter: notices of a kind, and each report and each answer by itself.
func topicOf(n Notice) string {
	if n.Kind == Report || n.Kind == Decided {
		return string(n.Kind) + " " + n.Key
	}
	return string(n.Kind)
}

// wants reports whether a person wants letters of a kind: fans are asked first, the others until they refuse.
func wants(tx *store.Tx, person string, k Kind) (bool, error) {
	c, known, err := correspondent(tx, person)
	if err != nil || !known && isFan(person) {
		return false, err
	}
	return !refuses(c.Refused, k), nil
}
