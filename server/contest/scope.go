package contest

import (
	"slices"
	"strconv"
	"strings"
)

// ScopeKind is a kind of board.
type ScopeKind string

// The kinds of boards of one challenge.
const (
	OverallBoard  ScopeKind = ""         // all entries
	CityBoard     ScopeKind = "city"     // the entries of one city; ID is the Choice's
	PartnerBoard  ScopeKind = "partner"  // likewise
	TagBoard      ScopeKind = "tag"      // the entries with one tag; ID is its key
	RisingBoard   ScopeKind = "rising"   // the entries by what they gained lately
	FriendsBoard  ScopeKind = "friends"  // some entries; ID is their numbers, rising, with a dot between two
	CitiesBoard   ScopeKind = "cities"   // the cities by the sums of their entries' scores, or, where ID is Average, by their means
	PartnersBoard ScopeKind = "partners" // likewise
)

// Average is the ID of boards of groups by the mean score of their entries.
const Average = "average"

// MinForAverage is how many entries a group must have for a place among averages: one photo with a hundred votes is no city's
// average.
const MinForAverage = 5

// MaxFriends is how many entries a board of friends compares at most.
const MaxFriends = 20

// MaxScope is how many bytes the name of a scope has at most: a kind, a slash and a tag's key.
const MaxScope = 16 + 4*MaxTagRunes

// Scope says which board of a challenge is meant. The zero value is the overall board. Scopes are comparable; those that ParseScope
// returns are equal where they mean the same board.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// String is the scope's name in addresses and rooms: "" for the overall board, "rising", "city/shanghai", "friends/3.12.45",
// "cities", "cities/average". ParseScope reads it.
func (s Scope) String() string {
	if s.ID == "" {
		return string(s.Kind)
	}
	return string(s.Kind) + "/" + s.ID
}

// ParseScope reads a scope's name; false for what is none. A tag is read as a fan may type it, and friends in any order.
func ParseScope(name string) (Scope, bool) {
	if len(name) > MaxScope {
		return Scope{}, false
	}
	kind, id, named := strings.Cut(name, "/")
	s := Scope{ScopeKind(kind), id}
	if named && id == "" {
		return Scope{}, false
	}
	switch s.Kind {
	case OverallBoard, RisingBoard:
		return s, !named
	case CityBoard, PartnerBoard:
		return s, named && !strings.Contains(id, "/")
	case CitiesBoard, PartnersBoard:
		return s, !named || id == Average
	case TagBoard:
		s.ID = TagKey(id)
	case FriendsBoard:
		s.ID = friends(id)
	default:
		return Scope{}, false
	}
	return s, s.ID != ""
}

// FriendsScope is the board of some entries; the zero Scope where there are none or too many.
func FriendsScope(numbers []EntryNumber) Scope {
	numbers = slices.Clone(numbers)
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if len(numbers) == 0 || len(numbers) > MaxFriends || numbers[0] == 0 {
		return Scope{}
	}
	var id []byte
	for i, n := range numbers {
		if i > 0 {
			id = append(id, '.')
		}
		id = strconv.AppendUint(id, uint64(n), 10)
	}
	return Scope{FriendsBoard, string(id)}
}

// friends is the one way to write a list of numbers; empty for what is no such list.
func friends(id string) string {
	var numbers []EntryNumber
	for text := range strings.SplitSeq(id, ".") {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return ""
		}
		numbers = append(numbers, EntryNumber(n))
	}
	return FriendsScope(numbers).ID
}

// Friends are the numbers of a board of friends, rising; nil for other boards.
func (s Scope) Friends() (numbers []EntryNumber) {
	if s.Kind != FriendsBoard {
		return nil
	}
	for text := range strings.SplitSeq(s.ID, ".") {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil
		}
		numbers = append(numbers, EntryNumber(n))
	}
	return numbers
}

// Groups reports whether the board's rows are groups of entries.
func (s Scope) Groups() bool { return s.Kind == CitiesBoard || s.Kind == PartnersBoard }

// HasBoard reports whether a challenge has the board: those of cities and partners it has by its terms, those of tags for
// each tag.
func (t Terms) HasBoard(s Scope) bool {
	has := func(list []Choice) bool {
		return slices.ContainsFunc(list, func(c Choice) bool { return c.ID == s.ID })
	}
	switch s.Kind {
	case CityBoard:
		return has(t.Cities)
	case PartnerBoard:
		return has(t.Partners)
	case CitiesBoard:
		return len(t.Cities) > 1
	case PartnersBoard:
		return len(t.Partners) > 1
	}
	return true
}
