package pipeline

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bep/imagemeta"

	"fanfare/media"
)

// Limits on what EXIF may cost.
const (
	maxTags    = 2000 // cameras write some 100, maker notes not counted
	maxTagSize = 1024 // the longest value used is a name
	maxText    = 80   // runes of a name; the longest lens names have about 60
)

// used names the tags that are read, by the directory they stand in. Nothing here tells who; the place is handed on only
// where its owner agreed, and then coarsely.
var used = map[string]bool{
	"IFD0/Make":                        true,
	"IFD0/Model":                       true,
	"IFD0/Orientation":                 true,
	"IFD0/Software":                    true,
	interop:                            true,
	latitude:                           true,
	latitude + "Ref":                   true,
	longitude:                          true,
	longitude + "Ref":                  true,
	"IFD0/ExifIFDP/ColorSpace":         true,
	"IFD0/ExifIFDP/DateTimeOriginal":   true,
	"IFD0/ExifIFDP/ExposureTime":       true,
	"IFD0/ExifIFDP/FNumber":            true,
	"IFD0/ExifIFDP/ISO":                true,
	"IFD0/ExifIFDP/LensModel":          true,
	"IFD0/ExifIFDP/OffsetTimeOriginal": true,
}

const (
	interop   = "IFD0/ExifIFDP/InteroperabilityIFD/GPSLatitudeRef" // InteropIndex: imagemeta knows a tag's number by one name
	latitude  = "IFD0/GPSInfoIFD/GPSLatitude"
	longitude = "IFD0/GPSInfoIFD/GPSLongitude"
)

// tags are the used values of an EXIF block, each of whatever type the file gave it.
type tags map[string]any

// readEXIF reads the used tags of a TIFF block. A broken block yields those before the break: metadata is worth no
// photo's refusal. imagemeta recovers from its own panics.
func readEXIF(block []byte) tags {
	found := tags{}
	if len(block) == 0 {
		return found
	}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R:               bytes.NewReader(block),
		ImageFormat:     imagemeta.TIFF,
		Sources:         imagemeta.EXIF,
		LimitNumTags:    maxTags,
		LimitTagSize:    maxTagSize,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return used[t.Namespace+"/"+t.Tag] },
		HandleTag: func(t imagemeta.TagInfo) error {
			name := t.Namespace + "/" + t.Tag
			if _, twice := found[name]; !twice {
				found[name] = t.Value
			}
			return nil
		},
	})
	return found
}

func (t tags) capture() media.Capture {
	at, zoned := t.takenAt()
	return media.Capture{
		TakenAt:        at,
		TakenAtHasZone: zoned,
		Make:           t.text("IFD0/Make"),
		Model:          t.text("IFD0/Model"),
		Lens:           t.text("IFD0/ExifIFDP/LensModel"),
		Exposure:       exposure(t.number("IFD0/ExifIFDP/ExposureTime")),
		Aperture:       aperture(t.number("IFD0/ExifIFDP/FNumber")),
		ISO:            iso(t.number("IFD0/ExifIFDP/ISO")),
		Software:       t.text("IFD0/Software"),
	}
}

func (t tags) orientation() orientation {
	return orientationOf(int(t.number("IFD0/Orientation")))
}

// place reads roughly where the photo was taken; nil where the file does not say.
func (t tags) place() *media.Place {
	lat, north := t.degrees(latitude, "N", "S", 90)
	lon, east := t.degrees(longitude, "E", "W", 180)
	if !north || !east || lat == 0 && lon == 0 { // cameras without a fix write zeros
		return nil
	}
	return &media.Place{Lat: lat, Lon: lon}
}

// degrees reads a coordinate, rounded to a tenth.
func (t tags) degrees(name, plus, minus string, most float64) (_ float64, ok bool) {
	v, ok := t[name].(float64)
	side := strings.ToUpper(t.text(name + "Ref"))
	if !ok || !(v >= 0 && v <= most) || side != plus && side != minus {
		return 0, false
	}
	if side == minus {
		v = -v
	}
	return math.Round(v*10)/10 + 0, true // + 0: no minus before a zero
}

// adobeRGB says whether the camera marked its colours so (DCF 2.0, in which no profile is embedded).
func (t tags) adobeRGB() bool {
	const uncalibrated = 0xffff
	return t.text(interop) == "R03" && int(t.number("IFD0/ExifIFDP/ColorSpace")) == uncalibrated
}

// takenAt reads when the photo was taken, and whether the file says in which time zone.
func (t tags) takenAt() (at time.Time, zoned bool) {
	const layout = "2006:01:02 15:04:05"
	clock, offset := t.text("IFD0/ExifIFDP/DateTimeOriginal"), t.text("IFD0/ExifIFDP/OffsetTimeOriginal")
	if at, err := time.Parse(layout+"Z07:00", clock+offset); err == nil {
		return at, true
	}
	at, err := time.Parse(layout, clock)
	if err != nil {
		return time.Time{}, false
	}
	return at, false
}

// text returns a tag's text in one line, without control and formatting characters.
func (t tags) text(name string) string {
	s, _ := t[name].(string)
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText])
	}
	return strings.TrimSpace(s)
}

// number returns a tag's number, the first of several; 0 where it has none.
func (t tags) number(name string) float64 {
	v := t[name]
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	switch v := v.(type) {
	case uint8:
		return float64(v)
	case uint16:
		return float64(v)
	case uint32:
		return float64(v)
	case interface{ Float64() float64 }: // imagemeta's rationals
		return v.Float64()
	}
	return 0
}

// exposure writes seconds as photographers do: "1/250", "0.4", "2".
func exposure(seconds float64) string {
	switch {
	case !(seconds > 1e-6 && seconds < 1e6):
		return ""
	case seconds <= 0.25:
		return "1/" + strconv.FormatFloat(math.Round(1/seconds), 'f', 0, 64)
	}
	return decimal(seconds)
}

// aperture writes an f-number: "1.8", "11".
func aperture(f float64) string {
	if !(f >= 0.1 && f < 1000) {
		return ""
	}
	return decimal(f)
}

// decimal writes a number with one digit after the point, or none if that is 0.
func decimal(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

func iso(v float64) int {
	const highest = 10_000_000 // above every sensor
	return int(min(max(v, 0), highest))
}
