package page

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

func TestAnEntrysPageSaysWhatPartnersMay(t *testing.T) {
	end := time.Date(2027, 11, 22, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	some := partner.Grant{Version: 1, Outlets: []partner.Outlet{partner.Weibo, partner.WeChat}, Until: end}
	all := partner.Grant{Version: 1, Outlets: partner.Outlets, Until: end}
	for _, c := range []struct {
		name   string
		grant  partner.Grant
		now    time.Time
		zh, en string
	}{
		{"some outlets", some, now, "授权至 2027年11月22日：微博、微信。", "until 22 November 2027: Weibo, WeChat."},
		{"all outlets", all, now, "可在所有平台转发", "on every channel"},
		{"over", all, end, "未授权合作伙伴转发", "may not repost"},
		{"never asked", partner.Grant{}, now, "未授权合作伙伴转发", "may not repost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := EntryView{
				Now: c.now, Challenge: night(), Rights: &c.grant,
				Entry: contest.Entry{ID: "e_1", Number: 7, Caption: "夜", Author: "阿明", Status: contest.Published, Photo: photo("e_1")},
			}
			p := renderer(t)
			for lang, want := range map[string]string{"zh-CN": c.zh, "en": c.en} {
				html := drawn(t, "/e/e_1?lang="+lang, func(w http.ResponseWriter, r *http.Request) error { return p.Entry(w, r, v) })
				if !strings.Contains(html, want) {
					t.Errorf("%s: the page lacks %q", lang, want)
				}
			}
		})
	}
}
