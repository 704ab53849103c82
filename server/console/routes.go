package console

import "net/http"

// The table, part by part: who may, and what then answers.

// challengeRoutes are those of challenges.
func (c *Console) challengeRoutes(add adder) {
	add(signedIn, http.MethodGet, "/console", c.dashboard)
	add(marketers, http.MethodGet, "/console/challenges/new", c.newChallenge)
	add(marketers, http.MethodPost, "/console/challenges", c.createChallenge)
	add(insiders, http.MethodGet, "/console/challenges/{id}", c.showChallenge)
	add(marketers, http.MethodPost, "/console/challenges/{id}", c.saveChallenge)
	add(marketers, http.MethodGet, "/console/challenges/{id}/edit", c.editChallenge)
	add(insiders, http.MethodGet, "/console/challenges/{id}/preview", c.previewChallenge)
	add(marketers, http.MethodGet, "/console/challenges/{id}/launch", c.launchForm)
	add(marketers, http.MethodPost, "/console/challenges/{id}/launch", c.launch)
	add(insiders, http.MethodGet, "/console/challenges/{id}/pulse", c.pulse)
	add(insiders, http.MethodGet, "/console/challenges/{id}/entries", c.challengeEntries)
	add(marketers, http.MethodGet, "/console/challenges/{id}/invitations", c.invitations)
	add(marketers, http.MethodPost, "/console/challenges/{id}/invitations", c.makeInvitations)
	add(marketers, http.MethodPost, "/console/challenges/{id}/invitations/revoke", c.revokeInvitations)
}

// resultRoutes are those of results; whoever is the second person need not be a marketer.
func (c *Console) resultRoutes(add adder) {
	add(insiders, http.MethodGet, "/console/challenges/{id}/results", c.results)
	add(marketers, http.MethodPost, "/console/challenges/{id}/results/propose", c.proposeResult)
	add(insiders, http.MethodPost, "/console/challenges/{id}/results/confirm", c.confirmResult)
	add(marketers, http.MethodPost, "/console/challenges/{id}/results/withdraw", c.withdrawResult)
	add(marketers, http.MethodPost, "/console/challenges/{id}/results/award", c.award)
	add(insiders, http.MethodPost, "/console/entries/{id}/feature", c.feature)
}

// voteRoutes are those of votes.
func (c *Console) voteRoutes(add adder) {
	add(moderators, http.MethodGet, "/console/challenges/{id}/votes", c.votesDesk)
	add(moderators, http.MethodGet, "/console/challenges/{id}/votes/list", c.votesList)
	add(moderators, http.MethodGet, "/console/challenges/{id}/votes/preview", c.votesPreview)
	add(moderators, http.MethodPost, "/console/challenges/{id}/votes/decide", c.decideVotes)
	add(moderators, http.MethodGet, "/console/votes", c.votes)
	add(moderators, http.MethodPost, "/console/votes/undo/{batch}", c.undoVotes)
	add(moderators, http.MethodPost, "/console/votes/proposals/{id}", c.decideProposal)
	add(moderators, http.MethodPost, "/console/votes/complaints/{id}", c.answerComplaint)
}

// moderationRoutes are those of entries and the fans behind them.
func (c *Console) moderationRoutes(add adder) {
	add(moderators, http.MethodGet, "/console/queue", c.queue)
	add(moderators, http.MethodPost, "/console/act", c.act)
	add(moderators, http.MethodPost, "/console/undo/{batch}", c.takeBack)
	add(insiders, http.MethodPost, "/console/originals", c.askOriginals)
	add(insiders, http.MethodGet, "/console/photos/{id}/{name}", c.photo)
	add(moderators, http.MethodGet, "/console/reports", c.reports)
	add(moderators, http.MethodGet, "/console/takedowns", c.takedowns)
	add(moderators, http.MethodPost, "/console/takedowns/{id}", c.decideTakedown)
	add(moderators, http.MethodGet, "/console/appeals", c.appeals)
	add(moderators, http.MethodPost, "/console/appeals/{id}", c.decideAppeal)
	add(moderators, http.MethodGet, "/console/bans", c.bans)
	add(moderators, http.MethodPost, "/console/bans/lift", c.lift)
	add(administrators, http.MethodGet, "/console/fans/{id}/erase", c.eraseForm)
	add(administrators, http.MethodPost, "/console/fans/{id}/erase", c.erase)
	add(moderators, http.MethodGet, "/console/words", c.words)
	add(moderators, http.MethodPost, "/console/words", c.saveWords)
	add(insiders, http.MethodGet, "/console/entries/{id}", c.showEntry)
	add(moderators, http.MethodPost, "/console/entries/{id}/publish", c.publish)
	add(moderators, http.MethodPost, "/console/entries/{id}/reject", c.reject)
	add(moderators, http.MethodPost, "/console/entries/{id}/resolve", c.resolve)
	add(moderators, http.MethodPost, "/console/entries/{id}/ban", c.ban)
}

// siteRoutes are those of the sites that embed challenges.
func (c *Console) siteRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/sites", c.sites)
	add(marketers, http.MethodPost, "/console/sites", c.createSite)
	add(marketers, http.MethodGet, "/console/sites/{id}/secret", c.siteSecretForm)
	add(marketers, http.MethodPost, "/console/sites/{id}/secret", c.rotateSiteSecret)
	add(marketers, http.MethodGet, "/console/sites/{id}/delete", c.deleteSiteForm)
	add(marketers, http.MethodPost, "/console/sites/{id}/delete", c.deleteSite)
}
