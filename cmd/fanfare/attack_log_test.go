package main

import (
	"net/http"
	"testing"
)

// Numbers of tiles whose first leaf is beyond 63 bits are those of no tile, and of no other one either.
func TestTilesFarBeyondTheLogAreNotThere(t *testing.T) {
	i := install(t, nil)
	log := "/log/" + string(i.challenge.ID)
	i.want("checkpoint", i.get(log+"/checkpoint", ""), http.StatusOK, "")
	for _, path := range []string{"/tile/entries/x036/x028/x797/x018/x963/968", "/tile/entries/x072/x057/x594/x037/x927/936.p/1"} {
		i.want(path, i.get(log+path, ""), http.StatusNotFound, "not_found")
	}
}
