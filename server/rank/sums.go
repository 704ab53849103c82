package rank

import "math/bits"

// sums adds up counts (a Fenwick tree): index i holds the sum of as many as the lowest bit of i+1 says, i the last.
type sums []int

// init makes sums of single counts.
func (s sums) init() {
	for i := range s {
		if next := i | (i + 1); next < len(s) {
			s[next] += s[i]
		}
	}
}

// add adds n to count i.
func (s sums) add(i, n int) {
	for ; i < len(s); i |= i + 1 {
		s[i] += n
	}
}

// before is the sum of all counts before i.
func (s sums) before(i int) (sum int) {
	for ; i > 0; i &= i - 1 {
		sum += s[i-1]
	}
	return sum
}

// find returns the count that holds item n of all that are counted, and which of its own that is.
func (s sums) find(n int) (i, rest int) {
	for step := 1 << bits.Len(uint(len(s))) >> 1; step > 0; step >>= 1 {
		if i+step <= len(s) && s[i+step-1] <= n {
			i += step
			n -= s[i-1]
		}
	}
	return i, n
}
