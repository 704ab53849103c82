package console

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// withPlan is a campaign with two channels, a partner and a challenge.
func (d *desk) withPlan() contest.CampaignID {
	d.t.Helper()
	id := d.created(d.filled()).Campaign
	p := kpi.StartingPlan()
	p.Starts, p.Ends = d.now().Add(-10*24*time.Hour), d.now().Add(10*24*time.Hour)
	p.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}, {ID: "mail", Name: contest.Text{ZH: "邮件", EN: "Mail"}}}
	p.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "文旅武汉", EN: "Wuhan Tourism"}}, {ID: "beijing", Name: contest.Text{ZH: "文旅北京", EN: "Beijing Tourism"}}}
	if err := d.store.Update(d.t.Context(), func(tx *store.Tx) error { return tx.SavePlan(id, p) }); err != nil {
		d.t.Fatal(err)
	}
	return id
}

func TestLinksAreMadePrintedAndRetired(t *testing.T) {
	d := open(t)
	id := d.withPlan()
	page := d.get(linksPath(id))
	if !strings.Contains(page, "6 links are missing") {
		t.Errorf("the page does not say what is missing:\n%s", page)
	}
	d.post(linksPath(id)+"/missing", url.Values{"link_page": {"/c/night"}})
	page = d.get(linksPath(id))
	if n := strings.Count(page, `data-copy="l-`); n != 6 || strings.Contains(page, "are missing") {
		t.Errorf("%d links:\n%s", n, page)
	}
	if print := d.get(linksPath(id) + "/print"); strings.Count(print, "<svg class=\"qr\"") != 6 {
		t.Errorf("the page to print:\n%s", print)
	}
	own := d.post(linksPath(id), url.Values{"link_channel": {"mail"}, "link_target": {"https://shop.example.com/<b>"}, "link_label": {`"><script>alert(1)</script>`}})
	path, _, _ := strings.Cut(own, "?")
	if page := d.get(path); !strings.Contains(page, "&lt;script&gt;") || strings.Contains(page, "<script>alert") {
		t.Errorf("the link's page:\n%s", page)
	}
	d.post(path+"/retire", url.Values{"retired": {"1"}})
	if page := d.get(linksPath(id)); !strings.Contains(page, "One retired link") {
		t.Errorf("the retired link is not listed:\n%s", page)
	}
	if w := d.do(http.MethodGet, path+"/qr.svg", nil); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "<svg") || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the code: %d %s", w.Code, w.Header())
	}
	for _, target := range []string{"javascript:alert(1)", "http://shop.example.com", "//evil.example"} {
		if w := d.do(http.MethodPost, linksPath(id), url.Values{"link_channel": {"mail"}, "link_target": {target}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

// upload sends a file of figures.
func (d *desk) upload(id contest.CampaignID, source, content string) *httptest.ResponseRecorder {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := form.WriteField("source", source)
	if err == nil && content != "" {
		part, errPart := form.CreateFormFile("file", "x.csv")
		if err = errPart; err == nil {
			_, err = part.Write([]byte(content))
		}
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, reportedPath(id), &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r = r.WithContext(access.WithStaff(r.Context(), access.Staff{ID: "s_1", Name: "Ada", Role: access.Administrator}))
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return w
}

func TestAFileOfFiguresIsLookedAtBeforeItCounts(t *testing.T) {
	d := open(t)
	id := d.withPlan()
	day := kpi.StartingPlan().Day(d.now().Add(-24 * time.Hour))
	w := d.upload(id, "微博后台", "日期,渠道,曝光量\n"+day+",微博,1234\n"+day+",<i>QQ,5\n")
	page := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(page, "One figure will count.") || !strings.Contains(page, "&lt;i&gt;QQ") {
		t.Fatalf("%d\n%s", w.Code, page)
	}
	_, rest, _ := strings.Cut(page, reportedPath(id)+"/rb_")
	batch, _, _ := strings.Cut(rest, "/")
	d.post(reportedPath(id)+"/rb_"+batch+"/confirm", nil)
	if w := d.do(http.MethodPost, reportedPath(id)+"/rb_"+batch+"/confirm", nil); w.Code != http.StatusNotFound {
		t.Errorf("confirmed twice: %d", w.Code)
	}
	if page := d.get(reportedPath(id)); !strings.Contains(page, "微博后台") {
		t.Errorf("the list:\n%s", page)
	}
	d.post(reportedPath(id)+"/rb_"+batch+"/undo", nil)
	for want, w := range map[string]*httptest.ResponseRecorder{
		"Choose a file.": d.upload(id, "x", ""), "This is no CSV": d.upload(id, "x", "PK\x03\x04"), "Say who counted.": d.upload(id, "", "a,b\n1,2\n"),
	} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("want %q: %d\n%s", want, w.Code, w.Body)
		}
	}
	if w := d.do(http.MethodGet, reportedPath(id)+"-template/csv", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Wuhan Tourism") {
		t.Errorf("template: %d\n%s", w.Code, w.Body)
	}
}

func TestAPartnerSeesTheirOwnLinksAlone(t *testing.T) {
	d := open(t)
	id := d.withPlan()
	d.post(linksPath(id)+"/missing", url.Values{"link_page": {"/c/night"}})
	get := func(path string, partner kpi.PartnerID) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r = r.WithContext(access.WithStaff(r.Context(), access.Staff{ID: "s_2", Role: access.Partner, Campaign: id, Partner: partner}))
		w := httptest.NewRecorder()
		d.mux.ServeHTTP(w, r)
		return w
	}
	page := get("/console/partner/links", "wuhan").Body.String()
	if strings.Count(page, `data-copy="l-`) != 2 || !strings.Contains(page, "Wuhan Tourism") || strings.Contains(page, "Beijing") {
		t.Errorf("the partner's page:\n%s", page)
	}
	if page := get("/console/partner/links", "").Body.String(); strings.Contains(page, `data-copy="l-`) {
		t.Errorf("a partner of nobody sees links:\n%s", page)
	}
	_, rest, _ := strings.Cut(page, "/console/partner/qr/")
	code, _, _ := strings.Cut(rest, `"`)
	if w := get("/console/partner/qr/"+code, "wuhan"); w.Code != http.StatusOK {
		t.Errorf("their own code: %d", w.Code)
	}
	if w := get("/console/partner/qr/"+code, "beijing"); w.Code != http.StatusNotFound {
		t.Errorf("another partner's code: %d", w.Code)
	}
}
