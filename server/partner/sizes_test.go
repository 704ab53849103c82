package partner_test

import (
	"testing"

	"fanfare/server/partner"
)

func TestEveryOutletHasPicturesOfItsOwn(t *testing.T) {
	named := map[string]bool{}
	for _, o := range partner.Outlets {
		sizes := partner.SizesOf(o)
		if len(sizes) == 0 {
			t.Errorf("%s has no size", o)
		}
		for _, s := range sizes {
			name := string(s.Outlet) + " " + s.Name
			if named[name] || s.Name == "" {
				t.Errorf("%q names two pictures", name)
			}
			named[name] = true
			if s.Width < 480 || s.Width > 2048 || s.Height > 2048 {
				t.Errorf("%s is %d × %d pixels", name, s.Width, s.Height)
			}
		}
	}
	if len(named) != len(partner.Sizes) {
		t.Errorf("%d of %d sizes belong to a known outlet", len(named), len(partner.Sizes))
	}
}

func TestShapesAreNamedAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		size partner.Size
		want string
	}{
		{partner.Size{Width: 1080, Height: 1080}, "1x1"},
		{partner.Size{Width: 1080, Height: 1920}, "9x16"},
		{partner.Size{Width: 1280, Height: 545}, "2.35x1"},
		{partner.Size{Width: 1242, Height: 1656}, "3x4"},
		{partner.Size{Width: 2048}, "whole"},
		{partner.Size{Width: 500, Height: 300}, "500x300"},
	} {
		if got := c.size.Shape(); got != c.want {
			t.Errorf("%d × %d is called %q, want %q", c.size.Width, c.size.Height, got, c.want)
		}
	}
}

func TestAFocusIsInThePhoto(t *testing.T) {
	for f, want := range map[partner.Focus]bool{{}: true, {1000, 1000}: true, {500, 1001}: false, {-1, 500}: false} {
		if f.Valid() != want {
			t.Errorf("%v is valid: %v, want %v", f, f.Valid(), want)
		}
	}
}
