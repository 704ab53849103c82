package page

import (
	"strings"
	"testing"

	"fanfare/server/contest"
)

func noticeOf(t *testing.T, v NoticeView) Letter {
	t.Helper()
	l, err := renderer(t).NoticeLetter(English, v)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told is an entry that a letter tells of.
func told(id contest.EntryID, path string) NoticeItem {
	e := contest.Entry{ID: id, Number: 3, Caption: "Blue hour", Author: "Lin", Photo: photo(string(id))}
	return NoticeItem{Challenge: night(), Entry: e, Photo: true, Path: path}
}

func TestALettersButtonSaysWhereItLeads(t *testing.T) {
	one, other := told("e_1", "/console/partner/entries/e_1/kit"), told("e_2", "/console/partner/entries/e_2/kit")
	for _, c := range []struct {
		items []NoticeItem
		want  string
	}{
		{[]NoticeItem{one}, "Open the kit\nhttps://photos.example.org/console/partner/entries/e_1/kit?lang=en"},
		{[]NoticeItem{one, other}, "Open the desk\nhttps://photos.example.org/console?lang=en"},
	} {
		if l := noticeOf(t, NoticeView{Kind: "board", Staff: true, Items: c.items}); !strings.Contains(l.Text, c.want) {
			t.Errorf("%d photos: want %q in\n%s", len(c.items), c.want, l.Text)
		}
	}
}

func TestWhatALetterIsAboutComesBeforeItsPhoto(t *testing.T) {
	l := noticeOf(t, NoticeView{Kind: "published", Fan: true, Items: []NoticeItem{told("e_1", "/e/e_1")}})
	lead, picture := strings.Index(l.HTML, "Your photo is live."), strings.Index(l.HTML, "<img")
	if lead < 0 || picture < lead {
		t.Errorf("the words stand at %d, the photo at %d", lead, picture)
	}
}

func TestFansAreNotToldWhoTookTheirOwnPhoto(t *testing.T) {
	item := told("e_1", "")
	if l := noticeOf(t, NoticeView{Kind: "won", Fan: true, Items: []NoticeItem{item}}); strings.Contains(l.Text, "Lin") {
		t.Errorf("it says so: %s", l.Text)
	}
	if l := noticeOf(t, NoticeView{Kind: "board", Staff: true, Items: []NoticeItem{item}}); !strings.Contains(l.Text, "by Lin") {
		t.Errorf("a partner is not told: %s", l.Text)
	}
}
