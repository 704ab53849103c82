package console

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// squareName is the rendition for small places.
const squareName = "square"

// photoCaching lets a moderator go back and forth without asking for each photo again. What is taken down is gone from
// their browser soon.
const photoCaching = "private, max-age=600"

// photo shows staff a rendition whatever the public may see: the public address answers only while its entry may be seen.
func (c *Console) photo(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if name == entries.OriginalFile || name == entries.EvidenceFile {
		return c.download(w, r, name)
	}
	e, f, err := c.file(r, name)
	if err != nil {
		return err
	}
	defer f.Content.Close()
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", photoCaching)
	h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%d-%s.jpg"`, e.Number, name))
	send(w, f)
	return nil
}

// sniffed is how many bytes tell what kind of file it is.
const sniffed = 512

// download hands staff a file as it came from the fan. It is never shown by us: it may hold anything.
func (c *Console) download(w http.ResponseWriter, r *http.Request, name string) error {
	e, f, err := c.file(r, name)
	if err != nil {
		return err
	}
	defer f.Content.Close()
	head := make([]byte, sniffed)
	n, err := io.ReadFull(f.Content, head)
	if err != nil && n == 0 {
		return fmt.Errorf("read %s of %s: %w", name, e.ID, err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%d-%s%s"`, e.Number, name, extension(head[:n])))
	f.Content = joined{io.MultiReader(bytes.NewReader(head[:n]), f.Content), f.Content}
	send(w, f)
	return nil
}

// joined reads from one and closes the other.
type joined struct {
	io.Reader
	io.Closer
}

func (c *Console) file(r *http.Request, name string) (contest.Entry, entries.File, error) {
	e, err := c.Entries.Entry(r.Context(), contest.EntryID(r.PathValue("id")))
	if err != nil {
		return e, entries.File{}, err
	}
	f, err := c.Entries.Open(r.Context(), e, name)
	return e, f, err
}

// send writes a file. One that turns out to be damaged on the way breaks off, so that nobody takes it for whole.
func send(w http.ResponseWriter, f entries.File) {
	w.Header().Set("Content-Length", fmt.Sprint(f.Size))
	w.Header().Set("ETag", `"`+f.SHA256+`"`)
	if _, err := io.Copy(w, f.Content); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// extension is the ending that programs know a photo by.
func extension(head []byte) string {
	switch kind := http.DetectContentType(head); {
	case kind == "image/jpeg":
		return ".jpg"
	case kind == "image/png", kind == "image/webp":
		return "." + strings.TrimPrefix(kind, "image/")
	case len(head) > 8 && string(head[4:8]) == "ftyp":
		return ".heic"
	}
	return ""
}

func photoPath(id contest.EntryID, name string) string {
	return "/console/photos/" + string(id) + "/" + name
}

// picture offers an entry's renditions but the square one, at staff's own addresses.
func picture(e contest.Entry, sizes, alt string) page.Picture {
	p := page.Picture{Sizes: sizes, Width: e.Photo.Width, Height: e.Photo.Height, Alt: alt}
	var set []string
	for _, r := range e.Photo.Renditions {
		if r.Name != squareName {
			p.Src = photoPath(e.ID, r.Name) // the smallest, for browsers that know no srcset
			set = append(set, fmt.Sprintf("%s %dw", p.Src, r.Width))
		}
	}
	p.Srcset = strings.Join(set, ", ")
	return p
}

// thumb is an entry's small centre crop.
func thumb(e contest.Entry, alt string) page.Picture {
	return page.Picture{Src: photoPath(e.ID, squareName), Width: thumbSide, Height: thumbSide, Alt: alt}
}

// thumbSide is the side of the square rendition, in pixels.
const thumbSide = 160
