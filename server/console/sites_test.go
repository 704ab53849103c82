package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestASitesSecretIsShownOnce(t *testing.T) {
	d := open(t)
	w := d.do(http.MethodPost, "/console/sites", siteForm(d.launched(), "https://www.example.org/shop\nhttp://localhost:8080"))
	if w.Code != http.StatusCreated {
		t.Fatalf("got %d\n%s", w.Code, w.Body)
	}
	list, err := d.Campaigns.Sites(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("sites: %v, %v", list, err)
	}
	wants(t, w.Body.String(), list[0].Secret)
	later := d.get("/console/sites")
	if strings.Contains(later, list[0].Secret) {
		t.Error("the secret is shown again")
	}
	wants(t, later, "https://www.example.org", "http://localhost:8080")
	if strings.Contains(later, "/shop") {
		t.Error("an origin kept its path")
	}
}

func TestWhatIsNoOriginIsNamed(t *testing.T) {
	d := open(t)
	ch := d.launched()
	for _, typed := range []string{"", "example.org", "javascript:alert(1)", "https://a.example\nftp://b.example", "null"} {
		w := d.do(http.MethodPost, "/console/sites", siteForm(ch, typed))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="e-origins"`) {
			t.Errorf("%q: got %d", typed, w.Code)
		}
	}
	wants(t, d.do(http.MethodPost, "/console/sites", siteForm(ch, "https://a.example\nftp://b.example")).Body.String(), "“ftp://b.example” is not the address")
}

func TestRemovingASiteAsksOnce(t *testing.T) {
	d := open(t)
	d.do(http.MethodPost, "/console/sites", siteForm(d.launched(), "https://www.example.org"))
	list, err := d.Campaigns.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/console/sites/" + string(list[0].ID) + "/delete"
	wants(t, d.get(path), "https://www.example.org", `action="`+path+`"`)
	if after, _ := d.Campaigns.Sites(t.Context()); len(after) != 1 {
		t.Fatal("asking removed the site")
	}
	wants(t, d.get(d.post(path, nil)), "The site was removed.")
	if after, _ := d.Campaigns.Sites(t.Context()); len(after) != 0 {
		t.Error("the site is still there")
	}
	if w := d.do(http.MethodGet, path, nil); w.Code != http.StatusNotFound {
		t.Errorf("a removed site: %d", w.Code)
	}
}

func TestASetUpLinkMakesOneAdministrator(t *testing.T) {
	d := open(t)
	token, err := d.Staff.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.get("/console/setup?token="+token), `value="`+token+`"`, "At least 12 characters")
	form := url.Values{"token": {token}, "name": {"Ada"}, "email": {"ada@example.org"}, "password": {"short"}}
	w := d.do(http.MethodPost, "/console/setup", form)
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a short password: %d", w.Code)
	}
	wants(t, w.Body.String(), `value="ada@example.org"`, `id="e-password"`, "at least 12 characters")
	if strings.Contains(w.Body.String(), `"short"`) {
		t.Error("the password is sent back")
	}
	form.Set("password", "correct horse battery")
	w = d.do(http.MethodPost, "/console/setup", form)
	if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 {
		t.Fatalf("got %d, cookies %v", w.Code, w.Result().Cookies())
	}
	if w := d.do(http.MethodGet, "/console/setup?token="+token, nil); w.Code != http.StatusGone {
		t.Errorf("the link again: %d", w.Code)
	}
	if w := d.do(http.MethodPost, "/console/setup", form); w.Code != http.StatusGone {
		t.Errorf("the link again: %d", w.Code)
	}
	sign := url.Values{"email": {"ada@example.org"}, "password": {"wrong horse battery"}}
	w = d.do(http.MethodPost, "/console/sign-in", sign)
	if w.Code != http.StatusUnprocessableEntity || len(w.Result().Cookies()) != 0 {
		t.Errorf("a wrong password: %d", w.Code)
	}
	wants(t, w.Body.String(), `value="ada@example.org"`, "Mail address or password is wrong")
	sign.Set("password", "correct horse battery")
	if to := d.post("/console/sign-in", sign); to != "/console" {
		t.Errorf("signed in: sent to %s", to)
	}
}

func TestANewSecretIsShownOnceAndTheFormerOneEndsADayLater(t *testing.T) {
	d := open(t)
	d.do(http.MethodPost, "/console/sites", siteForm(d.launched(), "https://www.example.org"))
	list, err := d.Campaigns.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/console/sites/" + string(list[0].ID) + "/secret"
	wants(t, d.get("/console/sites"), `href="`+path+`"`)
	wants(t, d.get(path), `action="`+path+`"`, "another 24 hours")
	if asked, _ := d.Campaigns.Sites(t.Context()); asked[0].Secret != list[0].Secret {
		t.Fatal("asking drew a new secret")
	}
	w := d.do(http.MethodPost, path, nil)
	rotated, err := d.Campaigns.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	site, now := rotated[0], time.Now()
	if w.Code != http.StatusOK || site.Secret == list[0].Secret || site.OldSecret != list[0].Secret {
		t.Fatalf("got %d and %+v", w.Code, site)
	}
	wants(t, w.Body.String(), site.Secret, "The old secret keeps working for another 24 hours")
	if strings.Contains(w.Body.String(), site.OldSecret) || strings.Contains(d.get("/console/sites"), site.Secret) {
		t.Error("a secret is shown again")
	}
	if got := site.Secrets(now.Add(23 * time.Hour)); !slices.Equal(got, []string{site.Secret, site.OldSecret}) {
		t.Errorf("after 23 hours %v count", got)
	}
	if got := site.Secrets(now.Add(25 * time.Hour)); !slices.Equal(got, []string{site.Secret}) {
		t.Errorf("after 25 hours %v count", got)
	}
	if w := d.do(http.MethodPost, "/console/sites/s_none/secret", nil); w.Code != http.StatusNotFound {
		t.Errorf("a site that is not there: %d", w.Code)
	}
}
