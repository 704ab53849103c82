package night

import "image"

// Scene is one photograph: what draws it and how large it is. Width and height are of the upright picture.
type Scene struct {
	Name          string
	Width, Height int
	seed          uint64
	lens          lens
	draw          func(c *canvas)
}

// Draw draws the scene.
func (s Scene) Draw() *image.RGBA {
	c := newCanvas(s.Width, s.Height, s.seed)
	s.draw(c)
	return c.develop(s.lens)
}

var normal = lens{exposure: 1, bloom: 0.55, vignette: 0.7, grain: 1.6}

// Scenes returns all scenes, each with a name that never changes.
func Scenes() []Scene {
	return []Scene{
		{"bund", 1920, 1200, 11, normal, drawBund},
		{"bridge", 1920, 1200, 12, normal, drawBridge},
		{"hongya", 1440, 1800, 13, normal, drawHongya},
		{"canton", 1200, 1800, 14, normal, drawCanton},
		{"trails", 1920, 1280, 15, normal, drawTrails},
		{"alley", 1200, 1800, 16, normal, drawAlley},
		{"bokeh", 1200, 1600, 17, normal, drawBokeh},
		{"snow", 1280, 1600, 18, normal, drawSnow},
		{"galaxy", 1920, 1280, 19, normal, drawGalaxy},
		{"pole", 1200, 1800, 20, normal, drawPole},
		{"moonrise", 1280, 1600, 21, normal, drawMoonrise},
		{"fireworks", 1920, 1200, 22, normal, drawFireworks},
		{"wheel", 1920, 1200, 23, normal, drawWheel},
		{"lanterns", 1200, 1600, 24, normal, drawLanterns},
		{"knot", 1920, 1200, 25, normal, drawKnot},
		{"stays", 1200, 1800, 26, normal, drawStays},
	}
}
