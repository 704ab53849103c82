package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"

	"fanfare/media"
)

// quality is where a photo's artefacts stay out of sight at a fifth of the bytes of 95.
const quality = 82

// encode writes the renditions' files. The encoder is given planes and nothing else, so no metadata can reach them.
func encode(w *work) error {
	for _, size := range w.sizes {
		file, err := size.write(w.dir, w.quality)
		if err != nil {
			return err
		}
		w.photo.Files = append(w.photo.Files, file)
	}
	return nil
}

func (r rendition) write(dir string, quality int) (media.File, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, r.picture.Image(), &jpeg.Options{Quality: quality}); err != nil {
		return media.File{}, fmt.Errorf("encode %s: %w", r.name, err)
	}
	name := r.name + ".jpg"
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
		return media.File{}, fmt.Errorf("write %s: %w", r.name, err)
	}
	sum := sha256.Sum256(b.Bytes())
	return media.File{
		Name:   r.name,
		Path:   name,
		Width:  r.picture.Width,
		Height: r.picture.Height,
		Bytes:  b.Len(),
		SHA256: hex.EncodeToString(sum[:]),
	}, nil
}
