package page

import (
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"
)

// The path is read back, module by module.
func TestAQRCodeIsDrawnAsItIsEncoded(t *testing.T) {
	const text = "https://photos.example.org/t/abcdefgh?utm_source=weibo"
	got, err := NewQR(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for _, run := range strings.Split(strings.Trim(got.Path, "z"), "z") {
		var x, y, wide, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &wide, &back); err != nil || wide != back {
			t.Fatalf("%q: %v", run, err)
		}
		for i := range wide {
			dark[[2]int{x + i, y}] = true
		}
	}
	if got.Side != code.Size+8 {
		t.Errorf("side %d, want %d and a margin of 4", got.Side, code.Size)
	}
	for y := range got.Side {
		for x := range got.Side {
			if want := code.Black(x-4, y-4); dark[[2]int{x, y}] != want {
				t.Fatalf("module %d, %d is dark: %v, want %v", x, y, !want, want)
			}
		}
	}
}

func TestATextTooLongForPaperIsRefused(t *testing.T) {
	if _, err := NewQR(strings.Repeat("x", maxQR+1)); err == nil {
		t.Error("drawn")
	}
}
