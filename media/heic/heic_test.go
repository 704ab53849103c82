package heic_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"math"
	"os/exec"
	"strings"
	"testing"

	"fanfare/media/header"
	"fanfare/media/heic"
	"fanfare/media/mediatest"
)

func decode(t *testing.T, file mediatest.HEIC, coding *header.Coding) image.Image {
	t.Helper()
	mediatest.Codec(t)
	picture, err := heic.Decode(bytes.NewReader(file.File()), coding)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// difference is the root mean square difference of two pictures' channels, in values of 255.
func difference(t *testing.T, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("pictures of %v and %v", a.Bounds(), b.Bounds())
	}
	sum, n := 0.0, 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			for _, d := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
				sum += float64(d * d)
				n++
			}
		}
	}
	return math.Sqrt(sum / float64(n))
}

func TestAPictureIsDecodedTurnedAndCut(t *testing.T) {
	scene := mediatest.Scene(mediatest.CodedWidth, mediatest.CodedHeight)
	four := image.NewNRGBA(image.Rect(0, 0, 2*mediatest.CodedWidth, mediatest.CodedHeight))
	middle := image.NewNRGBA(image.Rect(0, 0, 200, 150))
	for y := range mediatest.CodedHeight {
		for x := range 2 * mediatest.CodedWidth {
			four.SetNRGBA(x, y, scene.NRGBAAt(x%mediatest.CodedWidth, y))
			middle.SetNRGBA(x-28, y-21, scene.NRGBAAt(x%mediatest.CodedWidth, y))
		}
	}
	for name, c := range map[string]struct {
		file mediatest.HEIC
		want image.Image
	}{
		"as it is":      {mediatest.HEIC{}, scene},
		"by a quarter":  {mediatest.HEIC{Turns: 1}, mediatest.Stored(scene, 6)},
		"upside down":   {mediatest.HEIC{Turns: 2}, mediatest.Stored(scene, 3)},
		"by three":      {mediatest.HEIC{Turns: 3}, mediatest.Stored(scene, 8)},
		"left to right": {mediatest.HEIC{Mirror: 'h'}, mediatest.Stored(scene, 2)},
		"top to bottom": {mediatest.HEIC{Mirror: 'v'}, mediatest.Stored(scene, 4)},
		"two of a grid": {mediatest.HEIC{Columns: 2, Rows: 1}, four},
		"cut":           {mediatest.HEIC{Clean: [2]int{200, 150}}, middle},
	} {
		if d := difference(t, decode(t, c.file, nil), c.want); d > 20 { // coded hard, with colours at half the size
			t.Errorf("%s: differs by %.1f", name, d)
		}
	}
}

func TestWhatTheCodecRefusesIsAnError(t *testing.T) {
	decode(t, mediatest.HEIC{}, nil) // or skip
	whole := mediatest.HEIC{}.File()
	for name, file := range map[string][]byte{
		"nothing":       nil,
		"no HEIC":       mediatest.PNG(mediatest.Scene(8, 8)),
		"cut off":       whole[:len(whole)-3000],
		"no item":       bytes.Replace(whole, []byte("hvc1"), []byte("xxxx"), 1),
		"a narrow one":  mediatest.HEIC{Clean: [2]int{100, 150}}.File(),
		"a huge canvas": mediatest.HEIC{Columns: 2, Rows: 2, GridWidth: 60_000, GridHeight: 60_000}.File(),
	} {
		if picture, err := heic.Decode(bytes.NewReader(file), nil); err == nil {
			t.Errorf("%s: decoded to %v", name, picture.Bounds())
		}
	}
	if _, err := heic.Decode(bytes.NewReader(whole), &header.Coding{Matrix: 0}); !errors.Is(err, heic.ErrUnsupported) {
		t.Errorf("without light and colour differences: got %v, want ErrUnsupported", err)
	}
}

// The codec's package looks for a library of the machine as soon as it is part of a program built without the tag.
func TestNoBuildCanLoadALibraryOfTheMachine(t *testing.T) {
	for _, tags := range []string{"", "nodynamic"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags="+tags, "fanfare/cmd/fanfare")
		list.Env = append(list.Environ(), "GOFLAGS=")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "github.com/ebitengine/purego") {
			t.Errorf("with the tags %q the program can load libraries", tags)
		}
		if has := strings.Contains(string(out), "github.com/gen2brain/heic"); has != (tags == "nodynamic") {
			t.Errorf("with the tags %q the program has the codec: %t", tags, has)
		}
	}
}
