package panel

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/wire"
)

const friendsKept = "fanfare " + host + " night friends"

func (s *stand) addFriend(typed string) {
	s.T.Helper()
	s.typed("friend", typed)
	s.Fire(s.Doc.One("friend-form"), "submit", markup.Event{})
}

func TestALinkLeadsToTheBoardOfItsFriends(t *testing.T) {
	s := openBoards(t, map[string]string{"friends/3.12": scopeJSON("friends/3.12", 12, 3)}, func(_ *stand, o *port.Settings) { o.Friends = "12.3" })
	s.Conns[0].Opened()
	expect(t, "room", s.room(), "night/friends/3.12")
	expect(t, "rows", s.order(), "e_12 e_3")
	expect(t, "kept", s.Saved[friendsKept], "3.12")
	if strings.Contains(s.row(0).Attrs["class"], "hero") {
		t.Error("the first of a few friends is shown as one of the best of all")
	}
}

func TestFriendsAreAddedByNumberAndByLinkAndTakenAway(t *testing.T) {
	s := openBoards(t, map[string]string{
		"friends/2": scopeJSON("friends/2", 2), "friends/2.5.9": scopeJSON("friends/2.5.9", 5, 2, 9), "friends/2.9": scopeJSON("friends/2.9", 2, 9),
	}, func(s *stand, _ *port.Settings) {
		s.answers["GET challenges/night/entries/2/place"] = `{"entry":"e_2","number":2,"rank":2,"of":3}`
		s.answers["GET challenges/night/entries/5/place"] = `{"entry":"e_5","number":5,"rank":1,"of":3}`
	})
	s.Conns[0].Opened()
	s.tap("board-friends")
	contain(t, "board of nobody", s.Doc.One("board-empty").Words(), "type the number of one")
	expect(t, "room of nobody", s.room(), "night")
	s.frame(1, 1, 2, 3)
	if s.Doc.Has("row") {
		t.Error("rows of the overall board stand on the board of friends")
	}
	for _, typed := range []string{"", "nobody", "1 2", "/e/e_12"} {
		s.addFriend(typed)
		contain(t, typed, s.Doc.One("friend-form").Words(), "no photo with this number")
	}
	s.addFriend("77")
	contain(t, "a number that is not there", s.Doc.One("friend-form").Words(), "no photo with this number")
	s.addFriend("No. 2")
	expect(t, "rows", s.order(), "e_2")
	s.addFriend("https://host.example/page?a=8&fanfare-friends=5.9&b=7#e_6")
	expect(t, "rows after a link", s.order(), "e_5 e_2 e_9")
	expect(t, "kept", s.Saved[friendsKept], "2.5.9")
	s.click(s.in(s.row(0), "unfriend"))
	expect(t, "rows without one", s.order(), "e_2 e_9")
	expect(t, "focus", s.Focused, "board-friends")
	expect(t, "kept", s.Saved[friendsKept], "2.9")
}

func TestTheFansOwnPhotosStandAmongTheirFriendsAndInTheLink(t *testing.T) {
	s := openBoards(t, map[string]string{"friends/1.3": scopeJSON("friends/1.3", 3, 1), "friends/3": scopeJSON("friends/3", 3)}, func(s *stand, o *port.Settings) {
		o.Friends = "3"
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + entryJSON(1, "published") + `],"voted":[],"votes_left":5}`
	})
	expect(t, "rows", s.order(), "e_3 e_1")
	expect(t, "kept", s.Saved[friendsKept], "3")
	s.tap("copy-link")
	expect(t, "copied", strings.Join(s.Copied, " "), "fanfare-friends=1.3")
	contain(t, "notice", s.Doc.One("notice").Words(), "Copied")
	s.ByHand = "https://host.example/?fanfare-friends=1.3"
	s.tap("copy-link")
	expect(t, "to copy by hand", s.Doc.One("address").Value, s.ByHand)
}

func TestAPhotoLookedAtIsComparedByOneTouch(t *testing.T) {
	s := openBoards(t, nil, nil)
	s.click(s.in(s.row(0), "open"))
	s.tap("compare")
	expect(t, "kept", s.Saved[friendsKept], "3")
	if s.Doc.Has("compare") {
		t.Error("what is compared already is offered again")
	}
}

func TestRanksOfFriendsAreAskedForAgainWhenTheyMoved(t *testing.T) {
	s := openBoards(t, map[string]string{"friends/1.2": scopeJSON("friends/1.2", 2, 1)}, func(_ *stand, o *port.Settings) { o.Friends = "1.2" })
	s.Conns[0].Opened()
	const asked = "GET " + api1 + "challenges/night/board?limit=20&scope=friends%2F1.2"
	s.roomFrame("night/friends/1.2", 1, wire.Row{Number: 1, Score: 5}, wire.Row{Number: 2, Score: 4})
	s.Advance(2 * placePause)
	before := s.Count(asked)
	for counter := uint64(2); counter < 20; counter++ {
		s.roomFrame("night/friends/1.2", counter, wire.Row{Number: 1, Score: 5}, wire.Row{Number: 2, Score: 4})
	}
	s.Advance(2 * placePause)
	if n := s.Count(asked) - before; n != 1 {
		t.Errorf("asked %d times for the ranks after twenty frames, want once", n)
	}
}

func TestNumbersAreReadFromWhatFansTypeAndShare(t *testing.T) {
	for typed, want := range map[string][]int64{
		"12": {12}, "编号 12": {12}, "#12": {12}, "": nil, "0": nil, "12345678901": nil, "1.2": nil, "a/12": nil,
		"https://h/?fanfare-friends=3.12.3":      {3, 12},
		"https://h/?x=1&fanfare-friends=12#e_99": {12},
		"https://h/?fanfare-friends=":            nil, "https://h/?fanfare-friends=&x=4": nil,
	} {
		if got := typedNumbers(typed); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", typed, got, want)
		}
	}
	long := ""
	for n := range 5_000 {
		long += "." + strconv.Itoa(n)
	}
	if n := len(numbers(long)); n != maxFriends+1 {
		t.Errorf("of a link with very many numbers %d are read, want no more than show that they are too many", n)
	}
}
