package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// archiveRoutes are those of a campaign's archive.
func (c *Console) archiveRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/archive.zip", c.campaignArchive)
}

// archiveFileTime is how long one file of an archive may take to be sent: a vote log of a million lines on a slow line.
const archiveFileTime = 15 * time.Minute

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
