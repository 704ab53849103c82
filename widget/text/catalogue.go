//go:build !js

package text

import (
	_ "embed" // for sentences.txt
	"strings"
)

// Sentences holds both languages side by side, so that one cannot be forgotten. A browser is sent the one it needs.
//
//go:embed sentences.txt
var Sentences string

// Catalogue returns the sentences of a tag's language as a browser is sent them: a line each, in the order of the keys.
func Catalogue(tag string) string {
	column := 1
	if chinese(tag) {
		column = 2
	}
	var lines []string
	for line := range strings.Lines(Sentences) {
		if fields := strings.Split(strings.TrimSpace(line), " | "); len(fields) == 3 {
			lines = append(lines, fields[column])
		}
	}
	return strings.Join(lines, "\n")
}
