package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fanfare/server/contest"
)

func TestALettersLinkNamesItsSecretBehindTheHash(t *testing.T) {
	v := LetterView{Title: contest.Text{ZH: "夜景\r\nBcc: 恶意", EN: "Night <b>&\r\nBcc: eve@example.org"}, Code: "012345", Secret: "s3cret", Minutes: 15}
	for lang, want := range map[Lang][]string{
		English: {"012345 is your code for Night <b>& Bcc: eve@example.org", "https://photos.example.org/confirm?lang=en#s3cret", "15 minutes", "do nothing"},
		Chinese: {"验证码 012345：夜景 Bcc: 恶意", "https://photos.example.org/confirm?lang=zh-CN#s3cret", "15 分钟", "不必理会"},
	} {
		l, err := renderer(t).Letter(lang, v)
		if err != nil {
			t.Fatal(err)
		}
		if l.Subject != want[0] {
			t.Errorf("subject %q, want %q", l.Subject, want[0])
		}
		for _, part := range want[1:] {
			if !strings.Contains(l.Text, part) || !strings.Contains(l.HTML, part) {
				t.Errorf("%s: %q is missing in\n%s\n%s", lang, part, l.Text, l.HTML)
			}
		}
		if strings.Contains(l.HTML, "Night <b>") || strings.Contains(l.HTML, "{{") || strings.Contains(l.HTML, "{title}") {
			t.Errorf("%s is drawn as\n%s", lang, l.HTML)
		}
	}
}

func TestThePageThatConfirmsOnlyAsks(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/confirm?secret=x&lang=en", nil)
	w := httptest.NewRecorder()
	if err := renderer(t).Confirm(w, r, ConfirmAsked); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	wants(t, body, `<form method="post" action="/confirm?lang=en">`, `name="secret" data-fragment`, "Yes, it was me", `name="robots" content="noindex"`, "<noscript>")
	lacks(t, body, "secret=x\"", `value="x"`)
	for what, status := range map[Confirmed]int{ConfirmDone: 200, ConfirmEnded: 410, ConfirmTaken: 409, ConfirmBanned: 409, ConfirmDeparted: 409} {
		for _, lang := range Langs {
			w := httptest.NewRecorder()
			err := renderer(t).Confirm(w, httptest.NewRequest(http.MethodPost, "/confirm?lang="+string(lang), nil), what)
			if err != nil || w.Code != status || strings.Contains(w.Body.String(), "confirm."+string(what)) || strings.Contains(w.Body.String(), "<form") {
				t.Errorf("%s in %s: %d, %v\n%s", what, lang, w.Code, err, w.Body)
			}
		}
	}
}
