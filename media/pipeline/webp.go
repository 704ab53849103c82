package pipeline

import (
	"bufio"
	"image"
	"image/draw"
	"io"

	"golang.org/x/image/webp"

	"fanfare/media/header"
)

// vp8xHead is how far a WebP must be read to know whether it is animated.
const vp8xHead = 21

// webPConfig returns a WebP's size, of an animated one its canvas's.
func webPConfig(r io.Reader) (image.Config, error) {
	source := bufio.NewReader(r)
	if head, err := source.Peek(vp8xHead); err != nil || !header.Animated(head) {
		return webp.DecodeConfig(source)
	}
	frame, err := header.FirstFrame(source)
	if err != nil {
		return image.Config{}, err
	}
	config, err := webp.DecodeConfig(frame.Still)
	config.Width, config.Height = frame.Canvas.Dx(), frame.Canvas.Dy()
	return config, err
}

// decodeWebP reads a WebP, of an animated one the first frame on its empty canvas.
func decodeWebP(r io.Reader) (image.Image, error) {
	source := bufio.NewReader(r)
	if head, err := source.Peek(vp8xHead); err != nil || !header.Animated(head) {
		return webp.Decode(source)
	}
	frame, err := header.FirstFrame(source)
	if err != nil {
		return nil, err
	}
	picture, err := webp.Decode(frame.Still)
	if err != nil || frame.Bounds == frame.Canvas {
		return picture, err
	}
	canvas := image.NewNRGBA(frame.Canvas)
	draw.Draw(canvas, frame.Bounds, picture, picture.Bounds().Min, draw.Src)
	return canvas, nil
}
