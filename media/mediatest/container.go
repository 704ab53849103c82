package mediatest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Segment returns a JPEG segment.
func Segment(marker byte, body string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// EXIFSegment returns the APP1 segment of an EXIF block.
func EXIFSegment(e EXIF) []byte { return Segment(0xe1, "Exif\x00\x00"+string(e.TIFF())) }

// ICCSegments returns the APP2 segments of a profile cut into pieces of at most size bytes.
func ICCSegments(profile []byte, size int) []byte {
	count := (len(profile) + size - 1) / size
	var b []byte
	for i := range count {
		piece := profile[i*size : min((i+1)*size, len(profile))]
		b = append(b, Segment(0xe2, "ICC_PROFILE\x00"+string([]byte{byte(i + 1), byte(count)})+string(piece))...)
	}
	return b
}

// JPEGWith puts segments behind a JPEG's first marker.
func JPEGWith(jpeg []byte, segments ...[]byte) []byte {
	return append(append(bytes.Clone(jpeg[:2]), bytes.Join(segments, nil)...), jpeg[2:]...)
}

// Chunk returns a PNG chunk.
func Chunk(kind, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// ICCChunk returns the iCCP chunk of a profile.
func ICCChunk(profile []byte) []byte { return Chunk("iCCP", "p\x00\x00"+Deflate(profile)) }

// Deflate packs bytes as zlib does.
func Deflate(b []byte) string {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write(b)
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a Buffer takes everything
	}
	return packed.String()
}

// PNGWith puts chunks behind a PNG's header.
func PNGWith(png []byte, chunks ...[]byte) []byte {
	const header = 8 + 25 // signature and IHDR
	return append(append(bytes.Clone(png[:header]), bytes.Join(chunks, nil)...), png[header:]...)
}

// PNGHeader returns the beginning of a PNG: signature and header.
func PNGHeader(width, height uint32, depth, colourType byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, width)
	b = binary.BigEndian.AppendUint32(b, height)
	return append([]byte("\x89PNG\r\n\x1a\n"), Chunk("IHDR", string(append(b, depth, colourType, 0, 0, 0)))...)
}

// JPEGHeader returns the beginning of a baseline JPEG: first marker and frame header.
func JPEGHeader(width, height uint16) []byte {
	b := binary.BigEndian.AppendUint16([]byte{8}, height)
	b = binary.BigEndian.AppendUint16(b, width)
	return append([]byte{0xff, 0xd8}, Segment(0xc0, string(b)+"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01")...)
}
