package night

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"github.com/bep/imagemeta"
)

var capture = Capture{
	Taken: time.Date(2026, 11, 7, 20, 41, 5, 0, time.FixedZone("", 8*3600)),
	Make:  "NIKON CORPORATION", Model: "NIKON Z 6_2", Lens: "NIKKOR Z 24-70mm f/4 S",
	Exposure: [2]uint32{1, 60}, FNumber: 5.6, ISO: 800,
}

func TestAnIndependentReaderFindsTheCaptureData(t *testing.T) {
	file, err := Encode(image.NewRGBA(image.Rect(0, 0, 32, 16)), capture)
	if err != nil {
		t.Fatal(err)
	}
	tags := read(t, file)
	want := map[string]string{
		"Make": "NIKON CORPORATION", "Model": "NIKON Z 6_2", "LensModel": "NIKKOR Z 24-70mm f/4 S",
		"DateTimeOriginal": "2026:11:07 20:41:05", "OffsetTimeOriginal": "+08:00",
	}
	for name, value := range want {
		if got := tags.EXIF()[name].Value; got != value {
			t.Errorf("%s: got %v, want %v", name, got, value)
		}
	}
	for name, value := range map[string]float64{"ExposureTime": 1.0 / 60, "FNumber": 5.6, "ISO": 800, "Orientation": 1} {
		if got := number(tags.EXIF()[name].Value); got < value*0.999 || got > value*1.001 {
			t.Errorf("%s: got %v, want %v", name, got, value)
		}
	}
}

func TestASidewaysFileHoldsTheTurnedPictureAndSaysSo(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := range 8 { // the upper left quarter is red
		for x := range 16 {
			copy(img.Pix[img.PixOffset(x, y):], []byte{255, 0, 0, 255})
		}
	}
	turned := capture
	turned.Sideways = true
	file, err := Encode(img, turned)
	if err != nil {
		t.Fatal(err)
	}
	tags := read(t, file)
	if got := number(tags.EXIF()["Orientation"].Value); got != 6 {
		t.Errorf("orientation: got %v, want 6 (to be viewed turned right)", got)
	}
	stored, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got := stored.Bounds().Size(); got != image.Pt(16, 32) {
		t.Fatalf("stored size: got %v, want 16×32", got)
	}
	if r, g, _, _ := stored.At(3, 28).RGBA(); r < 0xc000 || g > 0x4000 {
		t.Error("the upper left of the upright picture is not in the lower left of the stored one")
	}
}

func read(t *testing.T, file []byte) imagemeta.Tags {
	t.Helper()
	var tags imagemeta.Tags
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(file), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
		HandleTag: func(tag imagemeta.TagInfo) error { tags.Add(tag); return nil },
		Warnf:     func(format string, args ...any) { t.Errorf("reader warns: "+format, args...) },
	})
	if err != nil {
		t.Fatalf("read exif: %v", err)
	}
	return tags
}

func number(v any) float64 {
	switch v := v.(type) {
	case interface{ Float64() float64 }:
		return v.Float64()
	case uint16:
		return float64(v)
	case float64:
		return v
	}
	return -1
}
