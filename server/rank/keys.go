package rank

// slots is how many rows a leaf, and how many leaves a branch holds at most. More would make it dear to move what is in them,
// fewer that there are more of them. At 20 bytes a row a leaf fills one of the allocator's size classes (1,536 bytes).
const slots = 75

// Below sparse, a leaf or a branch is merged with a neighbour if both together fill at most three quarters: so what was merged
// is not split by the next insertion.
const (
	sparse = slots / 3
	merged = slots * 3 / 4
)

// keys are n rows in order. Numbers stand apart, so that looking for one reads little memory.
type keys struct {
	n       int32
	numbers [slots]uint32
	scores  [slots]score
}

type score struct{ score, reached int64 }

func (k *keys) row(i int) Row { return Row{k.numbers[i], k.scores[i].score, k.scores[i].reached} }

func (k *keys) fill(i int, r *Row) { k.numbers[i], k.scores[i] = r.Number, score{r.Score, r.Reached} }

// index returns the slot with the number, which must be there.
func (k *keys) index(number uint32) int {
	for i, n := range k.numbers[:k.n] {
		if n == number {
			return i
		}
	}
	return int(k.n)
}

// isAfter reports whether the row in slot i is after r. It reads the number in the rare case that all else is equal.
func (k *keys) isAfter(i int, r *Row) bool {
	switch s := &k.scores[i]; {
	case s.score != r.Score:
		return s.score < r.Score
	case s.reached != r.Reached:
		return s.reached > r.Reached
	}
	return k.numbers[i] > r.Number
}

// after returns the first slot whose row is after r.
func (k *keys) after(r *Row) int {
	low, high := 0, int(k.n)
	for low < high {
		middle := int(uint(low+high) / 2)
		if k.isAfter(middle, r) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// put makes room in slot i and fills it.
func (k *keys) put(i int, r *Row) {
	copy(k.numbers[i+1:], k.numbers[i:k.n])
	copy(k.scores[i+1:], k.scores[i:k.n])
	k.fill(i, r)
	k.n++
}

// cut takes slot i out.
func (k *keys) cut(i int) {
	copy(k.numbers[i:], k.numbers[i+1:k.n])
	copy(k.scores[i:], k.scores[i+1:k.n])
	k.n--
}

// append moves the rows of y from the given slot on behind those of k.
func (k *keys) append(y *keys, from int) {
	copy(k.numbers[k.n:], y.numbers[from:y.n])
	copy(k.scores[k.n:], y.scores[from:y.n])
	k.n += y.n - int32(from)
	y.n = int32(from)
}

// move changes the row in slot i into r if r belongs among these keys too, strictly inside them.
func (k *keys) move(i int, r *Row) bool {
	last := int(k.n) - 1
	if k.isAfter(0, r) || !k.isAfter(last, r) {
		return k.row(i) == *r
	}
	j := k.after(r)
	if j > i {
		j--
		copy(k.numbers[i:j], k.numbers[i+1:])
		copy(k.scores[i:j], k.scores[i+1:])
	} else {
		copy(k.numbers[j+1:i+1], k.numbers[j:])
		copy(k.scores[j+1:i+1], k.scores[j:])
	}
	k.fill(j, r)
	return true
}
