package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// archiveRoutes are those of a campaign's archive.
func (c *Console) archiveRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/archive.zip", c.campaignArchive)
}

// archiveFileTime is how long one file of an archive may take to be sent: a vote log of a million lines on a slow line.
const archiveFileTime = 15 * time.Minute

// Whether a campaign's archive can be taken, as keys of messages.
const (
	archiveReady       = "text"
	archiveRuns        = "runs"
	archiveUncertified = "uncertified"
)

// archiveState says whether a campaign's archive can be taken; empty before the end of its period, when nobody looks for it.
func archiveState(plan kpi.Plan, challenges []contest.Challenge, now time.Time) string {
	err := reports.Archivable(plan, challenges, now)
	switch {
	case err == nil:
		return archiveReady
	case plan.Ends.IsZero(), now.Before(plan.Ends):
		return ""
	case errors.Is(err, reports.ErrUncertified):
		return archiveUncertified
	}
	return archiveRuns
}

// campaignArchive sends a campaign's archive as one file.
func (c *Console) campaignArchive(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Archive.Season(r.Context(), staffOf(r), contest.CampaignID(r.PathValue("id")))
	if errors.Is(err, reports.ErrRuns) || errors.Is(err, reports.ErrUncertified) {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	return c.sendZip(w, r, zipped{name: s.Name(), at: s.Now, patience: archiveFileTime}, func(z *zipped) error { return s.Write(r.Context(), z) })
}
