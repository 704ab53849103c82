package page

import (
	"net/http"
	"strconv"
	"strings"
)

// Lang is a language of the pages.
type Lang string

// The languages.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Langs lists the languages in the order in which switches show them.
var Langs = []Lang{Chinese, English}

// maxAcceptLanguage bounds how much of the header is read; browsers send well under 200 bytes.
const maxAcceptLanguage = 1 << 10

// LangOf returns the language a request asks for: by ?lang=, else by Accept-Language, else English.
func LangOf(r *http.Request) Lang {
	if lang, ok := explicitLang(r); ok {
		return lang
	}
	return acceptedLang(r.Header.Get("Accept-Language"))
}

// explicitLang reads ?lang=. Links of a page keep it.
func explicitLang(r *http.Request) (Lang, bool) { return supported(r.URL.Query().Get("lang")) }

// supported maps a language tag to one of ours by its primary subtag.
func supported(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch primary {
	case "zh":
		return Chinese, true
	case "en":
		return English, true
	}
	return "", false
}

func acceptedLang(header string) Lang {
	header = header[:min(len(header), maxAcceptLanguage)]
	best, bestQ := English, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(part, ";")
		lang, ok := supported(tag)
		if !ok {
			continue
		}
		if q := quality(params); q > bestQ {
			best, bestQ = lang, q
		}
	}
	return best
}

func quality(params string) float64 {
	value, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !found {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}
