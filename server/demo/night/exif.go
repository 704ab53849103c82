package night

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"time"
)

// Capture is what the camera writes beside the picture.
type Capture struct {
	Taken             time.Time // with its offset
	Make, Model, Lens string
	Exposure          [2]uint32 // seconds as a fraction
	FNumber           float64   // kept to a tenth
	ISO               uint16
	// Sideways stores the picture as a sensor turned to the left sees it, and says so, as cameras held upright do.
	Sideways bool
}

// quality is what cameras' own "fine" comes to.
const quality = 90

// Encode returns the picture as a camera's JPEG file.
func Encode(img *image.RGBA, c Capture) ([]byte, error) {
	if c.Sideways {
		img = turnLeft(img)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	segment, err := c.segment()
	if err != nil {
		return nil, err
	}
	const soi = 2 // the start-of-image marker stays first
	plain := b.Bytes()
	file := make([]byte, 0, len(plain)+len(segment))
	file = append(file, plain[:soi]...)
	file = append(file, segment...)
	return append(file, plain[soi:]...), nil
}

// turnLeft turns a picture by 90° against the clock.
func turnLeft(img *image.RGBA) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			copy(out.Pix[out.PixOffset(y, w-1-x):][:4], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}

// The tags written, of TIFF 6.0 and Exif 2.32.
const (
	tagMake           = 0x010f
	tagModel          = 0x0110
	tagOrientation    = 0x0112
	tagExif           = 0x8769
	tagExposureTime   = 0x829a
	tagFNumber        = 0x829d
	tagISO            = 0x8827
	tagVersion        = 0x9000
	tagTaken          = 0x9003
	tagOffset         = 0x9011
	tagLens           = 0xa434
	typeASCII         = 2
	typeShort         = 3
	typeLong          = 4
	typeRational      = 5
	typeUndefined     = 7
	upright           = 1
	viewTurnedRight   = 6
	directoryOverhead = 2 + 4 // count before the entries, link to the next directory after
	entrySize         = 12
)

// field is one entry of a TIFF directory. Values of up to four bytes stand in the entry, longer ones behind it.
type field struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

func ascii(tag uint16, s string) field {
	return field{tag, typeASCII, uint32(len(s) + 1), append([]byte(s), 0)}
}

func short(tag, v uint16) field {
	return field{tag, typeShort, 1, binary.BigEndian.AppendUint16(nil, v)}
}

func long(tag uint16, v uint32) field {
	return field{tag, typeLong, 1, binary.BigEndian.AppendUint32(nil, v)}
}

func rational(tag uint16, v [2]uint32) field {
	b := binary.BigEndian.AppendUint32(nil, v[0])
	return field{tag, typeRational, 1, binary.BigEndian.AppendUint32(b, v[1])}
}

// segment returns the APP1 segment.
func (c Capture) segment() ([]byte, error) {
	orientation := uint16(upright)
	if c.Sideways {
		orientation = viewTurnedRight
	}
	const header = 8 // byte order, 42, where the first directory begins
	first := []field{ascii(tagMake, c.Make), ascii(tagModel, c.Model), short(tagOrientation, orientation), long(tagExif, 0)}
	second := header + uint32(len(directory(header, first)))
	first[len(first)-1] = long(tagExif, second)
	tiff := append([]byte("MM\x00*\x00\x00\x00\x08"), directory(header, first)...)
	tiff = append(tiff, directory(second, []field{
		rational(tagExposureTime, c.Exposure),
		rational(tagFNumber, [2]uint32{uint32(c.FNumber*10 + 0.5), 10}),
		short(tagISO, c.ISO),
		{tagVersion, typeUndefined, 4, []byte("0232")},
		ascii(tagTaken, c.Taken.Format("2006:01:02 15:04:05")),
		ascii(tagOffset, c.Taken.Format("-07:00")),
		ascii(tagLens, c.Lens),
	})...)
	const name = "Exif\x00\x00"
	length := 2 + len(name) + len(tiff)
	if length > 0xffff {
		return nil, errors.New("write exif: capture data does not fit one segment")
	}
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(length))
	segment = append(segment, name...)
	return append(segment, tiff...), nil
}

// directory writes fields, which must be in order of their tags, as they stand at offset start.
func directory(start uint32, fields []field) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(fields)))
	behind := start + directoryOverhead + uint32(len(fields))*entrySize
	var long []byte
	for _, f := range fields {
		b = binary.BigEndian.AppendUint16(b, f.tag)
		b = binary.BigEndian.AppendUint16(b, f.kind)
		b = binary.BigEndian.AppendUint32(b, f.count)
		if len(f.value) <= 4 {
			b = append(b, append(f.value, 0, 0, 0, 0)[:4]...)
			continue
		}
		b = binary.BigEndian.AppendUint32(b, behind+uint32(len(long)))
		long = append(long, f.value...)
		if len(long)%2 == 1 {
			long = append(long, 0) // values begin on even offsets
		}
	}
	b = append(b, 0, 0, 0, 0) // no next directory
	return append(b, long...)
}
