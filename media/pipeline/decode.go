package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"

	"golang.org/x/image/webp"

	"fanfare/media"
	"fanfare/media/header"
)

// codec is how one format is read.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	header.JPEG: {jpeg.DecodeConfig, jpeg.Decode},
	header.PNG:  {png.DecodeConfig, png.Decode},
	header.WebP: {webp.DecodeConfig, webp.Decode},
}

// decode reads the picture. It is the one place that turns a file into pixels.
func decode(w *work) error {
	codec := codecs[w.info.Format]
	if err := w.rewind(); err != nil {
		return err
	}
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
	picture, err := codec.decode(bufio.NewReader(w.original))
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
