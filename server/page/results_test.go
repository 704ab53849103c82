package page

import (
	"net/http"
	"testing"
	"time"

	"fanfare/server/contest"
)

func resultsPage(t *testing.T, v ResultsView, query string) string {
	p := renderer(t)
	return drawn(t, "/c/night/results?lang=en"+query, func(w http.ResponseWriter, r *http.Request) error { return p.Results(w, r, v) })
}

// over is night, which is over and has an audit and two winners.
func over() contest.Challenge {
	ch := night()
	ch.Entries.Closes, ch.Votes.Closes = now.Add(-time.Hour), now.Add(-time.Hour)
	ch.Rules.AuditHours, ch.Rules.Winners = 24, 2
	return ch
}

// certified is a certified result of three places, the second of which was deleted.
func certified() ResultsView {
	ch := over()
	ch.CertifiedAt = now.Add(-time.Minute)
	places := []Place{
		{Card: card(1, "江汉关的灯"), Shown: true, Award: contest.Text{ZH: "一等奖", EN: "First prize"}},
		{Card: Card{Rank: 2, Number: 2, Score: 1000}, Withdrawn: true},
		{Card: card(3, "雨夜"), Shown: true},
	}
	return ResultsView{
		Now: now, Challenge: ch, Stage: contest.StageCertified, Winners: 2, Top: places[:2], Places: places, From: 1, Of: 3, Leaves: 9,
		Certified: []Certified{{At: now.Add(-time.Hour), SHA256: "aa", Alone: true}, {At: now.Add(-time.Minute), SHA256: "bb"}},
		Votes:     contest.VoteTotals{Counted: 3666, Held: 12, Excluded: 34}, Featured: []Card{card(4, "黄鹤楼")},
		PassedOver: []contest.PassedOver{{Entry: 7, Score: 41, Reason: contest.Banned}},
	}
}

func TestACertifiedResultSaysWhoWonAndHowItWasCounted(t *testing.T) {
	body := resultsPage(t, certified(), "")
	wants(t, body,
		"Certified on 22 Nov, 19:59", "The winners", "First prize", "江汉关的灯", "No. 2 · deleted at its author’s wish", "雨夜", "黄鹤楼",
		"its author was banned from the challenge", "3,666", "Proposed by one member of staff and confirmed by another.",
		`href="/c/night/results.json"`, "Amended on", `results.json?amendment=0`, "bb", `type="application/atom&#43;xml" href="/c/night/results/feed.atom?lang=en"`)
	lacks(t, body, "What happens next", "Proposed to win")
}

func TestAResultIsLookedUpByNumber(t *testing.T) {
	v := certified()
	v.Asked, v.Found = 3, &v.Places[2]
	wants(t, resultsPage(t, v, "&number=3"), "No. 3 takes place 3 of 3: among the best 100 %.", `<li class="here">`, `name="lang" value="en"`)
	v.Asked, v.Found = 7, nil
	wants(t, resultsPage(t, v, "&number=7"), "No. 7 was passed over: its author was banned from the challenge.")
	v.Asked = 99
	wants(t, resultsPage(t, v, "&number=99"), "No. 99 has no place in this result.")
}

func TestALongRankingIsTurnedPartByPart(t *testing.T) {
	v := certified()
	v.From, v.Of = 51, 120
	body := resultsPage(t, v, "")
	wants(t, body, "51 to 53 of 120", `href="/c/night/results?from=1&amp;lang=en#places" rel="prev"`, `href="/c/night/results?from=54&amp;lang=en#places" rel="next"`)
}

func TestBeforeTheCertificationThePageSaysWhatHappensNext(t *testing.T) {
	ch := over()
	for _, c := range []struct {
		view ResultsView
		want []string
	}{
		{ResultsView{Stage: contest.StageOpen}, []string{"Still open: until 22 Nov, 19:00", "What happens next"}},
		{ResultsView{Stage: contest.StageAudit}, []string{"Votes are being examined until 23 Nov, 19:00"}},
		{ResultsView{Stage: contest.StageDue}, []string{"about to propose"}},
		{ResultsView{Stage: contest.StageProposed, ProposedAt: now}, []string{"A second member of staff is checking it"}},
		{ResultsView{Stage: contest.StageProposed, ProposedAt: now, Alone: true, ConfirmAfter: now.Add(24 * time.Hour)}, []string{"in public until 23 Nov, 20:00"}},
	} {
		c.view.Now, c.view.Challenge = now, ch
		body := resultsPage(t, c.view, "")
		wants(t, body, c.want...)
		lacks(t, body, "The winners", "results.json", "Votes counted")
	}
	v := certified() // as proposed where the rules show the order and no numbers
	v.Stage, v.ProposedAt, v.Shows, v.Certified, v.Challenge = contest.StageProposed, now, contest.OrderShown, nil, ch
	body := resultsPage(t, v, "")
	wants(t, body, "Proposed to win", "江汉关的灯")
	lacks(t, body, "2,000", "1,000", "3,666", "results.json")
}

func TestAChallengeWithoutCertificationPromisesNone(t *testing.T) {
	ch := over()
	ch.Rules.AuditHours, ch.Rules.Winners = 0, 0
	body := resultsPage(t, ResultsView{Now: now, Challenge: ch, Stage: contest.StageDue}, "")
	wants(t, body, "the board as it stood at the end is the result")
	lacks(t, body, "What happens next")
}

func TestEveryReasonForPassingOverHasItsWords(t *testing.T) {
	p := renderer(t)
	for _, reason := range []contest.Reason{
		contest.EntryWithdrawn, contest.EntryRejected, contest.EntryUndecided, contest.TakedownOpen, contest.Banned, contest.DuplicatePhoto,
		contest.EntriesClosed, contest.EntriesNotOpen, contest.ConsentMissing, contest.TooManyEntries, contest.CaptureMissing,
		contest.CaptureTooEarly, contest.CaptureTooLate, contest.CameraNotAllowed,
	} {
		if !p.messages.Has("over." + string(reason)) {
			t.Errorf("no words for %s", reason)
		}
	}
}
