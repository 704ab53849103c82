package page

import (
	"strings"
	"testing"

	"fanfare/server/contest"
)

func TestAnInvitationSaysForWhomAndAsWhat(t *testing.T) {
	partner := StaffLetterView{
		Host: "photos.example.org", Invites: true, By: "Ada\nLin", Role: "partner", Path: "/console/join?token=x", Hours: 72,
		Partner: contest.Text{ZH: "武汉文旅", EN: "Wuhan & Tourism"}, Campaign: contest.Text{ZH: "夜景", EN: "Night views"},
	}
	moderator := StaffLetterView{Host: partner.Host, Invites: true, By: "Ada", Role: "moderator", Path: partner.Path, Hours: 72}
	for _, c := range []struct {
		lang Lang
		v    StaffLetterView
		want string
	}{
		{English, partner, "Ada Lin invites you to work for Wuhan & Tourism in the campaign “Night views”, at the Fanfare console of photos.example.org, as a partner."},
		{Chinese, partner, "Ada Lin 邀请你加入 photos.example.org 的 Fanfare 管理后台，在活动“夜景”中代表“武汉文旅”，角色为合作伙伴。"},
		{English, moderator, "Ada invites you to work with them at the Fanfare console of photos.example.org, as a moderator."},
		{Chinese, moderator, "Ada 邀请你加入 photos.example.org 的 Fanfare 管理后台，角色为审核。"},
	} {
		l, err := renderer(t).StaffLetter(c.lang, c.v)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(l.Text, c.want) {
			t.Errorf("%s: want %q in\n%s", c.lang, c.want, l.Text)
		}
		if !strings.Contains(l.HTML, strings.ReplaceAll(c.want, "&", "&amp;")) {
			t.Errorf("%s: want %q in\n%s", c.lang, c.want, l.HTML)
		}
	}
}

func TestEveryRoleHasWordsInItsInvitation(t *testing.T) {
	words := renderer(t).messages
	for _, role := range []string{"administrator", "marketer", "moderator", "partner"} {
		if !words.Has("staff_letter.role." + role) {
			t.Errorf("%s has none", role)
		}
	}
}
