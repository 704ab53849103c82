package kpi

import "strings"

// bots are words of programs that are nobody's browser: crawlers, previews of links, monitors, libraries. Crawlers of good manners
// call themselves so; those of bad ones are not found by their names.
var bots = []string{
	"bot", "crawl", "spider", "slurp", "scrap", "archive", "preview", "headless", "phantomjs", "selenium", "puppeteer", "playwright",
	"lighthouse", "pagespeed", "monitor", "uptime", "pingdom", "statuscake", "check_http", "validator", "facebookexternalhit", "meta-external",
	"google-inspectiontool", "googleother", "mediapartners", "google-read-aloud", "apis-google", "feedfetcher", "ia_archiver", "embedly",
	"quora link", "skypeuripreview", "bitlybot", "vkshare", "whatsapp/", "iframely", "curl/", "wget/", "httpie/", "libwww", "python", "aiohttp",
	"httpx/", "go-http-client", "java/", "apache-httpclient", "node-fetch", "undici", "axios/", "got (", "guzzle", "okhttp", "ruby", "perl", "php/",
	"postman", "insomnia/", "http_request", "httpclient", "rest-client", "winhttp", "dalvik/",
}

// notBots are words of browsers that have one of the others in them: Cubot makes phones.
var notBots = strings.NewReplacer("cubot", "")

// Bot reports whether a program says of itself that it is nobody's browser, or says nothing. What it fetches is no visit.
func Bot(userAgent string) bool {
	name := notBots.Replace(strings.ToLower(userAgent))
	if strings.TrimSpace(name) == "" {
		return true
	}
	for _, word := range bots {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
