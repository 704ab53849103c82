package board

import (
	"fmt"
	"testing"

	"fanfare/widget/api"
	"fanfare/widget/wire"
)

func frame(counter uint64, numbers ...uint64) *wire.Frame {
	f := &wire.Frame{Epoch: 7, Counter: counter, Entries: 40, Votes: 100}
	for i, n := range numbers {
		f.Rows = append(f.Rows, wire.Row{Number: n, Score: uint64(100 - i)})
		f.Cards = append(f.Cards, wire.Card{Number: n, Entry: fmt.Sprint("e_", n)})
	}
	return f
}

// snapshot has the entries in the order of their ranks.
func snapshot(numbers ...int64) []api.Row {
	var rows []api.Row
	for i, n := range numbers {
		rows = append(rows, api.Row{Entry: &api.Entry{Rank: int64(i + 1), Number: n, ID: fmt.Sprint("e_", n), Score: 9}})
	}
	return rows
}

func order(b *Board) string {
	s := ""
	for _, r := range b.Rows {
		s += fmt.Sprintf("%d:%s", r.Rank, r.Entry)
		if r.Rose {
			s += "^"
		}
		s += " "
	}
	return s
}

func expect(t *testing.T, b *Board, want string) {
	t.Helper()
	if got := order(b); got != want {
		t.Errorf("board: got %q, want %q", got, want)
	}
}

func TestFrameOrdersRowsAndTellsWhoRose(t *testing.T) {
	var b Board
	b.Apply(frame(1, 1, 2, 3))
	expect(t, &b, "1:e_1 2:e_2 3:e_3 ")
	b.Apply(frame(2, 3, 1, 4))
	expect(t, &b, "1:e_3^ 2:e_1 3:e_4^ ")
	b.Apply(frame(3, 3, 1, 4))
	expect(t, &b, "1:e_3 2:e_1 3:e_4 ")
	if b.Entries != 40 || b.Votes != 100 {
		t.Errorf("totals: got %d, %d", b.Entries, b.Votes)
	}
}

func TestOldAndRepeatedFramesAreNoNews(t *testing.T) {
	var b Board
	b.Apply(frame(5, 1, 2))
	for _, counter := range []uint64{5, 4} {
		if news, _ := b.Apply(frame(counter, 2, 1)); news {
			t.Errorf("counter %d was news", counter)
		}
	}
	restarted := frame(1, 2, 1)
	restarted.Epoch = 8
	if news, _ := b.Apply(restarted); !news {
		t.Error("a new epoch's first frame was no news")
	}
	expect(t, &b, "1:e_2^ 2:e_1 ")
}

func TestRowWithoutCardWaitsForTheSnapshot(t *testing.T) {
	var b Board
	f := frame(1, 1, 2, 3)
	f.Cards = f.Cards[:2]
	if _, missing := b.Apply(f); !missing {
		t.Error("the missing card was not told")
	}
	expect(t, &b, "1:e_1 2:e_2 ")
	b.Load(&api.Board{Rows: snapshot(3)}, true)
	expect(t, &b, "1:e_1 2:e_2 3:e_3^ ") // the snapshot may be older than the frame: only its cards count
	if _, missing := b.Apply(&wire.Frame{Epoch: 7, Counter: 2, Rows: f.Rows}); missing {
		t.Error("a card is missing after the snapshot")
	}
	expect(t, &b, "1:e_1 2:e_2 3:e_3 ")
}

func TestSnapshotIsTheBoardWhereNoFramesArrive(t *testing.T) {
	var b Board
	b.Load(&api.Board{Entries: 2, Rows: snapshot(3)}, false)
	b.Score("e_3", 10)
	if len(b.Rows) != 1 || b.Rows[0].Score != 10 || b.Entries != 2 {
		t.Errorf("got %+v", b)
	}
}

func TestCardsKeptStayBounded(t *testing.T) {
	var b Board
	for i := range uint64(5000) {
		b.Apply(frame(i+1, i+1, i+2))
	}
	if n := len(b.cards); n > maxCards {
		t.Errorf("cards: got %d, want at most %d", n, maxCards)
	}
	expect(t, &b, "1:e_5000^ 2:e_5001^ ")
}

func TestABoardThatShowsNothingHasNoRanksAndNobodyRises(t *testing.T) {
	var b Board
	b.Apply(frame(1, 1, 2))
	silent := frame(2, 2, 1, 3)
	silent.Shows = wire.ShowsNothing
	b.Apply(silent)
	expect(t, &b, "0:e_2 0:e_1 0:e_3 ")
	if b.Shows != wire.ShowsNothing {
		t.Errorf("shows %d", b.Shows)
	}
}

func TestPickedEntriesHaveTheRanksOfTheSnapshotInTheOrderOfTheFrame(t *testing.T) {
	b := Board{Kind: Picked}
	rows := snapshot(4, 9)
	rows[0].Rank, rows[1].Rank = 12, 345
	b.Load(&api.Board{Entries: 2, Rows: rows}, false)
	expect(t, &b, "12:e_4 345:e_9 ")
	if _, wants := b.Apply(frame(1, 9, 4)); !wants {
		t.Error("a frame moved friends, and no snapshot is asked for their ranks")
	}
	b.Load(&api.Board{Entries: 2, Rows: snapshot(9, 4)}, true)
	expect(t, &b, "1:e_9^ 2:e_4^ ")
}

func TestGroupsKeepTheirSizesAndHaveNoPlaceWhereTheSnapshotGivesNone(t *testing.T) {
	b := Board{Kind: Groups}
	f := &wire.Frame{Epoch: 7, Counter: 1, Entries: 40, Rows: []wire.Row{{Number: 2, Score: 90}, {Number: 1, Score: 70}, {Number: 3, Score: 80}}}
	if _, wants := b.Apply(f); !wants || len(b.Rows) != 0 {
		t.Fatalf("a first frame: got %d rows, wants a snapshot: %v", len(b.Rows), wants)
	}
	group := func(number, rank, members int64, id string) api.Row {
		return api.Row{Entry: &api.Entry{Number: number, Rank: rank}, Group: id, Members: members}
	}
	b.Load(&api.Board{Entries: 40, Rows: []api.Row{group(1, 1, 20, "wuhan"), group(2, 2, 19, "xian"), group(3, 0, 1, "harbin")}}, true)
	if _, wants := b.Apply(&wire.Frame{Epoch: 7, Counter: 2, Entries: 40, Rows: f.Rows}); wants {
		t.Error("a snapshot is asked for although no group grew")
	}
	got := ""
	for _, r := range b.Rows {
		got += fmt.Sprintf("%d:%s:%d:%d ", r.Rank, r.Group, r.Members, r.Score)
	}
	if want := "1:xian:19:90 2:wuhan:20:70 0:harbin:1:80 "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, wants := b.Apply(&wire.Frame{Epoch: 7, Counter: 3, Entries: 41, Rows: f.Rows}); !wants {
		t.Error("a group grew, and no snapshot is asked for")
	}
}
