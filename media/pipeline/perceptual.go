package pipeline

import (
	"fmt"
	"slices"

	"fanfare/media/planar"
)

const (
	hashPicture = 32 // side of the picture that is transformed
	hashTerms   = 8  // side of the square of terms that are kept
)

// perceptual makes the hash by which near duplicates are found.
func perceptual(w *work) error {
	smallest := w.sizes[len(sides)-1].picture
	w.photo.Perceptual = fmt.Sprintf("%016x", perceptualHash(smallest))
	return nil
}

// perceptualHash is the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
// (2010), 3.1, known as pHash: the picture's light squeezed into 32 × 32, its 8 × 8 lowest cosine terms without the
// constant ones, a bit for each that is above their median. The first term is the highest bit.
func perceptualHash(picture *planar.Planes) uint64 {
	light := picture.Light(hashPicture, hashPicture)
	terms := make([]float64, 0, hashTerms*hashTerms)
	for cy := 1; cy <= hashTerms; cy++ {
		for cx := 1; cx <= hashTerms; cx++ {
			terms = append(terms, cosine(light, hashPicture, hashPicture, cx, cy))
		}
	}
	sorted := slices.Sorted(slices.Values(terms))
	median := (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	var hash uint64
	for _, term := range terms {
		hash <<= 1
		if term > median {
			hash |= 1
		}
	}
	return hash
}
