//go:build js

package dom

// bridgeAsk does an operation in the browser for a page. The arguments are packed; a reply in words waits to be fetched
// when the result, its length, is positive.
//
//go:wasmimport fanfare ask
func bridgeAsk(page, operation, n int32, arguments string) int32

// bridgeFetch copies what waits to the place given, and lets go of it.
//
//go:wasmimport fanfare fetch
func bridgeFetch(into *byte)

// bridgeNow is the browser's clock in milliseconds.
//
//go:wasmimport fanfare now
func bridgeNow() float64

// bridgeRandom is a number from 0 up to 1.
//
//go:wasmimport fanfare random
func bridgeRandom() float64

// The operations, numbered as in bridge.js.
const (
	opDraw int32 = iota
	opFetch
	opSend
	opToken
	opDial
	opPost
	opEnd
	opAfter
	opKey
	opLoad
	opSave
	opDate
	opPicture
	opDiscard
	opFocus
	opTell
	opProve
	opCopy
)

// The kinds of what the browser tells, numbered as in bridge.js.
const (
	toldStart int32 = iota
	toldClose
	toldFrame  // draw
	toldCall   // a callback's number and a number; texts
	toldEvent  // a node; the event's name, key, value, tick, place and files
	toldShown  // 1 or 0
	toldOnline // 1 or 0
	toldWidth  // pixels
)

// pages are the elements on the host page, by the numbers that the bridge gave them.
var pages = map[int32]*page{}

// heard is the one entrance: what happened to which page. Texts wait to be fetched, size bytes of them.
//
//go:wasmexport heard
func heard(number, kind, n, value, size int32) int32 {
	texts := fetch(size)
	if kind == toldStart {
		start(number, texts)
		return 0
	}
	if p := pages[number]; p != nil {
		return p.heard(kind, n, value, texts)
	}
	return 0
}

// fetch takes the texts that wait out of their packing.
func fetch(size int32) []string {
	if size <= 0 {
		return nil
	}
	b := make([]byte, size)
	bridgeFetch(&b[0])
	all := string(b)
	var texts []string
	for len(all) >= 4 {
		n := int(all[0]) | int(all[1])<<8 | int(all[2])<<16 | int(all[3])<<24
		texts = append(texts, all[4:4+n])
		all = all[4+n:]
	}
	return texts
}

// pack puts texts behind each other, each preceded by its length.
func pack(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(number(b, len(s)), s...)
	}
	return b
}

func number(b []byte, n int) []byte {
	return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

// whole reads a number that the bridge wrote.
func whole(s string) int64 {
	var n int64
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}
