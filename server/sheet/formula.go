package sheet

import (
	"regexp"
	"strings"
)

// starts are the characters with which spreadsheets begin a formula, the wide ones of Chinese and Japanese keyboards among them.
const starts = "=+-@＝＋－＠"

// number is a text that is nothing but a number. A formula it is not, whatever it begins with.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Harmless is a text that no spreadsheet takes for a formula, nor for a number with an exponent: one that would be taken so gets
// an apostrophe before it. Read takes it away again.
func Harmless(text string) string {
	if mistaken(text) {
		return "'" + text
	}
	return text
}

// revived is what Harmless was given.
func revived(text string) string {
	if rest, quoted := strings.CutPrefix(text, "'"); quoted && mistaken(rest) {
		return rest
	}
	return text
}

// mistaken reports whether a text needs the apostrophe: because it might run or change, or because it begins as a text that has
// got one.
func mistaken(text string) bool {
	if rest, quoted := strings.CutPrefix(text, "'"); quoted {
		return mistaken(rest)
	}
	visible := strings.TrimLeftFunc(text, func(r rune) bool { return blank(r) || unprintable(r) })
	return visible != "" && strings.ContainsRune(starts, []rune(visible)[0]) && !number.MatchString(visible) || float.MatchString(visible)
}
