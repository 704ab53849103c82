package console

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"
)

// zipped is a ZIP that is sent while it is written.
type zipped struct {
	*zip.Writer
	answer http.ResponseWriter
	name   string // of the file, without its ending, and of the folder in it
	at     time.Time
	// patience is how long one file of it may take to be sent; 0 for as long as any answer may take.
	patience time.Duration
	begun    bool
}

// sendZip sends what write puts into a ZIP. What fails on the way breaks off, so that nobody takes a part for the whole.
func (c *Console) sendZip(w http.ResponseWriter, r *http.Request, z zipped, write func(*zipped) error) error {
	z.Writer, z.answer = zip.NewWriter(w), w
	err := write(&z)
	if err == nil {
		err = z.Close()
	}
	if err != nil && z.begun {
		c.Log.WarnContext(r.Context(), "ZIP broke off", "name", z.name, "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// Create adds a file; it implements archive.Folder. Pictures are compressed already.
func (z *zipped) Create(name string) (io.Writer, error) {
	z.begin()
	if z.patience > 0 {
		_ = http.NewResponseController(z.answer).SetWriteDeadline(time.Now().Add(z.patience)) // a recorder in a test has none
	}
	method := zip.Deflate
	switch path.Ext(name) {
	case ".jpg", ".png", ".xlsx", ".zip":
		method = zip.Store
	}
	return z.CreateHeader(&zip.FileHeader{Name: z.name + "/" + name, Method: method, Modified: z.at})
}

// begin sets the answer's headers before its first byte: what fails before that is answered like any other error.
func (z *zipped) begin() {
	if z.begun {
		return
	}
	z.begun = true
	h := z.answer.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.zip"`, z.name))
	h.Set("Cache-Control", "private, no-store")
}

// file adds a whole file.
func (z *zipped) file(name string, content []byte) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write %s into %s: %w", name, z.name, err)
	}
	return nil
}
