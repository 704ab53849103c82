package links

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
)

func TestFiguresAreReadLineByLine(t *testing.T) {
	p := kpi.StartingPlan()
	p.Starts, p.Ends = time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC) // November in Shanghai
	p.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}, {ID: "douyin", Name: contest.Text{ZH: "抖音", EN: "Douyin"}}}
	p.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "文旅武汉", EN: "Wuhan Tourism"}}}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		file string
		d    Defaults
		want string
	}{
		"metrics in columns": {"日期,渠道,曝光量,转发数,备注\n2026-11-20,微博,10,2,x\n2026/11/21,douyin,20,—,y", Defaults{},
			"20 weibo  impressions 10; 20 weibo  reposts 2; 21 douyin  impressions 20; "},
		"metrics in lines":                  {"day,channel,partner,metric,value\n2026-11-20,Weibo,文旅武汉,曝光,10\n2026-11-20,weibo,,Link clicks,3", Defaults{}, "20 weibo wuhan impressions 10; 20 weibo  clicks 3; "},
		"what the file does not say":        {"Impressions\n5", Defaults{Day: "2026-11-01", Channel: "weibo", Partner: "wuhan"}, "01 weibo wuhan impressions 5; "},
		"a day that is none":                {"day,impressions\n20/11/2026,1\n2026-11-20,2", Defaults{Channel: "weibo"}, "20 weibo  impressions 2; ! 2 day unreadable 20/11/2026; "},
		"days beside the campaign":          {"day,impressions\n2026-10-31,1\n2026-11-23,1\n2026-11-22,3", Defaults{Channel: "weibo"}, "22 weibo  impressions 3; ! 2 day outside 2026-10-31; ! 3 day outside 2026-11-23; "},
		"no channel":                        {"day,impressions\n2026-11-20,1", Defaults{}, "! 2 channel required ; "},
		"a channel that is none":            {"day,channel,impressions\n2026-11-20,QQ,1", Defaults{Channel: "weibo"}, "! 2 channel unknown QQ; "},
		"a partner that is none":            {"day,partner,impressions\n2026-11-20,QQ,1", Defaults{Channel: "weibo"}, "! 2 partner unknown QQ; "},
		"a number that is none":             {"day,impressions,views\n2026-11-20,many,4", Defaults{Channel: "weibo"}, "20 weibo  views 4; ! 2 impressions unreadable many; "},
		"a formula":                         {"day,impressions\n2026-11-20,=1+1", Defaults{Channel: "weibo"}, "! 2 impressions unreadable =1+1; "},
		"the same twice":                    {"day,impressions\n2026-11-20,1\n2026-11-20,2", Defaults{Channel: "weibo"}, "20 weibo  impressions 1; ! 3 impressions twice 2; "},
		"what only Fanfare counts":          {"day,votes,orders,gmv\n2026-11-20,1,2,3", Defaults{Channel: "weibo"}, "! 1 metric no_column ; "},
		"a metric that only Fanfare counts": {"day,metric,value\n2026-11-20,votes,1", Defaults{Channel: "weibo"}, "! 2 metric unknown votes; "},
		"a metric without a number":         {"day,metric\n2026-11-20,曝光", Defaults{Channel: "weibo"}, "! 1 value no_column ; "},
	} {
		table, err := sheet.Read(strings.NewReader(c.file))
		if err != nil {
			t.Fatal(err)
		}
		r := read(table, p, c.d, now)
		got := ""
		for _, f := range r.Figures {
			got += fmt.Sprintf("%s %s %s %s %d; ", f.Day[8:], f.Channel, f.Partner, f.Metric, f.Value)
		}
		for _, f := range r.Faults {
			got += fmt.Sprintf("! %d %s %s %s; ", f.Line, f.Column, f.Code, f.Cell)
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
