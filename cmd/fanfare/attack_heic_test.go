package main

import (
	"net/http"
	"runtime"
	"strconv"
	"testing"

	"fanfare/media/mediatest"
)

// Many large HEICs, of which one is decoded at a time, must not hold up the photos of others.
func TestHEICsWaitForEachOtherAlone(t *testing.T) {
	mediatest.Codec(t)
	i := install(t, nil)
	large := mediatest.HEIC{Columns: 16, Rows: 15}.File()
	fan := i.guest()
	var slow []string
	for n := range runtime.GOMAXPROCS(0) + 2 {
		r := i.submitPhoto(fan, append(large, strconv.Itoa(n)...), "large")
		if r.Status != http.StatusCreated {
			t.Fatalf("submit: %d %s", r.Status, r.Text)
		}
		slow = append(slow, r.text("id"))
	}
	i.published(i.guest(), "small")
	waiting := 0
	for _, id := range slow {
		if i.own(fan, id)["status"] == "processing" {
			waiting++
		}
	}
	if waiting < len(slow)-1 {
		t.Errorf("%d of %d HEICs were rendered before the photo that came after them", len(slow)-waiting, len(slow))
	}
}
