package contest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAChallengeThatLacksNothingMayBeLaunched(t *testing.T) {
	if got := night().Validate(at(7, 0)); got != nil {
		t.Errorf("got problems %v", got)
	}
}

func TestValidateNamesWhatStandsInTheWay(t *testing.T) {
	text := Text{ZH: "一", EN: "One"}
	for _, c := range []struct {
		name   string
		change func(*Challenge)
		want   Problem // zero: none
	}{
		{"no slug", func(c *Challenge) { c.Slug = "" }, Problem{"slug", "invalid"}},
		{"a slug of one letter", func(c *Challenge) { c.Slug = "a" }, Problem{}},
		{"a slug of 40 letters", func(c *Challenge) { c.Slug = strings.Repeat("a", 40) }, Problem{}},
		{"a slug of 41 letters", func(c *Challenge) { c.Slug = strings.Repeat("a", 41) }, Problem{"slug", "invalid"}},
		{"a slug in upper case", func(c *Challenge) { c.Slug = "Night" }, Problem{"slug", "invalid"}},
		{"a slug with a hyphen at its end", func(c *Challenge) { c.Slug = "night-" }, Problem{"slug", "invalid"}},
		{"a slug with a slash", func(c *Challenge) { c.Slug = "a/b" }, Problem{"slug", "invalid"}},
		{"a slug and a line's end", func(c *Challenge) { c.Slug = "night\n" }, Problem{"slug", "invalid"}},
		{"no hashtag", func(c *Challenge) { c.Hashtag = "#" }, Problem{"hashtag", "invalid"}},
		{"a title in one language", func(c *Challenge) { c.Title.EN = "" }, Problem{"title", "both_languages"}},
		{"a brief in one language", func(c *Challenge) { c.Brief.ZH = "" }, Problem{"brief", "both_languages"}},
		{"no time zone", func(c *Challenge) { c.TimeZone = "" }, Problem{"time_zone", "invalid"}},
		{"an unknown time zone", func(c *Challenge) { c.TimeZone = "Asia/Chongking" }, Problem{"time_zone", "invalid"}},
		{"the machine's own time zone", func(c *Challenge) { c.TimeZone = "Local" }, Problem{"time_zone", "invalid"}},
		{"a path for a time zone", func(c *Challenge) { c.TimeZone = "../etc/passwd" }, Problem{"time_zone", "invalid"}},
		{"entries never open", func(c *Challenge) { c.Entries.Opens = time.Time{} }, Problem{"entries", "order"}},
		{"entries open for no time", func(c *Challenge) { c.Entries.Closes = c.Entries.Opens }, Problem{"entries", "order"}},
		{"entries without an end", func(c *Challenge) { c.Entries.Closes = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) }, Problem{"entries", "order"}},
		{"votes close before they open", func(c *Challenge) { c.Votes.Opens = at(20, 1) }, Problem{"votes", "order"}},
		{"votes closed before entries open", func(c *Challenge) { c.Entries = Window{at(21, 0), at(22, 0)} }, Problem{"votes", "order"}},
		{"votes closed already", func(c *Challenge) { c.Votes = Window{at(5, 0), at(7, 0)}; c.Entries = Window{at(4, 0), at(6, 0)} }, Problem{"votes", "past"}},
		{"no entries", func(c *Challenge) { c.Rules.EntriesPerFan = 0 }, Problem{"entries_per_fan", "range"}},
		{"the most entries", func(c *Challenge) { c.Rules.EntriesPerFan = MaxEntriesPerFan }, Problem{}},
		{"too many entries", func(c *Challenge) { c.Rules.EntriesPerFan = MaxEntriesPerFan + 1 }, Problem{"entries_per_fan", "range"}},
		{"no votes", func(c *Challenge) { c.Rules.VotesPerPeriod = -1 }, Problem{"votes_per_period", "range"}},
		{"too many votes", func(c *Challenge) { c.Rules.VotesPerPeriod = MaxVotesPerPeriod + 1 }, Problem{"votes_per_period", "range"}},
		{"no period", func(c *Challenge) { c.Rules.Period = "week" }, Problem{"period", "invalid"}},
		{"voters by class", func(c *Challenge) { c.Rules.Voters = []VoterClass{MailVoter, JuryVoter} }, Problem{}},
		{"voters of no class", func(c *Challenge) { c.Rules.Voters = []VoterClass{"robot"} }, Problem{"voters", "invalid"}},
		{"a class twice", func(c *Challenge) { c.Rules.Voters = []VoterClass{MailVoter, MailVoter} }, Problem{"voters", "invalid"}},
		{"guests who get no session", func(c *Challenge) { c.Rules.Voters = []VoterClass{GuestVoter} }, Problem{"voters", "invalid"}},
		{"guests", func(c *Challenge) { c.Rules.Voters, c.Rules.Guests = []VoterClass{GuestVoter}, true }, Problem{}},
		{"weights", func(c *Challenge) { c.Rules.Weights = map[VoterClass]int{JuryVoter: MaxWeight} }, Problem{}},
		{"a weight of nothing", func(c *Challenge) { c.Rules.Weights = map[VoterClass]int{JuryVoter: 0} }, Problem{"weights", "range"}},
		{"too heavy a weight", func(c *Challenge) { c.Rules.Weights = map[VoterClass]int{JuryVoter: MaxWeight + 1} }, Problem{"weights", "range"}},
		{"a weight of who may not vote", func(c *Challenge) {
			c.Rules.Voters, c.Rules.Weights = []VoterClass{MailVoter}, map[VoterClass]int{JuryVoter: 2}
		}, Problem{"weights", "range"}},
		{"jury points", func(c *Challenge) { c.Rules.JuryPoints = MaxWeight }, Problem{}},
		{"too many jury points", func(c *Challenge) { c.Rules.JuryPoints = MaxWeight + 1 }, Problem{"jury_points", "range"}},
		{"jury points and no jury", func(c *Challenge) { c.Rules.Voters, c.Rules.JuryPoints = []VoterClass{MailVoter}, 10 }, Problem{"jury_points", "range"}},
		{"fewer than no votes for an entry", func(c *Challenge) { c.Rules.VotesPerEntry = -1 }, Problem{"votes_per_entry", "range"}},
		{"too many votes for an entry", func(c *Challenge) { c.Rules.VotesPerEntry = MaxVotesPerEntry + 1 }, Problem{"votes_per_entry", "range"}},
		{"an unknown board", func(c *Challenge) { c.Rules.Tally = "late" }, Problem{"tally", "invalid"}},
		{"a hidden board", func(c *Challenge) { c.Rules.Tally = TallyHidden }, Problem{}},
		{"a delayed board", func(c *Challenge) { c.Rules.Tally, c.Rules.TallyDelayMinutes = TallyDelayed, MaxTallyDelay }, Problem{}},
		{"a delayed board without a delay", func(c *Challenge) { c.Rules.Tally = TallyDelayed }, Problem{"tally_delay_minutes", "range"}},
		{"a delay of a live board", func(c *Challenge) { c.Rules.TallyDelayMinutes = 5 }, Problem{"tally_delay_minutes", "range"}},
		{"the longest audit", func(c *Challenge) { c.Rules.AuditHours = MaxAuditHours }, Problem{}},
		{"too long an audit", func(c *Challenge) { c.Rules.AuditHours = MaxAuditHours + 1 }, Problem{"audit_hours", "range"}},
		{"too many winners", func(c *Challenge) { c.Rules.Winners = MaxWinners + 1 }, Problem{"winners", "range"}},
		{"no moderation", func(c *Challenge) { c.Rules.Moderation = "" }, Problem{"moderation", "invalid"}},
		{"capture bounds", func(c *Challenge) { c.Rules.Capture = CaptureRules{After: at(1, 0), Before: at(2, 0)} }, Problem{}},
		{"capture bounds the wrong way round", func(c *Challenge) { c.Rules.Capture = CaptureRules{After: at(2, 0), Before: at(2, 0)} }, Problem{"capture", "order"}},
		{"a capture bound that JSON cannot write", func(c *Challenge) { c.Rules.Capture.Before = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) }, Problem{"capture", "invalid"}},
		{"a blank camera", func(c *Challenge) { c.Rules.Capture.Cameras = []string{"Leica", ""} }, Problem{"capture", "invalid"}},
		{"no cities", func(c *Challenge) { c.Cities = nil }, Problem{}},
		{"a city twice", func(c *Challenge) { c.Cities = []Choice{{"a", text}, {"a", text}} }, Problem{"cities", "invalid"}},
		{"a city without a name", func(c *Challenge) { c.Cities = []Choice{{"a", Text{EN: "A"}}} }, Problem{"cities", "invalid"}},
		{"a partner without an identifier", func(c *Challenge) { c.Partners = []Choice{{"", text}} }, Problem{"partners", "invalid"}},
		{"too many partners", func(c *Challenge) { c.Partners = choices(MaxChoices + 1) }, Problem{"partners", "invalid"}},
		{"the most partners", func(c *Challenge) { c.Partners = choices(MaxChoices) }, Problem{}},
		{"the most grace", func(c *Challenge) { c.Rules.GraceSeconds = MaxGrace }, Problem{}},
		{"too much grace", func(c *Challenge) { c.Rules.GraceSeconds = MaxGrace + 1 }, Problem{"grace_seconds", "range"}},
		{"less than no grace", func(c *Challenge) { c.Rules.GraceSeconds = -1 }, Problem{"grace_seconds", "range"}},
		{"originals for ten years", func(c *Challenge) { c.Rules.OriginalsDays = MaxOriginalsDays }, Problem{}},
		{"originals for longer", func(c *Challenge) { c.Rules.OriginalsDays = MaxOriginalsDays + 1 }, Problem{"originals_days", "range"}},
		{"originals for less than no time", func(c *Challenge) { c.Rules.OriginalsDays = -1 }, Problem{"originals_days", "range"}},
		{"no consents", func(c *Challenge) { c.Consents = nil }, Problem{"consents", "required"}},
	} {
		challenge := night()
		c.change(&challenge)
		var want []Problem
		if c.want != (Problem{}) {
			want = []Problem{c.want}
		}
		if got := challenge.Validate(at(7, 0)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}

func choices(n int) (cs []Choice) {
	for i := range n {
		cs = append(cs, Choice{fmt.Sprint("c", i), Text{ZH: "一", EN: "One"}})
	}
	return cs
}

func TestAnEmptyDraftIsToldAllItsProblemsAtOnce(t *testing.T) {
	if got := (Challenge{}).Validate(at(7, 0)); len(got) < 10 {
		t.Errorf("got only %v", got)
	}
}

// The hash is public: what is written here may not change with the code.
func TestTheHashOfTermsIsStable(t *testing.T) {
	const want = "3fec1b61b51f209feb561f70781c79694de840092baab1811e57da5802e4b901"
	if got := night().Terms.Hash(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheHashOfTermsDoesNotDependOnHowTheyAreHeld(t *testing.T) {
	want := night().Terms.Hash()
	elsewhere := night().Terms
	tokyo := time.FixedZone("JST", 9*3600)
	elsewhere.Entries = Window{elsewhere.Entries.Opens.In(tokyo), elsewhere.Entries.Closes.In(tokyo)}
	elsewhere.Votes = Window{elsewhere.Votes.Opens.In(tokyo), elsewhere.Votes.Closes.In(tokyo)}
	if got := elsewhere.Hash(); got != want {
		t.Errorf("in another zone: got %s, want %s", got, want)
	}
	empty := night().Terms
	empty.Rules.Capture.Cameras = []string{}
	if got := empty.Hash(); got != want {
		t.Errorf("with an empty list for an absent one: got %s, want %s", got, want)
	}
	var read Terms
	text, err := json.Marshal(night().Terms)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if got := read.Hash(); err != nil || got != want {
		t.Errorf("written and read: got %s (%v), want %s", got, err, want)
	}
}

func TestTheHashOfTermsDependsOnEachOfThem(t *testing.T) {
	seen := map[string]string{night().Terms.Hash(): "nothing"}
	for what, change := range map[string]func(*Terms){
		"time zone":        func(t *Terms) { t.TimeZone = "UTC" },
		"entries open":     func(t *Terms) { t.Entries.Opens = at(8, 1) },
		"entries close":    func(t *Terms) { t.Entries.Closes = at(16, 1) },
		"votes open":       func(t *Terms) { t.Votes.Opens = at(12, 1) },
		"votes close":      func(t *Terms) { t.Votes.Closes = at(20, 1) },
		"entries per fan":  func(t *Terms) { t.Rules.EntriesPerFan++ },
		"votes per period": func(t *Terms) { t.Rules.VotesPerPeriod++ },
		"period":           func(t *Terms) { t.Rules.Period = PeriodChallenge },
		"moderation":       func(t *Terms) { t.Rules.Moderation = ModerateAfter },
		"guests":           func(t *Terms) { t.Rules.Guests = true },
		"capture required": func(t *Terms) { t.Rules.Capture.Required = true },
		"capture after":    func(t *Terms) { t.Rules.Capture.After = at(1, 0) },
		"capture before":   func(t *Terms) { t.Rules.Capture.Before = at(1, 0) },
		"cameras":          func(t *Terms) { t.Rules.Capture.Cameras = []string{"Leica"} },
		"cities":           func(t *Terms) { t.Cities = nil },
		"partners":         func(t *Terms) { t.Partners = nil },
		"consents":         func(t *Terms) { t.Consents = []ConsentID{"c_2", "c_1"} },
	} {
		terms := night().Terms
		change(&terms)
		hash := terms.Hash()
		if other, ok := seen[hash]; ok {
			t.Errorf("changing %s gives the hash of changing %s", what, other)
		}
		seen[hash] = what
	}
}

func TestTextIsInTheLanguageAskedForWhereItIsThere(t *testing.T) {
	both := Text{ZH: "夜", EN: "Night"}
	for _, c := range []struct {
		text       Text
		lang, want string
	}{
		{both, "zh-CN", "夜"}, {both, "zh", "夜"}, {both, "ZH-hant", "夜"}, {both, "en", "Night"}, {both, "de", "Night"}, {both, "", "Night"}, {both, "z", "Night"},
		{Text{ZH: "夜"}, "en", "夜"}, {Text{EN: "Night"}, "zh", "Night"}, {Text{}, "zh", ""},
	} {
		if got := c.text.In(c.lang); got != c.want {
			t.Errorf("%+v in %q: got %q, want %q", c.text, c.lang, got, c.want)
		}
	}
}

func TestAConsentsIdentifierNamesItsExactWords(t *testing.T) {
	id := ConsentHash("rights", Text{ZH: "我同意", EN: "I agree"})
	if len(id) != 22 || id[:2] != "c_" {
		t.Errorf("got identifier %q", id)
	}
	if ConsentHash("rights", Text{ZH: "我同意", EN: "I agree"}) != id {
		t.Error("the same words have two identifiers")
	}
	for _, other := range []ConsentID{
		ConsentHash("privacy", Text{ZH: "我同意", EN: "I agree"}),
		ConsentHash("rights", Text{ZH: "我同意。", EN: "I agree"}),
		ConsentHash("rights", Text{ZH: "我同意", EN: "I agree."}),
		ConsentHash("rights", Text{ZH: "我同意I agree"}),
	} {
		if other == id {
			t.Error("other words have the same identifier")
		}
	}
}
