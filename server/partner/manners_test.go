package partner_test

import (
	"strings"
	"testing"

	"fanfare/server/partner"
)

var telling = partner.Telling{
	Caption: "江上的桥 #百万夜景大片挑战 #武汉", Credit: "摄影：林晓", Tags: []string{"#百万夜景大片挑战", "百万夜景大片挑战", "武汉", "夜景"},
	Link: "https://fanfare.example/t/k7x2",
}

func TestPostsAreWrittenInTheMannerOfTheirOutlet(t *testing.T) {
	for outlet, want := range map[partner.Outlet]string{
		partner.Weibo:       "江上的桥\n\n摄影：林晓\n#百万夜景大片挑战# #武汉# #夜景# https://fanfare.example/t/k7x2",
		partner.WeChat:      "江上的桥\n\n摄影：林晓\n#百万夜景大片挑战 #武汉 #夜景",
		partner.Xiaohongshu: "江上的桥\n\n摄影：林晓\n#百万夜景大片挑战 #武汉 #夜景",
		partner.X:           "江上的桥\n\n摄影：林晓\n#百万夜景大片挑战 #武汉 https://fanfare.example/t/k7x2",
		partner.Site:        "江上的桥\n\n摄影：林晓\nhttps://fanfare.example/t/k7x2",
	} {
		if got := outlet.Write(telling); got != want {
			t.Errorf("%s: %q, want %q", outlet, got, want)
		}
	}
}

func TestEveryOutletHasManners(t *testing.T) {
	for _, o := range partner.Outlets {
		got := o.Write(telling)
		if !strings.Contains(got, telling.Credit) {
			t.Errorf("%s: %q names nobody", o, got)
		}
		if o.OpensLinks() != strings.Contains(got, telling.Link) {
			t.Errorf("%s: %q has a link that does not open there, or none though it would", o, got)
		}
		if o != partner.Site && !strings.Contains(got, "#百万夜景大片挑战") {
			t.Errorf("%s: %q is not in the challenge", o, got)
		}
	}
}

func TestAPostOnXIsAsLongAsXTakes(t *testing.T) {
	long := telling
	long.Caption = strings.Repeat("夜", 500)
	got := partner.X.Write(long)
	weight := 0
	for _, r := range strings.Replace(got, long.Link, strings.Repeat("x", 23), 1) {
		weight++
		if r >= 0x1100 {
			weight++
		}
	}
	if weight > 280 || weight < 270 {
		t.Errorf("it counts %d, want nearly 280: %q", weight, got)
	}
	if !strings.Contains(got, "夜…\n") || !strings.HasSuffix(got, long.Link) {
		t.Errorf("the caption is not what was cut: %q", got)
	}
}

func TestAPostWithoutWordsIsItsCredit(t *testing.T) {
	if got := partner.Site.Write(partner.Telling{Caption: "#夜景", Credit: "Photo: Lin"}); got != "Photo: Lin" {
		t.Errorf("got %q", got)
	}
}
