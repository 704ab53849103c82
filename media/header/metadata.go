package header

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"io"
)

// maxBlock bounds a block of metadata. EXIF in a JPEG has at most 64 KB and RGB profiles have a few; what is larger is
// a printer's profile or an attack, and is left out.
const maxBlock = 1 << 20

// Metadata are the blocks that a file carries beside its picture; nil where there is none, or none that is sound.
type Metadata struct {
	EXIF []byte // a TIFF file
	ICC  []byte // a colour profile
	// Coding names the colours by numbers, where the file does that.
	Coding *Coding
	// Turns are the quarter turns against the clock by which a HEIC has its picture turned.
	Turns int
}

// Coding are code points of ITU-T H.273.
type Coding struct {
	Primaries, Transfer, Matrix int
	// Full says that values use their whole range.
	Full bool
}

// ReadMetadata collects the blocks of a file of the given format. A file that breaks off yields the blocks before the
// break. Its error is what r failed with.
func ReadMetadata(r io.Reader, format string) (Metadata, error) {
	collect := map[string]func(*bufio.Reader) (Metadata, error){JPEG: jpegBlocks, PNG: pngBlocks, WebP: webpBlocks, HEIC: heicBlocks}[format]
	if collect == nil {
		return Metadata{}, &UnsupportedError{format}
	}
	m, err := collect(bufio.NewReader(r))
	if errors.Is(ended(err), ErrBroken) {
		err = nil
	}
	return m, err
}

// block reads a body of the given length, or skips one that is too long.
func block(r *bufio.Reader, length int64) ([]byte, error) {
	if length > maxBlock {
		_, err := io.CopyN(io.Discard, r, length)
		return nil, err
	}
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, length)
	return b.Bytes(), err
}

const (
	exifPrefix = "Exif\x00\x00"
	iccPrefix  = "ICC_PROFILE\x00"
)

func jpegBlocks(r *bufio.Reader) (Metadata, error) {
	var m Metadata
	var parts iccParts
	for {
		marker, length, err := nextSegment(r)
		if err != nil || marker == eoi || marker == sos {
			m.ICC = parts.join()
			return m, err
		}
		if marker != app1 && marker != app2 {
			if _, err := r.Discard(length); err != nil {
				return m, err
			}
			continue
		}
		body, err := block(r, int64(length))
		if err != nil {
			return m, err
		}
		if exif, ok := bytes.CutPrefix(body, []byte(exifPrefix)); ok && marker == app1 && m.EXIF == nil {
			m.EXIF = exif
		}
		if part, ok := bytes.CutPrefix(body, []byte(iccPrefix)); ok && marker == app2 {
			parts.add(part)
		}
	}
}

// iccParts are the pieces of a profile cut to fit into JPEG segments, each headed by its number, from 1, and the count.
type iccParts struct {
	pieces map[byte][]byte
	count  byte
	size   int
	broken bool
}

func (p *iccParts) add(part []byte) {
	if len(part) < 2 || part[0] == 0 || part[0] > part[1] || p.count != 0 && p.count != part[1] || p.pieces[part[0]] != nil {
		p.broken = true
		return
	}
	if p.pieces == nil {
		p.pieces = map[byte][]byte{}
	}
	p.count = part[1]
	if p.size += len(part) - 2; p.size > maxBlock {
		p.broken = true
		return
	}
	p.pieces[part[0]] = part[2:]
}

func (p *iccParts) join() []byte {
	if p.broken || p.count == 0 || len(p.pieces) != int(p.count) {
		return nil
	}
	profile := make([]byte, 0, p.size)
	for i := range int(p.count) {
		profile = append(profile, p.pieces[byte(i+1)]...)
	}
	return profile
}

func pngBlocks(r *bufio.Reader) (Metadata, error) {
	var m Metadata
	if _, err := r.Discard(len(pngSignature)); err != nil {
		return m, err
	}
	for {
		kind, length, err := nextChunk(r)
		if err != nil || kind == "IEND" {
			return m, err
		}
		if kind != "eXIf" && kind != "iCCP" && kind != "cICP" {
			if _, err := io.CopyN(io.Discard, r, int64(length)+4); err != nil { // its checksum too
				return m, err
			}
			continue
		}
		body, err := block(r, int64(length))
		if err != nil {
			return m, err
		}
		switch kind {
		case "eXIf":
			m.EXIF = body
		case "iCCP":
			m.ICC = inflate(body)
		case "cICP":
			if len(body) == 4 {
				m.Coding = &Coding{Primaries: int(body[0]), Transfer: int(body[1]), Matrix: int(body[2]), Full: body[3] == 1}
			}
		}
		if _, err := r.Discard(4); err != nil {
			return m, err
		}
	}
}

// inflate unpacks an iCCP chunk: a name ended by zero, the method (always 0, zlib) and the stream. A profile that unpacks
// to more than maxBlock is a bomb, and none.
func inflate(chunk []byte) []byte {
	_, rest, found := bytes.Cut(chunk, []byte{0})
	if !found || len(rest) == 0 || rest[0] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxBlock+1))
	if err != nil || len(profile) > maxBlock {
		return nil
	}
	return profile
}

func webpBlocks(r *bufio.Reader) (Metadata, error) {
	var m Metadata
	if _, err := r.Discard(len("RIFF....WEBP")); err != nil {
		return m, err
	}
	for {
		kind, length, err := nextRIFF(r)
		if err != nil {
			return m, err
		}
		if kind != "EXIF" && kind != "ICCP" {
			if err := skipRIFF(r, length); err != nil {
				return m, err
			}
			continue
		}
		body, err := block(r, length)
		if err != nil {
			return m, err
		}
		switch kind {
		case "EXIF":
			m.EXIF = bytes.TrimPrefix(body, []byte(exifPrefix)) // some writers put a JPEG's prefix before it
		case "ICCP":
			m.ICC = body
		}
		if _, err := r.Discard(int(length & 1)); err != nil {
			return m, err
		}
	}
}
