package console

import (
	"strings"

	"fanfare/server/page"
)

// Programs and systems as browsers name them, what contains others first.
var (
	programs = [][2]string{
		{"MicroMessenger", "WeChat"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"MiuiBrowser", "Mi Browser"},
		{"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}, {"curl", "curl"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// deviceOf is what a browser calls itself, as its owner would.
func deviceOf(words *page.Context, agent string) string {
	program, system := named(programs, agent), named(systems, agent)
	switch {
	case program == "" && system == "":
		return words.T("device.unknown")
	case program == "" || system == "":
		return program + system
	}
	return words.T("device", "program", program, "system", system)
}

func named(names [][2]string, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
