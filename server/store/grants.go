package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

const grantColumns = "g.entry, g.version, g.challenge, g.outlets, g.until, g.at, g.text"

func scanGrant(row scanner) (g partner.Grant, err error) {
	err = row.Scan(&g.Entry, &g.Version, &g.Challenge, jsonColumn{&g.Outlets}, timeColumn{&g.Until}, timeColumn{&g.At}, &g.Text)
	return g, err
}

// The statements about the newest grants.
const (
	newestGrant = " AND g.version = (SELECT MAX(version) FROM grants WHERE entry = g.entry)"
	endedGrants = "SELECT " + grantColumns + " FROM grants g WHERE g.until > 0 AND (g.until, g.entry) > (?, ?) AND g.until <= ?" + newestGrant +
		" ORDER BY g.until, g.entry LIMIT ?"
)

// SaveGrant stores what a fan allows by now, as the entry's next grant, and returns it with its version and time. Call it in an update
// of the entry's challenge.
func (tx *Tx) SaveGrant(g partner.Grant) (partner.Grant, error) {
	last, err := tx.Grant(g.Entry)
	if err == nil {
		err = tx.mustBeIn(g.Challenge)
	}
	if err == nil {
		g.Version, g.At = last.Version+1, tx.now
		_, err = tx.Exec("INSERT INTO grants (entry, version, challenge, outlets, until, at, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
			g.Entry, g.Version, g.Challenge, asJSON{outlets(g)}, millis(g.Until), millis(g.At), g.Text)
	}
	if err != nil {
		return g, fmt.Errorf("save grant of entry %s: %w", g.Entry, err)
	}
	return g, nil
}

// outlets are never null in the table.
func outlets(g partner.Grant) []partner.Outlet { return append([]partner.Outlet{}, g.Outlets...) }

// Grant returns what the fan said last about reposting an entry; the zero Grant where they never said anything.
func (tx *Tx) Grant(entry contest.EntryID) (partner.Grant, error) {
	g, err := first(tx, scanGrant, "SELECT "+grantColumns+" FROM grants g WHERE g.entry = ? ORDER BY g.version DESC LIMIT 1", entry)
	if errors.Is(err, ErrNotFound) {
		return partner.Grant{}, nil
	}
	if err != nil {
		return g, fmt.Errorf("read grant of entry %s: %w", entry, err)
	}
	return g, nil
}

// Grants lists all that the fan ever said about reposting an entry, the newest first.
func (tx *Tx) Grants(entry contest.EntryID) ([]partner.Grant, error) {
	grants, err := list(tx, scanGrant, "SELECT "+grantColumns+" FROM grants g WHERE g.entry = ? ORDER BY g.version DESC", entry)
	if err != nil {
		return nil, fmt.Errorf("list grants of entry %s: %w", entry, err)
	}
	return grants, nil
}

// GrantsOf returns the newest grant of each of some entries. Those whose fan never said anything are not in it, so that reading one
// of them gives the zero Grant.
func (tx *Tx) GrantsOf(entries []contest.EntryID) (map[contest.EntryID]partner.Grant, error) {
	newest := make(map[contest.EntryID]partner.Grant, len(entries))
	if len(entries) == 0 {
		return newest, nil
	}
	in, args := among(entries)
	grants, err := list(tx, scanGrant, "SELECT "+grantColumns+" FROM grants g WHERE g.entry IN "+in+newestGrant, args...)
	if err != nil {
		return nil, fmt.Errorf("read grants of %d entries: %w", len(entries), err)
	}
	for _, g := range grants {
		newest[g.Entry] = g
	}
	return newest, nil
}

// GrantsEnded lists newest grants whose term was over by a time, behind a grant in the order of their ends; the zero Grant for the first.
func (tx *Tx) GrantsEnded(by time.Time, after partner.Grant, limit int) ([]partner.Grant, error) {
	grants, err := list(tx, scanGrant, endedGrants, millis(after.Until), after.Entry, millis(by), limit)
	if err != nil {
		return nil, fmt.Errorf("list ended grants: %w", err)
	}
	return grants, nil
}
