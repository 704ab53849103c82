package web

import (
	"strings"
	"testing"

	"fanfare/media"
)

func TestARefusedPhotoComesWithWhatToSendInstead(t *testing.T) {
	for _, reason := range []string{
		media.UnsupportedType, media.TooLarge, media.TooManyPixels, media.SideTooLong, media.TooManyScans, media.Broken, media.TookTooLong,
	} {
		p := problemOf(&media.Refused{Reason: reason})
		if p.Status != 422 || p.Code != reason || p.Params != nil || p.Detail == problemOf(&media.Refused{Reason: "new"}).Detail {
			t.Errorf("%s: %d %s %v, %q", reason, p.Status, p.Code, p.Params, p.Detail)
		}
	}
	avif := problemOf(&media.Refused{Reason: media.UnsupportedType, Format: "avif"})
	if !strings.Contains(avif.Detail, "AVIF") || avif.Params["format"] != "avif" {
		t.Errorf("AVIF: %q %v", avif.Detail, avif.Params)
	}
	if big := problemOf(&media.Refused{Reason: media.TooManyPixels, Format: "heic"}); strings.Contains(big.Detail, "cannot read HEIC") {
		t.Errorf("a HEIC that is too large: %q", big.Detail)
	}
}
