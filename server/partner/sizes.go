package partner

import "strconv"

// Size is a picture that an outlet shows well. One without a height is the whole photo, whose longer side is at most Width.
type Size struct {
	Outlet        Outlet
	Name          string // of the place there: "post", "cover", …
	Width, Height int    // in pixels
}

// Shape is the size's shape in words, "16x9" for example, as files are named by it; "whole" for the photo's own.
func (s Size) Shape() string {
	if s.Height == 0 {
		return "whole"
	}
	for _, shape := range shapes {
		if s.Width*shape.down == s.Height*shape.across {
			return shape.name
		}
	}
	return strconv.Itoa(s.Width) + "x" + strconv.Itoa(s.Height)
}

// shapes are those that have a name.
var shapes = []struct {
	name         string
	across, down int
}{{"1x1", 1, 1}, {"4x5", 4, 5}, {"3x4", 3, 4}, {"9x16", 9, 16}, {"16x9", 16, 9}, {"2.35x1", 1280, 545}}

// Sizes are the pictures of a kit, those of an outlet together. What platforms advise changes; where each comes from stands beside it,
// all read in November 2026. Phones are 1080 pixels wide, and platforms encode anew what is larger than they show.
var Sizes = []Size{
	// Feeds show nine squares at most (m.fafqdl.cn/news/cj/2208957.html); a single picture opens in its own shape, of which 4096 pixels
	// and 5 MB are taken by the web (php.wlsqs.com/faq/1923055.html).
	{Weibo, "grid", 1080, 1080},
	{Weibo, "single", 2048, 0},
	// Moments show a single picture in its shape and several as squares, of 600 to 1200 pixels (nctoro.com/gongnue/49291.html).
	{WeChat, "moments", 1080, 1080},
	// The first article's cover is 2.35:1, advised 900 × 383; up to 1280 × 545 it is not encoded anew (webziv.com/archives/43641.html).
	{WeChat, "cover", 1280, 545},
	// Covers of further articles, and what is shown where an article is passed on (same page).
	{WeChat, "thumbnail", 500, 500},
	// Notes are 3:4, advised 1242 × 1660, at least 1080 wide (06925.com/xhspt/852367852.html, dydaxue.com/p/8864). The sizes that are
	// advised are not quite 3:4; this one is.
	{Xiaohongshu, "note", 1242, 1656},
	// Full screen on phones; others get bars above and below (www.qkybk.com/2025/09/06, on sizes of Douyin).
	{Douyin, "full", 1080, 1920},
	// Feed: 4:5 is the tallest that is not cut, 1:1 is safe everywhere (toodletools.com/blog/create-perfect-social-media-images,
	// and developers.facebook.com/docs/instagram-platform, where 4:5 to 1.91:1 are taken).
	{Instagram, "portrait", 1080, 1350},
	{Instagram, "square", 1080, 1080},
	// One picture is shown 16:9, advised 1200 × 675 or more (shotomatic.com/glossary/social-media-image-size).
	{X, "post", 1600, 900},
	{Site, "whole", 2048, 0},
}

// SizesOf lists the pictures of an outlet.
func SizesOf(o Outlet) (sizes []Size) {
	for _, s := range Sizes {
		if s.Outlet == o {
			sizes = append(sizes, s)
		}
	}
	return sizes
}

// Focus is the point of a photo that stands in the middle of what is cut from it, as far as the edges let it: in thousandths of its
// width from the left and of its height from the top.
type Focus struct{ X, Y int }

// FocusWhole is what Focus counts its thousandths by.
const FocusWhole = 1000

// Valid reports whether the point is in the photo.
func (f Focus) Valid() bool {
	return f.X >= 0 && f.X <= FocusWhole && f.Y >= 0 && f.Y <= FocusWhole
}
