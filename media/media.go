// Package media turns a stream of bytes into a Photo with renditions.
//
// It knows photos: what may come in, what is taken from them, what comes out. It refuses to know campaigns, entries or
// where anything is kept. Here stand the vocabulary, the check of a header and the supervision of render processes; the
// work on pixels is in media/pipeline and happens only in those processes.
package media

import "time"

// Limits on what is accepted. All are checked before memory is spent on pixels.
const (
	// MaxBytes is above what phones write (a 50 MP JPEG has 10 to 20 MB) and small enough to hold in a temporary file.
	MaxBytes = 25 << 20
	// MaxPixels is the full size of present phones' main cameras: those called 50 MP have up to 8192 × 6144.
	MaxPixels = 8192 * 6144
	// MaxSide keeps a panorama of sane shape in and one row of pixels cheap.
	MaxSide = 12_000
	// MaxScans is ten times what encoders write in a progressive JPEG; each scan costs a pass over the picture.
	MaxScans = 100
)

// Info is what a photo's header says.
type Info struct {
	// Format is "jpeg", "png", "webp" or "heic".
	Format string
	// Width and Height are of the picture that its decoder yields: before EXIF's orientation is applied.
	Width, Height int
}

// Photo is what rendering an original yields.
type Photo struct {
	// Width and Height are the upright original's.
	Width  int `json:"width"`
	Height int `json:"height"`
	// ThumbHash is the placeholder of evanw.github.io/thumbhash in standard base64.
	ThumbHash string `json:"thumbhash"`
	// Perceptual is a 64-bit hash of what the photo looks like, as 16 hexadecimal digits: near duplicates differ in few
	// bits.
	Perceptual string  `json:"perceptual"`
	Capture    Capture `json:"capture"`
	// Files are the renditions: "2048", "1024", "480", "square".
	Files []File `json:"files"`
}

// Capture is what the camera wrote into the file: never a name or a serial number, and a place only where asked for.
type Capture struct {
	// TakenAt is zero where unknown.
	TakenAt time.Time `json:"taken_at,omitzero"`
	// TakenAtHasZone says that the file names the offset; otherwise TakenAt is the clock's reading, put in UTC.
	TakenAtHasZone bool   `json:"taken_at_has_zone,omitempty"`
	Make           string `json:"make,omitempty"`
	Model          string `json:"model,omitempty"`
	Lens           string `json:"lens,omitempty"`
	Exposure       string `json:"exposure,omitempty"` // seconds: "1/60", "2"
	Aperture       string `json:"aperture,omitempty"` // f-number: "1.8"
	ISO            int    `json:"iso,omitempty"`
	Software       string `json:"software,omitempty"`
	// Place is nil unless Options ask for it and the file has one.
	Place *Place `json:"place,omitempty"`
}

// Place is roughly where a photo was taken: degrees rounded to a tenth, some eleven kilometres.
type Place struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// File is one rendition on disk: a JPEG without metadata.
type File struct {
	Name string `json:"name"`
	// Path is valid until the Rendering is closed.
	Path   string `json:"path"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	// SHA256 of the file, in hexadecimal.
	SHA256 string `json:"sha256"`
}
