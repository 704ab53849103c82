package console

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// archiveRoutes are those of a campaign's archive.
func (c *Console) archiveRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/archive.zip", c.campaignArchive)
}

// campaignArchive sends a campaign's archive as one file while it is written. What fails on the way breaks off, so that nobody takes a
// part for the whole.
func (c *Console) campaignArchive(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Archive.Season(r.Context(), staffOf(r), contest.CampaignID(r.PathValue("id")))
	if errors.Is(err, reports.ErrRuns) || errors.Is(err, reports.ErrUncertified) {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	out := &zipped{Writer: zip.NewWriter(w), head: func() { zipHead(w.Header(), s.Name()) }, connection: http.NewResponseController(w), root: s.Name() + "/", at: s.Now}
	err = s.Write(r.Context(), out)
	if err == nil {
		err = out.Close()
	}
	if err != nil && out.begun {
		c.Log.WarnContext(r.Context(), "archive broke off", "campaign", s.Campaign.ID, "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// zipped is an archive as a ZIP that is being sent.
type zipped struct {
	*zip.Writer
	head       func() // sets the answer's headers
	begun      bool
	connection *http.ResponseController
	root       string
	at         time.Time
}

// fileTime is how long one file of an archive may take to be sent: a vote log of a million lines on a slow line.
const fileTime = 15 * time.Minute

// Create implements archive.Folder. Pictures are compressed already.
func (z *zipped) Create(name string) (io.Writer, error) {
	if !z.begun {
		z.begun = true
		z.head()
	}
	_ = z.connection.SetWriteDeadline(time.Now().Add(fileTime)) // a recorder in a test has none
	method := zip.Deflate
	switch path.Ext(name) {
	case ".jpg", ".xlsx", ".zip":
		method = zip.Store
	}
	return z.CreateHeader(&zip.FileHeader{Name: z.root + name, Method: method, Modified: z.at})
}
