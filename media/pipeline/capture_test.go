package pipeline_test

import (
	"bytes"
	"image"
	"image/color"
	"math/bits"
	"strconv"
	"strings"
	"testing"
	"time"

	"fanfare/media"
	"fanfare/media/mediatest"
)

// withEXIF puts a block into a small file of each format.
func withEXIF(e mediatest.EXIF) map[string][]byte {
	scene := mediatest.Scene(40, 30)
	picture := mediatest.TwoColours(scene.Rect, color.NRGBA{G: 1}, 2, func(x, y int) bool { return x < y })
	return map[string][]byte{
		"jpeg": mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(e)),
		"png":  mediatest.PNGWith(mediatest.PNG(scene), mediatest.Chunk("eXIf", string(e.TIFF()))),
		"webp": mediatest.WebP(mediatest.Canvas(mediatest.WebPEXIF, 40, 30), picture, mediatest.RIFFChunk("EXIF", string(e.TIFF()))),
	}
}

func TestCaptureDataIsReadFromEveryFormat(t *testing.T) {
	want := media.Capture{
		TakenAt: time.Date(2026, 11, 20, 13, 4, 5, 0, time.UTC), TakenAtHasZone: true,
		Make: "Xiaomi", Model: "14 Ultra", Lens: "Leica 23mm", Exposure: "1/60", Aperture: "1.6", ISO: 800, Software: "HyperOS",
	}
	for format, original := range withEXIF(full) {
		got := render(t, original).Capture
		got.TakenAt = got.TakenAt.UTC()
		if got != want {
			t.Errorf("%s: got %+v, want %+v", format, got, want)
		}
	}
}

func TestCaptureDataIsCleaned(t *testing.T) {
	at := time.Date(2026, 11, 20, 21, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		exif mediatest.EXIF
		want media.Capture
	}{
		"no zone":                {mediatest.EXIF{Taken: "2026:11:20 21:04:05"}, media.Capture{TakenAt: at}},
		"a zone that is none":    {mediatest.EXIF{Taken: "2026:11:20 21:04:05", Offset: "local"}, media.Capture{TakenAt: at}},
		"universal time":         {mediatest.EXIF{Taken: "2026:11:20 21:04:05", Offset: "Z"}, media.Capture{TakenAt: at, TakenAtHasZone: true}},
		"a clock never set":      {mediatest.EXIF{Taken: "0000:00:00 00:00:00"}, media.Capture{}},
		"an impossible date":     {mediatest.EXIF{Taken: "2026:13:40 21:04:05"}, media.Capture{}},
		"spaces and controls":    {mediatest.EXIF{Make: "  Canon\x07 \r\n", Model: "\u202eX\u200b1"}, media.Capture{Make: "Canon", Model: "X1"}},
		"bytes that are no text": {mediatest.EXIF{Make: "A\xff\xfeB"}, media.Capture{Make: "AB"}},
		"Chinese":                {mediatest.EXIF{Make: "小米", Lens: "徕卡"}, media.Capture{Make: "小米", Lens: "徕卡"}},
		"an endless name":        {mediatest.EXIF{Model: strings.Repeat("长", 300)}, media.Capture{Model: strings.Repeat("长", 80)}},
		"a name beyond measure":  {mediatest.EXIF{Model: strings.Repeat("x", 5000), Make: "M"}, media.Capture{Make: "M"}},
		"seconds":                {mediatest.EXIF{Exposure: [2]uint32{25, 10}}, media.Capture{Exposure: "2.5"}},
		"a long exposure":        {mediatest.EXIF{Exposure: [2]uint32{30, 1}}, media.Capture{Exposure: "30"}},
		"a tenth of a second":    {mediatest.EXIF{Exposure: [2]uint32{99, 1000}}, media.Capture{Exposure: "1/10"}},
		"no exposure at all":     {mediatest.EXIF{Exposure: [2]uint32{0, 1}}, media.Capture{}},
		"a whole f-number":       {mediatest.EXIF{Aperture: [2]uint32{8, 1}}, media.Capture{Aperture: "8"}},
		"an f-number of zero":    {mediatest.EXIF{Aperture: [2]uint32{0, 1}}, media.Capture{}},
	} {
		for format, original := range withEXIF(c.exif) {
			if got := render(t, original).Capture; !got.TakenAt.Equal(c.want.TakenAt) || withoutTime(got) != withoutTime(c.want) {
				t.Errorf("%s, %s: got %+v, want %+v", name, format, got, c.want)
			}
		}
	}
}

func withoutTime(c media.Capture) media.Capture {
	c.TakenAt = time.Time{}
	return c
}

// A camera's broken metadata must not cost the fan the entry.
func TestBrokenMetadataIsIgnored(t *testing.T) {
	scene := mediatest.JPEG(mediatest.Scene(40, 30))
	tiff := full.TIFF()
	loop := bytes.Clone(tiff)
	at := bytes.Index(loop, []byte{0x69, 0x87, 4, 0})
	copy(loop[at+8:], []byte{8, 0, 0, 0}) // the camera's directory is the main one
	for name, block := range map[string]string{
		"empty":        "",
		"no TIFF":      "hello",
		"cut":          string(tiff[:40]),
		"endless loop": string(loop),
		"65535 tags":   "II*\x00\x08\x00\x00\x00\xff\xff" + strings.Repeat("\x0f\x01\x02\x00\x01\x00\x00\x00x\x00\x00\x00", 5000),
	} {
		got := render(t, mediatest.JPEGWith(scene, mediatest.Segment(0xe1, "Exif\x00\x00"+block)))
		if got.Width != 40 || len(got.Files) != 4 {
			t.Errorf("%s: %d × %d with %d files", name, got.Width, got.Height, len(got.Files))
		}
	}
}

// identifying are byte strings that betray metadata: its containers and what the test's own block says.
var identifying = []string{"Exif", "http://ns.adobe", "GPS", "ICC_PROFILE", "Photoshop", "JFIF", "Xiaomi", "HyperOS", "An Author", "SERIAL-4711", "An Owner", "secret"}

func TestNoMetadataReachesARendition(t *testing.T) {
	secrets := [][]byte{
		mediatest.EXIFSegment(full),
		mediatest.Segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>secret</x:xmpmeta>"),
		mediatest.Segment(0xed, "Photoshop 3.0\x00secret"),
		mediatest.Segment(0xe2, "MPF\x00secret"),
		mediatest.Segment(0xfe, "secret comment"),
	}
	originals := withEXIF(full)
	originals["jpeg"] = append(mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(400, 300)), secrets...), "secret behind the end"...)
	originals["png"] = mediatest.PNGWith(originals["png"], mediatest.Chunk("tEXt", "Comment\x00secret"),
		mediatest.Chunk("zTXt", "Comment\x00\x00"+mediatest.Deflate([]byte("secret"))), mediatest.Chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00secret"))
	for format, original := range originals {
		got := render(t, original)
		for name, file := range got.files {
			for _, s := range identifying {
				if bytes.Contains(file, []byte(s)) {
					t.Errorf("%s: %s holds %q", format, name, s)
				}
			}
			for _, kind := range segments(file) {
				if !bytes.Contains([]byte{0xdb, 0xc0, 0xc4, 0xda}, []byte{kind}) {
					t.Errorf("%s: %s has segment %x, want tables, frame and scan only", format, name, kind)
				}
			}
			if !bytes.HasSuffix(file, []byte{0xff, 0xd9}) {
				t.Errorf("%s: %s does not end with its picture", format, name)
			}
		}
	}
}

// segments returns the markers of a JPEG's segments up to its scan.
func segments(file []byte) (kinds []byte) {
	for i := 2; i+4 <= len(file) && file[i] == 0xff; {
		kinds = append(kinds, file[i+1])
		if file[i+1] == 0xda {
			return kinds
		}
		i += 2 + int(file[i+2])<<8 + int(file[i+3])
	}
	return append(kinds, 0) // it broke off
}

func TestNearDuplicatesHaveNearHashes(t *testing.T) {
	scene := mediatest.Scene(800, 600)
	hash := hashOf(t, mediatest.JPEG(scene))
	brighter := mediatest.Scene(800, 600)
	for i := range brighter.Pix {
		brighter.Pix[i] = uint8(min(255, int(brighter.Pix[i])*11/10))
	}
	cropped := mediatest.Scene(800, 600).SubImage(image.Rect(8, 6, 792, 594))
	for name, c := range map[string]struct {
		original  []byte
		low, high int
	}{
		"the same pixels in another format": {mediatest.PNG(scene), 0, 2},
		"smaller":                           {mediatest.JPEG(mediatest.Scene(400, 300)), 0, 6},
		"brighter":                          {mediatest.JPEG(brighter), 0, 8},
		"cropped by a hundredth":            {mediatest.JPEG(cropped), 0, 12},
		"upside down":                       {mediatest.JPEG(mediatest.Stored(scene, 3)), 20, 64},
	} {
		if d := bitsBetween(hash, hashOf(t, c.original)); d < c.low || d > c.high {
			t.Errorf("%s: %d bits differ, want %d to %d", name, d, c.low, c.high)
		}
	}
}

func hashOf(t *testing.T, original []byte) uint64 {
	t.Helper()
	hex := render(t, original).Perceptual
	if len(hex) != 16 {
		t.Fatalf("the hash is %q", hex)
	}
	hash, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func bitsBetween(a, b uint64) int { return bits.OnesCount64(a ^ b) }
