package markup

// match finds for each node the old sibling that it continues, or -1: one with the same tag and key. Nodes without a key
// are matched in order among their like.
func match(old, now []*Node) []int {
	type name struct{ tag, key string }
	keyed := map[name]int{}
	plain := map[string][]int{}
	for i, n := range old {
		if n.Key != "" {
			keyed[name{n.Tag, n.Key}] = i
		} else {
			plain[n.Tag] = append(plain[n.Tag], i)
		}
	}
	from := make([]int, len(now))
	for i, n := range now {
		from[i] = -1
		if n.Key != "" {
			at := name{n.Tag, n.Key}
			if j, ok := keyed[at]; ok {
				from[i] = j
				delete(keyed, at) // a key given twice by mistake makes a second node, never one node in two places
			}
		} else if waiting := plain[n.Tag]; len(waiting) > 0 {
			from[i], plain[n.Tag] = waiting[0], waiting[1:]
		}
	}
	return from
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
