package page

import (
	"net/http"
	"strings"
	"testing"
)

func TestALettersLinkProposesToEndLettersLikeIt(t *testing.T) {
	p := renderer(t)
	v := StopView{Token: "t", Fan: true, Of: "won", Kinds: []LetterKind{{Name: "published", Wanted: true}, {Name: "won", Wanted: true}}}
	html := drawn(t, "/letters?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Stop(w, r, v) })
	if !strings.Contains(html, `value="published" checked`) || strings.Contains(html, `value="won" checked`) {
		t.Errorf("what is ticked:\n%s", html)
	}
	if want := "“Your photo won” is unticked."; !strings.Contains(html, want) {
		t.Errorf("the page lacks %q", want)
	}
	v.Of = ""
	html = drawn(t, "/letters?lang=en", func(w http.ResponseWriter, r *http.Request) error { return p.Stop(w, r, v) })
	if !strings.Contains(html, `value="won" checked`) {
		t.Error("a kind that cannot be ended is unticked")
	}
}
