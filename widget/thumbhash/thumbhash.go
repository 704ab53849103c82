// Package thumbhash reads the colour of a photo from its ThumbHash (evanw.github.io/thumbhash), so that a calm surface of
// the right colour stands where the photo will. It knows only the hash's average; the finer waves in it are left unread.
package thumbhash

import "strconv"

// Average returns the average colour as "rgb(r,g,b)"; empty for what is not a hash. The hash is in base64.
func Average(hash string) string {
	b, ok := head(hash)
	if !ok {
		return ""
	}
	bits := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	l := bits & 63 * 255 / 63
	p := (bits >> 6 & 63) - 31 // ±31 stands for ±1
	q := (bits >> 12 & 63) - 31
	// blue = l − 2p/3, red = (3l − blue + q)/2, green = red − q, with p and q in the same units as l
	blue := l - 2*255*p/(3*31)
	red := (3*l - blue + 255*q/31) / 2
	green := red - 255*q/31
	return "rgb(" + byteText(red) + "," + byteText(green) + "," + byteText(blue) + ")"
}

// head decodes the first three bytes.
func head(hash string) (b [3]byte, ok bool) {
	if len(hash) < 4 {
		return b, false
	}
	bits := 0
	for i := range 4 {
		v := sextet(hash[i])
		if v < 0 {
			return b, false
		}
		bits = bits<<6 | v
	}
	return [3]byte{byte(bits >> 16), byte(bits >> 8), byte(bits)}, true
}

func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

func byteText(v int) string { return strconv.Itoa(min(max(v, 0), 255)) }
