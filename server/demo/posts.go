package demo

import (
	"context"

	"fanfare/server/kpi"
)

// Post is what a partner published elsewhere of one of the photos.
type Post struct {
	Partner kpi.PartnerID
	Address string
	Reach   int64
	scene   string // of the photo
}

// posts lie at addresses that are nobody's.
var posts = []Post{
	{"yangtze-by-night", "https://yangtze-by-night.example/2026/the-bund-in-blue", 4_820, "bund"},
	{"nightwalkers", "https://nightwalkers.example/stars-above-the-pagoda", 2_150, "pole"},
}

// looks is how often a photo is looked for that is still in rendering, or was taken down.
const looks = 10

// publish tells of the partners' posts as soon as their photos are shown. What it tells of was perhaps told at an earlier start.
func (d *demo) publish(ctx context.Context) {
	waiting := posts
	for range looks {
		if len(waiting) == 0 || d.post == nil || pause(ctx, d.pace.settle) != nil {
			return
		}
		shown, err := d.api.entries(ctx)
		if err != nil {
			continue
		}
		var left []Post
		for _, p := range waiting {
			id := photoOf(p, shown)
			if id == "" {
				left = append(left, p)
			} else if err := d.post(ctx, p, id); err != nil && ctx.Err() == nil {
				d.log.Debug("a post of the demo's partners was refused", "address", p.Address, "err", err)
			}
		}
		waiting = left
	}
}

// photoOf is the entry that a post shows; empty where it is not shown.
func photoOf(p Post, shown []entry) string {
	for _, s := range shots() {
		for _, e := range shown {
			if s.scene == p.scene && e.Author == s.author && e.Caption == s.caption {
				return e.ID
			}
		}
	}
	return ""
}
