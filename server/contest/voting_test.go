package contest

import (
	"errors"
	"maps"
	"testing"
	"time"
)

func TestMayVote(t *testing.T) {
	draft := night()
	draft.LaunchedAt = time.Time{}
	ruled := func(change func(*Rules)) Challenge {
		c := night()
		change(&c.Rules)
		return c
	}
	confirmed := ruled(func(r *Rules) { r.Voters = []VoterClass{MailVoter, HostVoter} })
	shown, by := Entry{Fan: "f_author", Status: Published}, Ballot{Fan: "f_1", Class: GuestVoter}
	juror := func(points int) Ballot { return Ballot{Fan: "f_1", Class: JuryVoter, Points: points} }
	jury := ruled(func(r *Rules) { r.JuryPoints, r.Weights = 10, map[VoterClass]int{JuryVoter: 3, HostVoter: 2} })
	twice := ruled(func(r *Rules) { r.VotesPerEntry = 2 })
	for _, c := range []struct {
		name      string
		challenge Challenge
		now       time.Time
		entry     Entry
		ballot    Ballot
		used      Used
		weight    int
		want      Reason
	}{
		{"a first vote", night(), at(12, 0), shown, by, Used{}, 1, ""},
		{"the last of the period", night(), at(12, 0), shown, by, Used{Period: 2}, 1, ""},
		{"the last moment", night(), at(20, 0).Add(-time.Nanosecond), shown, by, Used{}, 1, ""},
		{"a draft", draft, at(12, 0), shown, by, Used{}, 0, NotLaunched},
		{"too early", night(), at(12, 0).Add(-time.Nanosecond), shown, by, Used{}, 0, VotesNotOpen},
		{"too late", night(), at(20, 0), shown, by, Used{}, 0, VotesClosed},
		{"one's own", night(), at(12, 0), shown, Ballot{Fan: "f_author", Class: GuestVoter}, Used{}, 0, OwnEntry},
		{"over the limit", night(), at(12, 0), shown, by, Used{Period: 3}, 0, VoteLimit},
		{"a pending entry", night(), at(12, 0), Entry{Status: Pending}, by, Used{}, 0, EntryNotShown},
		{"a processing entry", night(), at(12, 0), Entry{Status: Processing}, by, Used{}, 0, EntryNotShown},
		{"a rejected entry", night(), at(12, 0), Entry{Status: Rejected}, by, Used{}, 0, EntryNotShown},
		{"a withdrawn entry", night(), at(12, 0), Entry{Status: Withdrawn}, by, Used{}, 0, EntryNotShown},
		{"a voter of no class", night(), at(12, 0), shown, Ballot{Fan: "f_1"}, Used{}, 0, VoterNotAdmitted},
		{"a guest where mail is asked for", confirmed, at(12, 0), shown, by, Used{}, 0, VoterNotAdmitted},
		{"a guest's own, where mail is asked for", confirmed, at(12, 0), shown, Ballot{Fan: "f_author", Class: GuestVoter}, Used{}, 0, OwnEntry},
		{"a confirmed one", confirmed, at(12, 0), shown, Ballot{Fan: "f_1", Class: MailVoter}, Used{}, 1, ""},
		{"a class with a weight", jury, at(12, 0), shown, Ballot{Fan: "f_1", Class: HostVoter}, Used{}, 2, ""},
		{"a class without one", jury, at(12, 0), shown, by, Used{}, 1, ""},
		{"a juror without points", jury, at(12, 0), shown, juror(0), Used{}, 3, ""},
		{"a juror's points", jury, at(12, 0), shown, juror(7), Used{}, 7, ""},
		{"a juror's most points", jury, at(12, 0), shown, juror(10), Used{}, 10, ""},
		{"a juror's too many points", jury, at(12, 0), shown, juror(11), Used{}, 0, PointsOutOfRange},
		{"a juror's points below zero", jury, at(12, 0), shown, juror(-1), Used{}, 0, PointsOutOfRange},
		{"points where the rules have none", night(), at(12, 0), shown, juror(1), Used{}, 0, PointsOutOfRange},
		{"points of who is no juror", jury, at(12, 0), shown, Ballot{Fan: "f_1", Class: HostVoter, Points: 1}, Used{}, 0, PointsOutOfRange},
		{"the second vote for an entry", twice, at(12, 0), shown, by, Used{Entry: 1}, 1, ""},
		{"the third of two for an entry", twice, at(12, 0), shown, by, Used{Entry: 2}, 0, EntryVoteLimit},
		{"many for an entry without a limit", night(), at(12, 0), shown, by, Used{Entry: 99}, 1, ""},
	} {
		weight, err := c.challenge.MayVote(c.now, c.entry, c.ballot, c.used)
		if got := reasonOf(t, err); got != c.want || weight != c.weight {
			t.Errorf("%s: got %q and weight %d, want %q and %d", c.name, got, weight, c.want, c.weight)
		}
	}
}

func TestMayRetractAsLongAsVotesAreOpen(t *testing.T) {
	draft, final := night(), night()
	draft.LaunchedAt, final.Rules.VotesFinal = time.Time{}, true
	for _, c := range []struct {
		name      string
		challenge Challenge
		now       time.Time
		want      Reason
	}{
		{"at the opening", night(), at(12, 0), ""},
		{"the last moment", night(), at(20, 0).Add(-time.Nanosecond), ""},
		{"too early", night(), at(11, 59), VotesNotOpen},
		{"too late", night(), at(20, 0), VotesClosed},
		{"a draft", draft, at(12, 0), NotLaunched},
		{"where votes are final", final, at(12, 0), VotesFinal},
		{"where they were, too late", final, at(20, 0), VotesClosed},
	} {
		if got := reasonOf(t, c.challenge.MayRetract(c.now)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRefusedVotersReadWhatWouldHelp(t *testing.T) {
	c := night()
	c.Rules.Voters, c.Rules.VotesPerEntry, c.Rules.JuryPoints = []VoterClass{MailVoter, JuryVoter}, 2, 5
	shown := Entry{Status: Published}
	for _, c := range []struct {
		challenge Challenge
		ballot    Ballot
		used      Used
		want      map[string]string
	}{
		{night(), Ballot{Fan: "f", Class: GuestVoter}, Used{Period: 3}, map[string]string{"limit": "3", "period": "day"}},
		{c, Ballot{Fan: "f", Class: GuestVoter}, Used{}, map[string]string{"classes": "mail,jury"}},
		{c, Ballot{Fan: "f", Class: MailVoter}, Used{Entry: 2}, map[string]string{"limit": "2"}},
		{c, Ballot{Fan: "f", Class: JuryVoter, Points: 6}, Used{}, map[string]string{"limit": "5"}},
	} {
		_, err := c.challenge.MayVote(at(12, 0), shown, c.ballot, c.used)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !maps.Equal(refusal.Params, c.want) {
			t.Errorf("%v: got %+v, want params %v", err, refusal, c.want)
		}
	}
}

func TestTheModeSaysWhatThePublicSees(t *testing.T) {
	type sight struct{ concealed, scores, ranks, padded bool }
	for mode, want := range map[TallyMode][2]sight{ // before and after certification
		TallyLive:    {{false, true, true, false}, {false, true, true, false}},
		TallyDelayed: {{true, true, true, true}, {false, true, true, true}},
		TallyRanks:   {{false, false, true, true}, {false, true, true, true}},
		TallyHidden:  {{true, false, false, true}, {false, true, true, true}},
	} {
		c := night()
		c.Rules.Tally = mode
		for i, certified := range []time.Time{{}, at(22, 0)} {
			c.CertifiedAt = certified
			if got := (sight{c.Concealed(), c.ShowsScores(), c.ShowsRanks(), c.Padded()}); got != want[i] {
				t.Errorf("%q, certified %v: got %+v, want %+v", mode, certified, got, want[i])
			}
		}
		if got := c.Rules.Certifies(); got != (mode != TallyLive) {
			t.Errorf("%q: certifies %v", mode, got)
		}
	}
}

func TestTheAuditFollowsTheLastWindow(t *testing.T) {
	c := night()
	c.Rules.AuditHours = 24
	if got, want := c.AuditEnds(), at(20, 0).Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("after votes: got %v, want %v", got, want)
	}
	c.Entries.Closes = at(22, 0)
	if got, want := c.AuditEnds(), at(22, 0).Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("after entries: got %v, want %v", got, want)
	}
}
