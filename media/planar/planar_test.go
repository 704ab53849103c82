package planar

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// noise fills a picture of the given layout with samples that change from one to the next, the worst for a filter.
func noise(width, height int, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	random := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	picture := image.NewYCbCr(image.Rect(0, 0, width, height), ratio)
	for _, samples := range [][]uint8{picture.Y, picture.Cb, picture.Cr} {
		for i := range samples {
			samples[i] = uint8(random.Uint32())
		}
	}
	return picture
}

func viewed(t testing.TB, picture image.Image) *Planes {
	t.Helper()
	p, err := view(picture)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// slow is Lanczos3 as its definition has it: every new sample is the weighted sum of all old ones around it, first of a
// column, then of a row.
func slow(p plane, x, y axis) plane {
	out := newPlane(x.size, y.size)
	across, down := slowWeights(x, p.width), slowWeights(y, p.height)
	wide := make([]float64, p.width)
	for j := range out.height {
		for u := range wide {
			wide[u] = weighted(down[j], func(v int) float64 { return float64(p.row(v)[u]) })
		}
		for i := range out.width {
			out.row(j)[i] = uint8(math.Round(weighted(across[i], func(u int) float64 { return wide[u] })))
		}
	}
	return out
}

// weighted adds up samples, kept from overshooting.
func weighted(weights map[int]float64, sample func(int) float64) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += w * sample(i)
	}
	return min(max(sum, 0), 255)
}

// slowWeights returns, for each new sample, the weights of the old ones by their numbers. The row goes on with its ends.
func slowWeights(a axis, old int) []map[int]float64 {
	all := make([]map[int]float64, a.size)
	wide := math.Max(1, a.step)
	for j := range all {
		weights, sum := map[int]float64{}, 0.0
		at := (float64(j)+0.5)*a.step + a.start
		for i := int(at - 4*wide); i <= int(at+4*wide); i++ {
			if d := math.Abs(float64(i)+0.5-at) / wide; d < 3 {
				w := 1.0
				if d > 0 {
					w = 3 * math.Sin(math.Pi*d) * math.Sin(math.Pi*d/3) / (math.Pi * math.Pi * d * d)
				}
				weights[min(max(i, 0), old-1)] += w
				sum += w
			}
		}
		for i := range weights {
			weights[i] /= sum
		}
		all[j] = weights
	}
	return all
}

// furthest is the largest difference of two planes' samples.
func furthest(t testing.TB, a, b plane) int {
	t.Helper()
	if a.width != b.width || a.height != b.height {
		t.Fatalf("planes of %d × %d and %d × %d", a.width, a.height, b.width, b.height)
	}
	most := 0
	for y := range a.height {
		for x, v := range a.row(y) {
			most = max(most, max(int(v), int(b.row(y)[x]))-min(int(v), int(b.row(y)[x])))
		}
	}
	return most
}

// within is what two roundings to 255 steps differ by: half a step after the rows, more than itself where weights
// overshoot, and half a step at the end.
const within = 2

func TestEveryLayoutAndOddSizeIsResizedAsTheDefinitionHasIt(t *testing.T) {
	for ratio, each := range ratios {
		for width := 1; width <= 17; width++ {
			for _, height := range []int{1, 2, 3, 8, 16, 33} {
				p := viewed(t, noise(width, height, ratio))
				for _, long := range []int{1, 5, 8, 13, 33} {
					got := p.Fit(long)
					x := axis{size: got.Width, step: float64(width) / float64(got.Width)}
					y := axis{size: got.Height, step: float64(height) / float64(got.Height)}
					if x.step >= 2 || y.step >= 2 {
						continue // colours may be halved first
					}
					name := fmt.Sprintf("%v %d × %d to %d × %d", ratio, width, height, got.Width, got.Height)
					if d := furthest(t, got.light, slow(p.light, x, y)); d > within {
						t.Errorf("%s: light differs by %d", name, d)
					}
					x, y = x.colour(each[0]), y.colour(each[1])
					if d := max(furthest(t, got.blue, slow(p.blue, x, y)), furthest(t, got.red, slow(p.red, x, y))); d > within {
						t.Errorf("%s: colours differ by %d", name, d)
					}
				}
			}
		}
	}
}

// wave is a smooth picture in all colours. At 0 to 1 it is the same for every size.
func wave(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := (float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height)
			at := picture.Pix[picture.PixOffset(x, y):]
			at[0] = uint8(127.5 + 90*math.Sin(5*u+2*v))
			at[1] = uint8(127.5 + 90*math.Cos(3*v-u))
			at[2] = uint8(127.5 + 90*math.Sin(4*u*v+1))
			at[3] = 0xff
		}
	}
	return picture
}

// apart is the largest difference of two pictures' channels.
func apart(t *testing.T, a, b *image.NRGBA) int {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("pictures of %v and %v", a.Rect.Size(), b.Rect.Size())
	}
	whole := func(p *image.NRGBA) plane { return plane{p.Pix, p.Stride, 4 * p.Rect.Dx(), p.Rect.Dy()} }
	return furthest(t, whole(a), whole(b))
}

func TestFarLargerPicturesKeepTheirPlaces(t *testing.T) {
	for _, long := range []int{300, 128, 101, 64, 37} {
		got := FromNRGBA(wave(1024, 768)).Fit(long)
		want := FromNRGBA(wave(got.Width, got.Height))
		if d := max(furthest(t, got.light, want.light), furthest(t, got.blue, want.blue), furthest(t, got.red, want.red)); d > 3 {
			t.Errorf("%d × %d: differs by %d", got.Width, got.Height, d)
		}
	}
}

func TestHalvingIsTheAverage(t *testing.T) {
	for width := 1; width <= 40; width++ {
		for _, height := range []int{1, 2, 5, 8} {
			p := viewed(t, noise(width, height, image.YCbCrSubsampleRatio444)).light
			for _, by := range [][2]int{{2, 2}, {1, 2}, {2, 1}} {
				got := p.shrink(by[0], by[1])
				for y := range got.height {
					for x, v := range got.row(y) {
						sum := 0
						for i := range 4 {
							sum += int(p.row(min(by[1]*y+i/2*(by[1]-1), height-1))[min(by[0]*x+i%2*(by[0]-1), width-1)])
						}
						if want := (sum + 2) / 4; int(v) != want {
							t.Fatalf("%d × %d by %v: sample %d, %d is %d, want %d", width, height, by, x, y, v, want)
						}
					}
				}
			}
		}
	}
}

func TestAnEvenPictureStaysEven(t *testing.T) {
	for _, value := range []uint8{0, 1, 128, 254, 255} {
		picture := image.NewGray(image.Rect(0, 0, 61, 47))
		for i := range picture.Pix {
			picture.Pix[i] = value
		}
		for long := 1; long <= 61; long++ {
			for _, sample := range viewed(t, picture).Fit(long).light.pix {
				if sample != value {
					t.Fatalf("%d at a side of %d: got %d", value, long, sample)
				}
			}
		}
	}
}

func TestPicturesNeverGrowAndKeepTheirShape(t *testing.T) {
	for _, c := range []struct{ width, height, long, wantWidth, wantHeight int }{
		{3000, 1500, 2048, 2048, 1024},
		{60, 90, 480, 60, 90},
		{5000, 3, 2048, 2048, 1},
		{1, 1, 160, 1, 1},
	} {
		p := viewed(t, image.NewYCbCr(image.Rect(0, 0, c.width, c.height), image.YCbCrSubsampleRatio422))
		if got := p.Fit(c.long); got.Width != c.wantWidth || got.Height != c.wantHeight {
			t.Errorf("%d × %d within %d: got %d × %d", c.width, c.height, c.long, got.Width, got.Height)
		}
	}
}

func TestASquareIsTheCentre(t *testing.T) {
	for _, size := range []image.Point{{240, 90}, {90, 240}, {91, 200}} {
		whole := wave(size.X, size.Y)
		side := min(size.X, size.Y)
		corner := image.Pt((size.X-side)/2, (size.Y-side)/2)
		want := whole.SubImage(image.Rectangle{corner, corner.Add(image.Pt(side, side))}).(*image.NRGBA)
		got := FromNRGBA(whole).Square(45)
		if d := apart(t, got.NRGBA(), FromNRGBA(want).Fit(45).NRGBA()); d > 5 { // an odd remainder is cut through a pixel
			t.Errorf("%v: differs by %d", size, d)
		}
		if small := FromNRGBA(whole).Square(1000); small.Width != side || small.Height != side {
			t.Errorf("%v: a square of %d × %d", size, small.Width, small.Height)
		}
	}
}

func TestOtherPicturesAreNoPlanes(t *testing.T) {
	for _, picture := range []image.Image{
		image.NewRGBA(image.Rect(0, 0, 1, 1)),
		image.NewCMYK(image.Rect(0, 0, 1, 1)),
		image.NewYCbCr(image.Rect(0, 0, 1, 1), 99),
	} {
		if _, err := view(picture); err == nil {
			t.Errorf("%T: got no error", picture)
		}
	}
}

func FuzzResize(f *testing.F) {
	f.Add(uint8(17), uint8(33), uint8(8), uint8(3))
	f.Add(uint8(1), uint8(200), uint8(199), uint8(0))
	f.Add(uint8(255), uint8(3), uint8(7), uint8(5))
	f.Fuzz(func(t *testing.T, width, height, long, ratio uint8) {
		w, h := 1+int(width), 1+int(height)
		p := viewed(t, noise(w, h, image.YCbCrSubsampleRatio(int(ratio)%len(ratios))))
		got := p.Fit(1 + int(long))
		if max(got.Width, got.Height) > max(w, h) || len(got.Image().(*image.YCbCr).Cb) == 0 {
			t.Errorf("%d × %d to %d: got %d × %d", w, h, long, got.Width, got.Height)
		}
		x := axis{size: got.Width, step: float64(w) / float64(got.Width)}
		y := axis{size: got.Height, step: float64(h) / float64(got.Height)}
		if x.step < 4 && y.step < 4 {
			if d := furthest(t, got.light, slow(p.light, x, y)); d > within {
				t.Errorf("%d × %d to %d: differs by %d", w, h, long, d)
			}
		}
		got.Square(1 + int(long)/2)
	})
}
