// Package picture makes the photos that fanbench has rendered, and the exact pictures that their renditions are compared
// with. It knows nothing of who renders them.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"

	"github.com/disintegration/imaging"

	"fanfare/media/fidelity"
	"fanfare/media/mediatest"
	"fanfare/server/demo/night"
)

// quality is what phones write their photos with.
const quality = 92

// Draw draws a night scene of the demo at any size, grain included.
func Draw(width, height int) image.Image {
	scene := night.Scenes()[0]
	scene.Width, scene.Height = width, height
	return scene.Draw()
}

// Enlarge returns the photo in a file at another size, its sides cut to the new shape.
func Enlarge(file string, width, height int) (image.Image, error) {
	photo, err := imaging.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open photo: %w", err)
	}
	return imaging.Fill(photo, width, height, imaging.Center, imaging.CatmullRom), nil
}

// Encode returns a baseline JPEG like a phone's, in sRGB or, as phones prefer it, in Display P3.
func Encode(picture image.Image, wide bool) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode photo: %w", err)
	}
	if !wide {
		return b.Bytes(), nil
	}
	profile := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	return mediatest.JPEGWith(b.Bytes(), mediatest.ICCSegments(profile, len(profile))), nil
}

// Open reads a JPEG's pixels.
func Open(file string) (*image.NRGBA, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	decoded, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", file, err)
	}
	return fidelity.Pixels(decoded), nil
}
