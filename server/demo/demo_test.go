package demo

import (
	"bytes"
	"errors"
	"image/jpeg"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"fanfare/server/contest"
	"fanfare/server/demo/night"
	"fanfare/server/partner"
)

func TestTheChallengeCanBeLaunchedAndIsOpenAtOnce(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)
	c := Challenge(now)
	kind, text := Consent()
	c.Consents = []contest.ConsentID{contest.ConsentHash(kind, text)}
	if problems := c.Validate(now); len(problems) > 0 {
		t.Fatalf("cannot be launched: %v", problems)
	}
	c.LaunchedAt = now
	if got := c.Phase(now); got != "both" {
		t.Errorf("phase: got %q, want both", got)
	}
	if got := c.Votes.Closes.Sub(now); got < 29*24*time.Hour {
		t.Errorf("votes close in %v, want about thirty days", got)
	}
	if !Campaign().Complete() || !text.Complete() {
		t.Error("campaign and consent must be in both languages")
	}
}

func TestEveryPhotoKeepsTheRules(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)
	c := Challenge(now)
	c.LaunchedAt = now
	scenes, authors := map[string]bool{}, map[string]bool{}
	for _, s := range shots() {
		err := c.MayEnter(now, 0, contest.Submission{Author: s.author, Caption: s.caption, City: s.city, Partner: s.partner})
		var refusal *contest.Refusal
		if errors.As(err, &refusal) {
			t.Errorf("%s: refused as %s", s.scene, refusal.Reason)
		}
		if tags := contest.Tags(s.caption); len(tags) < 2 || tags[0] != contest.TagKey(c.Hashtag) {
			t.Errorf("%s: tags are %q, want the challenge's and one more", s.scene, tags)
		}
		if taken := s.capture.Taken; taken.IsZero() || taken.After(now) {
			t.Errorf("%s: taken at %v, want a time before now", s.scene, taken)
		}
		scenes[s.scene], authors[s.author] = true, true
	}
	for _, scene := range night.Scenes() {
		if !scenes[scene.Name] {
			t.Errorf("nobody enters %s", scene.Name)
		}
	}
	if len(scenes) != len(shots()) || len(authors) != len(shots()) {
		t.Errorf("%d shots have %d scenes and %d authors, want as many", len(shots()), len(scenes), len(authors))
	}
}

func TestEachPartnerHasPhotosToRepostAndSomeItMayNot(t *testing.T) {
	allowed, kept, used := map[string]int{}, map[string]int{}, 0
	for _, s := range shots() {
		p, ticked := permits[s.scene]
		if !ticked {
			kept[s.partner]++
			continue
		}
		used++
		allowed[s.partner]++
		if p.months != "" {
			months, err := strconv.Atoi(p.months)
			if err != nil || !slices.Contains(partner.Terms, months) {
				t.Errorf("%s: may be reposted for %q months, which is no term", s.scene, p.months)
			}
		}
		for name := range strings.SplitSeq(p.outlets, ",") {
			if p.outlets != "" && !slices.Contains(partner.Outlets, partner.Outlet(name)) {
				t.Errorf("%s: %q is no outlet", s.scene, name)
			}
		}
	}
	for _, p := range partners() {
		if allowed[p.ID] < 3 || kept[p.ID] < 1 {
			t.Errorf("%s may repost %d photos and not %d, want three at least and one", p.ID, allowed[p.ID], kept[p.ID])
		}
	}
	if used != len(permits) {
		t.Errorf("%d permits are of no photo", len(permits)-used)
	}
}

func TestAShotIsDrawnAsAJPEGFileWithItsCaptureData(t *testing.T) {
	s := shots()[0]
	file, err := s.draw()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.DecodeConfig(bytes.NewReader(file)); err != nil {
		t.Errorf("not a JPEG file: %v", err)
	}
	if !bytes.Contains(file[:1024], []byte(s.capture.Model)) {
		t.Errorf("the camera %q does not stand in the file's head", s.capture.Model)
	}
	if _, err := (shot{scene: "none"}).draw(); err == nil {
		t.Error("an unknown scene was drawn")
	}
}

func TestCaptionsSpeakBothLanguagesAndNameEveryCity(t *testing.T) {
	chinese, latin, named := 0, 0, map[string]bool{}
	for _, s := range shots() {
		if han, letters := count(s.caption); han > letters {
			chinese++
		} else {
			latin++
		}
		named[s.city] = true
	}
	if chinese < 5 || latin < 5 {
		t.Errorf("%d captions are mostly Chinese and %d mostly English, want at least five of each", chinese, latin)
	}
	for _, c := range cities() {
		if !named[c.ID] {
			t.Errorf("no photo shows %s", c.Name.EN)
		}
	}
}

func count(s string) (han, latin int) {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	return han, latin
}
