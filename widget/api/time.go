package api

// Millis is a moment: milliseconds since 1970 in UTC. 0 is unknown.
type Millis int64

// ParseTime reads an RFC 3339 time; 0 for anything else.
func ParseTime(s string) Millis {
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return 0
	}
	var n [6]int
	for i, at := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		v, ok := digits(s[at[0]:at[1]])
		if !ok {
			return 0
		}
		n[i] = v
	}
	rest := s[19:]
	millis := 0
	if rest[0] == '.' {
		i, scale := 1, 100
		for ; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
			millis += int(rest[i]-'0') * scale
			scale /= 10
		}
		rest = rest[i:]
	}
	offset, ok := zone(rest)
	if !ok {
		return 0
	}
	seconds := int64(days(n[0], n[1], n[2]))*86400 + int64(n[3]*3600+n[4]*60+n[5]-offset)
	return Millis(seconds*1000 + int64(millis))
}

func zone(s string) (seconds int, ok bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[3] != ':' || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, ok1 := digits(s[1:3])
	m, ok2 := digits(s[4:6])
	seconds = h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, ok1 && ok2
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// days counts from 1970-01-01 in the Gregorian calendar (the "days from civil" algorithm: years begin in March, so that
// the leap day comes last).
func days(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	ofEra := y - era*400
	ofYear := (153*(m-3)+2)/5 + d - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}
