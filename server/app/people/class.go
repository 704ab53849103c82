package people

import (
	"slices"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// ranks orders what may be known of a fan, the most first.
var ranks = []contest.VoterClass{contest.JuryVoter, contest.InvitedVoter, contest.HostVoter, contest.MailVoter, contest.GuestVoter}

// classOf returns as what a fan votes: the highest of their classes that the rules admit, or the highest where none is.
func classOf(r contest.Rules, f contest.Fan, q store.Qualities) contest.VoterClass {
	held := map[contest.VoterClass]bool{
		contest.GuestVoter: true, issued(f): true, contest.MailVoter: q.Mail, contest.InvitedVoter: q.Invited, contest.JuryVoter: q.Jury,
	}
	admitted := func(c contest.VoterClass) bool { return held[c] && r.Admits(c) }
	if i := slices.IndexFunc(ranks, admitted); i >= 0 {
		return ranks[i]
	}
	return ranks[slices.IndexFunc(ranks, func(c contest.VoterClass) bool { return held[c] })]
}

// issued is the class that a fan has by their issuer alone.
func issued(f contest.Fan) contest.VoterClass {
	if f.Issuer == GuestIssuer {
		return contest.GuestVoter
	}
	return contest.HostVoter
}

// earned are the classes that somebody who came as a guest can get.
func earned(r contest.Rules) bool {
	return slices.ContainsFunc(r.Voters, func(c contest.VoterClass) bool {
		return c == contest.MailVoter || c == contest.InvitedVoter || c == contest.JuryVoter
	})
}

// lacks returns the classes that the rules admit, where a fan must be one of them before they may act at all: somebody of
// whom nothing is known, in a challenge without guests. Otherwise nil.
func lacks(r contest.Rules, c contest.VoterClass) []contest.VoterClass {
	if c != contest.GuestVoter || r.Guests {
		return nil
	}
	return r.Voters
}
