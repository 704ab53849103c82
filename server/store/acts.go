package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Act is something that a member of staff did.
type Act struct {
	ID      string
	At      time.Time
	Staff   contest.StaffID // empty for whoever runs the machine
	Name    string          // theirs; set when it is read
	Action  string          // an area and a verb: "challenge.launch"
	Object  string          // what it was done to, a kind and an identifier: "challenge/c_…"; empty for the installation
	Note    string          // what else tells it from others of its kind
	Address string          // where it came from; empty where that is not known, or no longer
}

// maxNote is how much is kept of a note: a sentence or two.
const maxNote = 1000 // bytes

// Actor is who has an update done, and where they are.
type Actor struct {
	Staff   contest.StaffID // empty for nobody of the staff
	Address string
	Key     string // the name of their API key, where a program does it for them
}

type actorKey struct{}

// WithActor returns a context whose updates are somebody's.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf is whose an update is, as far as its context tells.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Audit keeps what a member of staff did, in the transaction that does it: the one whom the act names, or else whose update
// it is.
func (tx *Tx) Audit(a Act) error {
	a.Staff = cmp.Or(a.Staff, tx.actor.Staff)
	if tx.actor.Key != "" {
		a.Note = "API: " + tx.actor.Key + ", " + a.Note
	}
	if len(a.Note) > maxNote {
		a.Note = strings.ToValidUTF8(a.Note[:maxNote], "") + "…"
	}
	_, err := tx.exec("INSERT INTO acts (id, at, staff, action, object, note, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
		NewID("a_"), millis(tx.now), a.Staff, a.Action, a.Object, a.Note, tx.actor.Address)
	if err != nil {
		return fmt.Errorf("audit %s on %s: %w", a.Action, a.Object, err)
	}
	return nil
}

// ActQuery asks for a page of acts, the newest leading. What is empty is not asked for.
type ActQuery struct {
	Staff  contest.StaffID
	Area   string // what stands before the action's dot
	Object string
	From   time.Time
	Until  time.Time // exclusive
	After  string    // the Next of the page before; empty for the first
	Limit  int
}

// ActPage is a page of acts. Next is empty on the last one.
type ActPage struct {
	Acts []Act
	Next string
}

const actColumns = "a.id, a.at, a.staff, COALESCE(s.name, ''), a.action, a.object, a.note, a.address"

func scanAct(row scanner) (a Act, err error) {
	err = row.Scan(&a.ID, timeColumn{&a.At}, &a.Staff, &a.Name, &a.Action, &a.Object, &a.Note, &a.Address)
	return a, err
}

// Acts returns a page of what staff did.
func (tx *Tx) Acts(q ActQuery) (ActPage, error) {
	where, args := q.conditions()
	if q.After != "" {
		at, id, err := parseActCursor(q.After)
		if err != nil {
			return ActPage{}, fmt.Errorf("page acts: %w", err)
		}
		where, args = append(where, "(a.at, a.id) < (?, ?)"), append(args, at, id)
	}
	query := "SELECT " + actColumns + " FROM acts a LEFT JOIN staff s ON s.id = a.staff"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	acts, err := list(tx, scanAct, query+" ORDER BY a.at DESC, a.id DESC LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return ActPage{}, fmt.Errorf("page acts: %w", err)
	}
	p := ActPage{Acts: acts}
	if len(acts) > q.Limit {
		last := acts[q.Limit-1]
		p.Acts, p.Next = acts[:q.Limit], fmt.Sprintf("%d.%s", millis(last.At), last.ID)
	}
	return p, nil
}

func (q ActQuery) conditions() (where []string, args []any) {
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Staff != "" {
		add("a.staff = ?", q.Staff)
	}
	if q.Area != "" {
		add("a.action >= ? AND a.action < ?", q.Area+".", q.Area+"/") // "/" follows "."
	}
	if q.Object != "" {
		add("a.object = ?", q.Object)
	}
	if !q.From.IsZero() {
		add("a.at >= ?", millis(q.From))
	}
	if !q.Until.IsZero() {
		add("a.at < ?", millis(q.Until))
	}
	return where, args
}

func parseActCursor(cursor string) (at int64, id string, err error) {
	before, id, _ := strings.Cut(cursor, ".")
	if at, err = strconv.ParseInt(before, 10, 64); err != nil || id == "" {
		return 0, "", ErrCursor
	}
	return at, id, nil
}

// ForgetAddresses empties the addresses of acts before a time.
func (tx *Tx) ForgetAddresses(before time.Time) error {
	if _, err := tx.Exec("UPDATE acts SET address = '' WHERE at < ? AND address <> ''", millis(before)); err != nil {
		return fmt.Errorf("forget addresses of acts: %w", err)
	}
	return nil
}
