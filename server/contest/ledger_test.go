package contest

import (
	"maps"
	"testing"
)

// logOf writes a log from lines of kind, entry, fan and period.
func logOf(lines ...[4]string) []Leaf {
	leaves := make([]Leaf, len(lines))
	for i, l := range lines {
		leaves[i] = Leaf{Position: int64(i + 1), Kind: LeafKind(l[0]), Entry: EntryID(l[1]), Fan: FanID(l[2]), Period: l[3]}
	}
	return leaves
}

func TestFoldRecountsALog(t *testing.T) {
	for _, c := range []struct {
		name string
		log  []Leaf
		want map[EntryID]Tally
	}{
		{"an empty log", nil, map[EntryID]Tally{}},
		{"votes of two fans for two entries", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"cast", "b", "1", "d1"}, [4]string{"cast", "a", "2", "d1"},
		), map[EntryID]Tally{"a": {2, 3}, "b": {1, 2}}},
		{"the same vote twice counts once, where it was first", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"cast", "a", "1", "d1"},
		), map[EntryID]Tally{"a": {1, 1}}},
		{"the next day's vote counts too", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"cast", "a", "1", "d2"},
		), map[EntryID]Tally{"a": {2, 2}}},
		{"a vote taken back", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"cast", "a", "2", "d1"}, [4]string{"retract", "a", "2", "d1"},
		), map[EntryID]Tally{"a": {1, 1}}},
		{"the last vote taken back", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"retract", "a", "1", "d1"},
		), map[EntryID]Tally{}},
		{"a vote taken back and cast again is reached anew", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"retract", "a", "1", "d1"}, [4]string{"cast", "a", "1", "d1"},
		), map[EntryID]Tally{"a": {1, 3}}},
		{"taking back what was never cast", logOf(
			[4]string{"retract", "a", "1", "d1"}, [4]string{"cast", "a", "1", "d1"}, [4]string{"retract", "a", "1", "d2"}, [4]string{"retract", "b", "1", "d1"},
		), map[EntryID]Tally{"a": {1, 2}}},
		{"an unknown kind", logOf(
			[4]string{"cast", "a", "1", "d1"}, [4]string{"note", "a", "1", "d1"},
		), map[EntryID]Tally{"a": {1, 1}}},
	} {
		if got := Fold(c.log); !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAChangeIsTheEntrysPresentPlace(t *testing.T) {
	e := Entry{ID: "e_1", Challenge: "ch_1", Number: 7, Score: 3, Reached: 9, Version: 5, Status: Published}
	want := Change{Challenge: "ch_1", Entry: "e_1", Number: 7, Score: 3, Reached: 9, Version: 5, Visible: true}
	if got := e.Change(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, status := range []Status{Processing, Pending, Rejected, Withdrawn} {
		if e.Status = status; e.Change().Visible {
			t.Errorf("an entry that is %s is visible", status)
		}
	}
}
