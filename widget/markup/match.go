package markup

// match finds for each node the old sibling that it continues, or -1: one with the same tag and key that no other node
// continues. The search begins behind the last one found, because most siblings follow each other as before.
func match(old, now []*Node) (from []int, used []bool) {
	from, used = make([]int, len(now)), make([]bool, len(old))
	next := 0
	for i, n := range now {
		from[i] = -1
		for range old {
			if next == len(old) {
				next = 0
			}
			at := next
			next++
			if !used[at] && old[at].Key == n.Key && old[at].Tag == n.Tag {
				from[i], used[at] = at, true
				break
			}
		}
	}
	return from, used
}

// longestRun marks the elements of a longest increasing subsequence, leaving out -1.
func longestRun(from []int) []bool {
	previous := make([]int, len(from))
	var tails []int // tails[k] ends the best run of length k+1
	for i, v := range from {
		if v < 0 {
			continue
		}
		lo, hi := 0, len(tails)
		for lo < hi {
			if mid := (lo + hi) / 2; from[tails[mid]] < v {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		previous[i] = -1
		if lo > 0 {
			previous[i] = tails[lo-1]
		}
		if lo == len(tails) {
			tails = append(tails, i)
		} else {
			tails[lo] = i
		}
	}
	stays := make([]bool, len(from))
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = previous[i] {
			stays[i] = true
		}
	}
	return stays
}
