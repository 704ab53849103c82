package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"

	"fanfare/media"
	"fanfare/media/header"
	"fanfare/media/planar"
)

// codec is how one format is read.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	header.JPEG: {jpeg.DecodeConfig, jpeg.Decode},
	header.PNG:  {png.DecodeConfig, png.Decode},
	header.WebP: {webPConfig, decodeWebP},
}

// readSize spares most calls of the system, which decoders would make for every few kilobytes.
const readSize = 64 << 10

// decode reads the picture, once. A JPEG of light and colour, nine photos in ten, stays what it is and is small at once;
// everything else becomes pixels.
func decode(w *work) error {
	if err := w.rewind(); err != nil {
		return err
	}
	if w.info.Format == header.HEIC {
		return decodeHEIC(w)
	}
	codec := codecs[w.info.Format]
	config, err := codec.config(bufio.NewReader(w.original))
	if err != nil {
		return undecodable(err)
	}
	if config.Width != w.info.Width || config.Height != w.info.Height { // the limits looked at other numbers
		return undecodable(fmt.Errorf("the decoder sees %d × %d pixels, the header says %d × %d",
			config.Width, config.Height, w.info.Width, w.info.Height))
	}
	if err := w.rewind(); err != nil {
		return err
	}
	source := bufio.NewReaderSize(w.original, readSize)
	if w.info.Format == header.JPEG && (config.ColorModel == color.YCbCrModel || config.ColorModel == color.GrayModel) {
		if w.planes, err = planar.Decode(source, w.long()); err != nil {
			return undecodable(err)
		}
		return nil
	}
	picture, err := codec.decode(source)
	if err != nil {
		return undecodable(err)
	}
	w.decoded, err = resizable(picture)
	return err
}

// undecodable blames the photo for everything but the file system.
func undecodable(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("read original: %w", err)
	}
	return &media.Refused{Reason: media.Broken, Cause: err.Error()}
}
