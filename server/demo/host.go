package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"fanfare/server/demo/night"
)

//go:embed host
var hostFiles embed.FS

var hostTemplate = template.Must(template.ParseFS(hostFiles, "host/page.html"))

// hostPage is the page in one language.
type hostPage struct {
	Lang, OtherLang  string
	Embed, Challenge string
}

// Say chooses between the languages.
func (p hostPage) Say(zh, en string) string {
	if p.Lang == "zh-CN" {
		return zh
	}
	return en
}

// HostPage serves the page of another organisation that embeds the demo challenge from the server at embedBase, such as
// "http://127.0.0.1:8080". The page is as strict as a careful host's: its Content-Security-Policy allows what the widget
// needs, and no more.
func HostPage(embedBase string) http.Handler {
	policy := hostPolicy(embedBase)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		page := hostPage{Lang: hostLang(r), Embed: embedBase, Challenge: Slug}
		page.OtherLang = page.Say("en", "zh-CN")
		var body bytes.Buffer
		if err := hostTemplate.Execute(&body, page); err != nil {
			http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Vary", "Accept-Language")
		_, _ = w.Write(body.Bytes()) // a reader who left needs no answer
	})
	for _, name := range []string{"style.css", "icon.svg"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, hostFiles, "host/"+name)
		})
	}
	mux.HandleFunc("GET /river.jpg", func(w http.ResponseWriter, r *http.Request) {
		file, err := panorama()
		if err != nil {
			http.Error(w, "the picture cannot be drawn", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Cache-Control", "max-age=86400")
		http.ServeContent(w, r, "river.jpg", time.Time{}, bytes.NewReader(file))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "strict-origin-when-cross-origin")
		mux.ServeHTTP(w, r)
	})
}

// panorama is drawn when it is first asked for.
var panorama = sync.OnceValues(func() ([]byte, error) {
	return night.Encode(night.Panorama().Draw(), nikon.at("2026-11-13 18:20:00", 6, 1, 8, 100))
})

// hostPolicy allows scripts, calls, live updates and pictures from the server, and WebAssembly; pictures by blob: are the
// preview of a photo that a fan has chosen.
func hostPolicy(embed string) string {
	live := strings.Replace(embed, "http", "ws", 1)
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + embed + " 'wasm-unsafe-eval'",
		"connect-src " + embed + " " + live,
		"img-src 'self' blob: " + embed,
		"style-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// hostLang is the language asked for by the address, or else by the browser.
func hostLang(r *http.Request) string {
	lang := r.URL.Query().Get("lang")
	if lang == "" {
		lang = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(strings.ToLower(lang), "zh") {
		return "zh-CN"
	}
	return "en"
}
