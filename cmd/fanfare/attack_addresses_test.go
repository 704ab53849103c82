package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Whatever stands in an address in the place of a name is answered, and never as an error of our own.
func TestNoNameInAnAddressBreaksAPage(t *testing.T) {
	o := openOffice(t)
	o.planned()
	campaign := "/console/campaigns/" + string(o.challenge.Campaign)
	for _, name := range []string{"\x00", "\xff\xfe", "'; --", "../..", strings.Repeat("夜", 1000), "a b", "-1"} {
		in := url.PathEscape(name)
		typed := url.QueryEscape(name)
		for _, path := range []string{
			"/c/" + in + "/feed.rss", "/c/night/feed." + in, "/c/night/feed.json?board=" + typed, "/c/night/feed.json?board=city/" + typed, "/c/night/partners/" + in + "/feed.atom",
			"/oembed?url=" + typed, "/oembed?url=" + url.QueryEscape(o.url+"/e/"+in), "/oembed?format=" + typed, "/e/" + in, "/letters?t=" + typed, "/r/" + in, "/r/" + in + "/report.zip",
			"/t/" + in, "/api/v1/entries/" + in + "/rights", "/console/join?token=" + typed,
		} {
			if r := o.do(request{method: "GET", path: path, raw: true}); r.Status == 0 || r.Status >= http.StatusInternalServerError && r.Status != http.StatusNotImplemented {
				t.Errorf("%.120s: %d", path, r.Status)
			}
		}
		for _, path := range []string{
			"/console/partner/entries/" + in + "/kit", "/console/partner/entries/" + in + "/kit.zip", "/console/partner/entries/" + o.entry + "/kit/" + in + "/post.jpg",
			"/console/partner/entries/" + o.entry + "/kit/x/" + in,
			campaign + "/orders?q=" + typed, campaign + "/orders/" + in, campaign + "/orders/files/" + in, campaign + "/orders/files?shop=" + typed, campaign + "/orders/shops/" + in,
			campaign + "/reposts?partner=" + typed, campaign + "/archive.zip?lang=" + typed, "/console/campaigns/" + in + "/report", "/console/webhooks/" + in, "/console/audit?area=" + typed,
		} {
			for who, cookie := range map[string]string{"administrator": o.admin, "partner": o.wuhan} {
				r := o.do(request{method: "GET", path: path, raw: true, header: map[string]string{"Cookie": cookie}})
				if r.Status == 0 || r.Status >= http.StatusInternalServerError {
					t.Errorf("%s at %.120s: %d", who, path, r.Status)
				}
			}
		}
	}
}
