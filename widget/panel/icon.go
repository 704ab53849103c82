package panel

import m "fanfare/widget/markup"

// Icons are drawn on a grid of 24 with a line of 1.8, round ends.
const (
	iconHeart  = "M12 20.3C5.6 16 3 12.6 3 9.1A4.9 4.9 0 0 1 12 6.4a4.9 4.9 0 0 1 9 2.7c0 3.5-2.6 6.9-9 11.2z"
	iconCamera = "M4 7.5h3.2l1.6-2.3h6.4l1.6 2.3H20a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1zM12 9.6a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z"
	iconSearch = "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2 20.5 20.5"
	iconClose  = "M6 6l12 12M18 6 6 18"
	iconLeft   = "M14.5 5 7.5 12l7 7"
	iconRight  = "M9.5 5l7 7-7 7"
	iconFlag   = "M5.5 21V4h11l-2 4 2 4h-11"
	iconCheck  = "M4.5 12.5l5 5 10-11"
)

func icon(path string) *m.Node {
	return m.El("svg.i aria-hidden=true").At("viewBox", "0 0 24 24").Add(m.El("path").At("d", path))
}
