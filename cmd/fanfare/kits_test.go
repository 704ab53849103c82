package main

import (
	"archive/zip"
	"bytes"
	"image/jpeg"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fanfare/media/mediatest"
	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/outbound/smtptest"
	"fanfare/server/partner"
)

// office is an installation with an entry that fans chose Wuhan for, and people who work for Wuhan and for Macau.
type office struct {
	*installation
	mail                *smtptest.Office
	fan, entry          string
	admin, wuhan, macau string // Cookie headers
}

// partnerOf has somebody who works for a partner follow the letter that invites them.
func (o *office) partnerOf(by contest.StaffID, id kpi.PartnerID) string {
	o.t.Helper()
	return o.joined(by, string(id), staff.Post{Role: access.Partner, Campaign: o.challenge.Campaign, Partner: id})
}

// joined has somebody follow the letter that invites them, and returns their cookie.
func (o *office) joined(by contest.StaffID, name string, post staff.Post) string {
	o.t.Helper()
	must(o.app.staff.Invite(o.t.Context(), by, name+"@example.org", "en", post))(o.t)
	letter := <-o.mail.Letters
	link := joinInLetter.FindStringSubmatch(letter.Text)
	if link == nil || letter.To != name+"@example.org" {
		o.t.Fatalf("to %s:\n%s", letter.To, letter.Text)
	}
	token := must(url.QueryUnescape(link[1]))(o.t)
	return "fanfare_staff=" + must(o.app.staff.Accept(o.t.Context(), token, staff.Newcomer{Name: name, Password: adminPassword}))(o.t).Token
}

var joinInLetter = regexp.MustCompile(`/console/join\?token=([^\s&]+)`)

func openOffice(t *testing.T) *office {
	t.Helper()
	mail := smtptest.Open(t, false)
	o := &office{mail: mail, installation: install(t, func(c *contest.Challenge) {
		c.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉文旅", EN: "Wuhan Tourism"}}, {ID: "macau", Name: contest.Text{ZH: "澳门旅游", EN: "Macau"}}}
	}, "--rate-limits", "off", "--smtp", "smtp://"+mail.Address+"?starttls=off&from=night@fans.example")}
	o.admin = o.administrator()
	ada := must(o.app.staff.Members(t.Context()))(t)[0].ID
	o.wuhan, o.macau = o.partnerOf(ada, "wuhan"), o.partnerOf(ada, "macau")
	o.fan = o.guest()
	photo := mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(1600, 1200)), mediatest.EXIFSegment(mediatest.EXIF{
		Make: "Xiaomi", Owner: "An Owner", Serial: "SERIAL-4711", GPS: true,
	}))
	kind, body := o.form(photo, map[string]string{
		"caption": "江上的桥 #night", "author": "Li 李", "partner": "wuhan", "consents": string(o.challenge.Consents[0]),
	})
	r := o.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: o.fan, kind: kind, body: body})
	if r.Status != http.StatusCreated {
		t.Fatalf("submit: %d %s", r.Status, r.Text)
	}
	o.entry = r.text("id")
	o.eventually("the entry is published", func() bool { return o.get("/api/v1/entries/"+o.entry, "").Status == http.StatusOK })
	return o
}

// allow has the fan say on which outlets partners may repost.
func (o *office) allow(outlets string) {
	o.t.Helper()
	body := `{"outlets":[` + outlets + `],"consent":"` + string(partner.WordsID) + `"}`
	r := o.do(request{method: "PUT", path: "/api/v1/entries/" + o.entry + "/rights", token: o.fan, kind: "application/json", body: []byte(body)})
	if r.Status != http.StatusOK {
		o.t.Fatalf("allow %s: %d %s", outlets, r.Status, r.Text)
	}
}

// kit reads something of the entry's kit.
func (o *office) kit(cookie, rest string) reply {
	return o.do(request{method: "GET", path: "/console/partner/entries/" + o.entry + "/kit" + rest, header: map[string]string{"Cookie": cookie}})
}

// kitParts are all addresses of a kit.
var kitParts = []string{"", ".zip", "/x/post.jpg", "/x/qr.png", "/weibo/grid.jpg"}

func TestAKitHoldsEveryOutletsPicturesAndNothingThatTheCameraWrote(t *testing.T) {
	o := openOffice(t)
	o.allow(`"weibo","wechat","xiaohongshu","douyin","instagram","x","site"`)
	for _, part := range kitParts {
		if r := o.kit(o.wuhan, part); r.Status != http.StatusOK || r.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("kit%s: %d, %q", part, r.Status, r.Header.Get("Cache-Control"))
		}
	}
	files := unzipped(t, o.kit(o.wuhan, ".zip").Text)
	pictures := 0
	for name, content := range files {
		if !strings.HasSuffix(name, ".jpg") {
			continue
		}
		pictures++
		if _, err := jpeg.DecodeConfig(bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(content, []byte("Li 李")) {
			t.Errorf("%s does not say whose it is", name)
		}
		for _, mark := range []string{"Exif", "GPS", "An Owner", "SERIAL-4711", "Xiaomi"} {
			if bytes.Contains(content, []byte(mark)) {
				t.Errorf("%s says %q", name, mark)
			}
		}
	}
	if pictures != len(partner.Sizes) {
		t.Errorf("%d pictures, want %d", pictures, len(partner.Sizes))
	}
	link := strings.TrimSpace(string(files["night-1-kit/weibo/link.txt"]))
	if text := string(files["night-1-kit/weibo/text.zh-CN.txt"]); !strings.Contains(text, "摄影：Li 李") || !strings.Contains(text, link) || link == "" {
		t.Errorf("the text is %q, the link %q", text, link)
	}
}

// unzipped reads an archive.
func unzipped(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = must(io.ReadAll(content))(t)
	}
	return files
}

func TestWhatAFanDoesNotAllowHasNoKit(t *testing.T) {
	o := openOffice(t)
	gone := func(when, cookie string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if r := o.kit(cookie, part); r.Status != http.StatusNotFound {
				t.Errorf("%s: kit%s is %d, want 404", when, part, r.Status)
			}
		}
	}
	gone("before the fan said anything", o.wuhan, kitParts...)
	o.allow(`"weibo","x"`)
	gone("for another partner", o.macau, kitParts...)
	gone("on other outlets", o.wuhan, "/instagram/square.jpg", "/instagram/qr.png", "/x/nothing.jpg", "/nowhere/post.jpg")
	for name := range unzipped(t, o.kit(o.wuhan, ".zip").Text) {
		if folder := strings.Split(name, "/")[1]; folder != "weibo" && folder != "x" && folder != "rights.txt" {
			t.Errorf("the kit has %s", name)
		}
	}
	o.allow("")
	gone("once the fan took it back", o.wuhan, kitParts...)
	o.allow(`"weibo","x"`)
	if r := o.kit(o.wuhan, ""); r.Status != http.StatusOK {
		t.Fatalf("allowed again: %d", r.Status)
	}
	if r := o.do(request{method: "DELETE", path: "/api/v1/entries/" + o.entry, token: o.fan}); r.Status != http.StatusNoContent {
		t.Fatalf("withdraw: %d %s", r.Status, r.Text)
	}
	gone("once the entry was withdrawn", o.wuhan, kitParts...)
}
