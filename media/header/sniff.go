package header

import (
	"bytes"
	"strings"
)

// signatures are formats told by their first bytes. The dots of a pattern match any byte.
var signatures = []struct{ pattern, format string }{
	{"\xff\xd8\xff", JPEG},
	{"\x89PNG\r\n\x1a\n", PNG},
	{"RIFF....WEBP", WebP},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"BM....\x00\x00\x00\x00", "bmp"},
	{"II*\x00....CR", "raw"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"II+\x00", "tiff"},
	{"MM\x00+", "tiff"},
	{"IIU\x00", "raw"},
	{"IIRO", "raw"},
	{"FUJIFILMCCD-RAW", "raw"},
	{"\xff\x0a", "jxl"},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"},
	{"\xff\x4f\xff\x51", "jp2"},
	{"8BPS", "psd"},
	{"\x00\x00\x01\x00", "ico"},
	{"%PDF-", "pdf"},
	{"PK\x03\x04", "zip"},
	{"\x1a\x45\xdf\xa3", "webm"},
	{"RIFF....AVI ", "avi"},
}

// Sniff names the format of a file by its first bytes, never by its name; for an unknown one it returns "".
func Sniff(head []byte) string {
	for _, s := range signatures {
		if matches(head, s.pattern) {
			return s.format
		}
	}
	if matches(head, "....ftyp") {
		return sniffBrands(head)
	}
	return sniffText(head)
}

func matches(head []byte, pattern string) bool {
	if len(head) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] != '.' && head[i] != pattern[i] {
			return false
		}
	}
	return true
}

// brands tell apart the files built of ISO boxes. AVIF comes first, because its files also name HEIF's brands.
var brands = []struct{ list, format string }{
	{"avif avis", "avif"},
	{"heic heix hevc hevx heim heis hevm hevs mif1 msf1", "heic"},
	{"crx ", "raw"},
	{"qt  ", "mov"},
}

// sniffBrands reads the major and the compatible brands of an ISO base media file.
func sniffBrands(head []byte) string {
	size := min(len(head), int(head[2])<<8|int(head[3]))
	if size < 12 {
		return "mp4"
	}
	for _, b := range brands {
		for i := 8; i+4 <= size; i += 4 {
			if i != 12 && strings.Contains(b.list, string(head[i:i+4])) { // at 12 stands the minor version
				return b.format
			}
		}
	}
	return "mp4"
}

// sniffText finds SVG and HTML behind white space, byte order mark, prologue and comments.
func sniffText(head []byte) string {
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	switch {
	case !bytes.HasPrefix(text, []byte("<")):
		return ""
	case bytes.Contains(text, []byte("<svg")):
		return "svg"
	case bytes.Contains(text, []byte("<html")), bytes.Contains(text, []byte("<!doctype html")), bytes.Contains(text, []byte("<script")):
		return "html"
	default:
		return "xml"
	}
}
