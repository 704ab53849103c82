package console

import (
	"strings"

	"fanfare/server/contest"
)

// choiceParts is how many parts a line of choices has: id | 中文 | English.
const choiceParts = 3

// parseChoices reads one choice a line. A line that is not one is told by its number; 0 means that all are.
func parseChoices(text string) (choices []contest.Choice, badLine int) {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.ReplaceAll(line, "｜", "|"))
		if line == "" {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != choiceParts {
			return nil, i + 1
		}
		choice := contest.Choice{
			ID:   strings.TrimSpace(parts[0]),
			Name: contest.Text{ZH: strings.TrimSpace(parts[1]), EN: strings.TrimSpace(parts[2])},
		}
		if choice.ID == "" || !choice.Name.Complete() {
			return nil, i + 1
		}
		choices = append(choices, choice)
	}
	return choices, 0
}

func formatChoices(choices []contest.Choice) string {
	var b strings.Builder
	for _, c := range choices {
		b.WriteString(c.ID + " | " + c.Name.ZH + " | " + c.Name.EN + "\n")
	}
	return b.String()
}

// lines splits a text into its lines that say something.
func lines(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
