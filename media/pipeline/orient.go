package pipeline

// orientation is EXIF's: how to turn the stored picture upright, 1 (as it is) to 8.
type orientation int

// orientationOf returns the orientation for a tag's value; what the standard does not know means upright.
func orientationOf(value int) orientation {
	if value < 1 || value > 8 {
		return 1
	}
	return orientation(value)
}

// sideways reports that the stored picture's rows are the upright one's columns.
func (o orientation) sideways() bool { return o >= 5 }

// size returns the upright picture's size for the stored one's.
func (o orientation) size(width, height int) (int, int) {
	if o.sideways() {
		return height, width
	}
	return width, height
}

// mirrors says which ways to mirror the picture, once what is sideways has been mirrored along its diagonal.
var mirrors = map[orientation]struct{ x, y bool }{
	2: {x: true},
	3: {x: true, y: true},
	4: {y: true},
	6: {x: true},
	7: {x: true, y: true},
	8: {y: true},
}

// orient turns the picture upright.
func orient(w *work) error {
	if w.turn != 1 {
		mirror := mirrors[w.turn]
		w.planes = w.planes.Turn(w.turn.sideways(), mirror.x, mirror.y)
	}
	return nil
}
