package mediatest

import "encoding/binary"

// EXIF is what a test writes into a photo. Zero fields are left out.
type EXIF struct {
	Orientation           uint16
	Make, Model, Lens     string
	Software              string
	Taken, Offset         string // "2026:11:22 20:15:00", "+08:00"
	Exposure, Aperture    [2]uint32
	ISO                   uint16
	Artist, Serial, Owner string
	// AdobeRGB marks the colours as cameras do that embed no profile.
	AdobeRGB bool
	// GPS adds a place: 39°54′ N, 116°23′ E.
	GPS bool
}

// Types of values in a TIFF directory.
const (
	tiffText     = 2
	tiffShort    = 3
	tiffLong     = 4
	tiffRational = 5
)

// field is one entry of a TIFF directory.
type field struct {
	tag, kind uint16
	count     uint32
	data      []byte
}

func text(tag uint16, s string) field {
	return field{tag, tiffText, uint32(len(s) + 1), append([]byte(s), 0)}
}

func short(tag, v uint16) field {
	return field{tag, tiffShort, 1, binary.LittleEndian.AppendUint16(nil, v)}
}

func long(tag uint16, v uint32) field {
	return field{tag, tiffLong, 1, binary.LittleEndian.AppendUint32(nil, v)}
}

func rationals(tag uint16, numbers ...uint32) field {
	f := field{tag, tiffRational, uint32(len(numbers) / 2), nil}
	for _, n := range numbers {
		f.data = binary.LittleEndian.AppendUint32(f.data, n)
	}
	return f
}

// TIFF returns the block as a little-endian TIFF file, which is what JPEG, PNG and WebP embed.
func (e EXIF) TIFF() []byte {
	const exifPointer, gpsPointer, interopPointer = 0x8769, 0x8825, 0xa005
	main, camera, place, interop := e.main(), e.camera(), e.place(), e.interop()
	main = append(main, long(exifPointer, 0))
	if e.GPS {
		main = append(main, long(gpsPointer, 0))
	}
	cameraAt := 8 + size(main)
	placeAt := cameraAt + size(camera)
	for i := range camera {
		if camera[i].tag == interopPointer {
			camera[i] = long(interopPointer, uint32(placeAt+size(place)))
		}
	}
	for i := range main {
		switch main[i].tag {
		case exifPointer:
			main[i] = long(exifPointer, uint32(cameraAt))
		case gpsPointer:
			main[i] = long(gpsPointer, uint32(placeAt))
		}
	}
	b := []byte("II*\x00\x08\x00\x00\x00")
	b = appendDirectory(b, main)
	b = appendDirectory(b, camera)
	b = appendDirectory(b, place)
	return appendDirectory(b, interop)
}

func (e EXIF) main() (fields []field) {
	fields = appendText(fields, 0x010f, e.Make)
	fields = appendText(fields, 0x0110, e.Model)
	if e.Orientation != 0 {
		fields = append(fields, short(0x0112, e.Orientation))
	}
	fields = appendText(fields, 0x0131, e.Software)
	return appendText(fields, 0x013b, e.Artist)
}

func (e EXIF) camera() (fields []field) {
	if e.Exposure[1] != 0 {
		fields = append(fields, rationals(0x829a, e.Exposure[:]...))
	}
	if e.Aperture[1] != 0 {
		fields = append(fields, rationals(0x829d, e.Aperture[:]...))
	}
	if e.ISO != 0 {
		fields = append(fields, short(0x8827, e.ISO))
	}
	fields = appendText(fields, 0x9003, e.Taken)
	fields = appendText(fields, 0x9011, e.Offset)
	if e.AdobeRGB {
		fields = append(fields, short(0xa001, 0xffff), long(0xa005, 0))
	}
	fields = appendText(fields, 0xa430, e.Owner)
	fields = appendText(fields, 0xa431, e.Serial)
	return appendText(fields, 0xa434, e.Lens)
}

func (e EXIF) interop() []field {
	if !e.AdobeRGB {
		return nil
	}
	return []field{text(1, "R03")}
}

func (e EXIF) place() []field {
	if !e.GPS {
		return nil
	}
	return []field{
		text(1, "N"), rationals(2, 39, 1, 54, 1, 0, 1),
		text(3, "E"), rationals(4, 116, 1, 23, 1, 0, 1),
	}
}

func appendText(fields []field, tag uint16, s string) []field {
	if s == "" {
		return fields
	}
	return append(fields, text(tag, s))
}

// size is the length of a directory and of the values that stand behind it.
func size(fields []field) int {
	n := 2 + 12*len(fields) + 4
	for _, f := range fields {
		if len(f.data) > 4 {
			n += len(f.data)
		}
	}
	return n
}

func appendDirectory(b []byte, fields []field) []byte {
	values := len(b) + 2 + 12*len(fields) + 4
	var behind []byte
	b = binary.LittleEndian.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		b = binary.LittleEndian.AppendUint16(b, f.tag)
		b = binary.LittleEndian.AppendUint16(b, f.kind)
		b = binary.LittleEndian.AppendUint32(b, f.count)
		if len(f.data) > 4 {
			b = binary.LittleEndian.AppendUint32(b, uint32(values+len(behind)))
			behind = append(behind, f.data...)
			continue
		}
		var inline [4]byte
		copy(inline[:], f.data)
		b = append(b, inline[:]...)
	}
	b = append(b, 0, 0, 0, 0) // no next directory
	return append(b, behind...)
}
