package demo

import (
	"fmt"
	"time"

	"fanfare/server/demo/night"
)

// shot is one photo of the demo: a scene, the fan who enters it and what they say about it.
type shot struct {
	scene   string // of night.Scenes
	author  string
	caption string
	city    string // a choice's ID, or empty
	partner string
	capture night.Capture
}

// permit says where its fan lets partners repost a shot, and for how long.
type permit struct {
	outlets string // separated by commas; empty for all
	months  string // empty for a year
}

// permits are what fans let partners do, by the shot's scene. The others did not tick it.
var permits = map[string]permit{
	"bund": {}, "hongya": {}, "bridge": {months: "6"}, "fireworks": {outlets: "weibo,wechat,xiaohongshu"}, "knot": {outlets: "instagram,x,site", months: "3"},
	"trails": {}, "galaxy": {outlets: "weibo,site"}, "bokeh": {months: "6"}, "pole": {}, "snow": {},
}

// key is the shot's idempotency key: sent again after a lost answer, it enters nothing twice.
func (s shot) key() string { return "demo-" + s.scene }

// shots are all photos in the order in which they are entered.
func shots() []shot {
	return []shot{
		{"bund", "林小满", "外滩的蓝调时刻，江面难得这么静。#夜景 #外滩 #上海", "shanghai", "yangtze-by-night",
			sony.at("2026-11-07 18:02:41", 2, 1, 8, 100)},
		{"hongya", "Hannah Reed", "Hongya Cave looks like a film set after dark. 真人比电影更美。#夜景 #重庆 #洪崖洞", "chongqing", "yangtze-by-night",
			canon.at("2026-10-18 20:26:10", 1, 4, 5.6, 400)},
		{"bridge", "江城阿杰", "长江大桥亮灯的那一分钟，月亮也来了。#夜景 #武汉 #长江大桥", "wuhan", "yangtze-by-night",
			nikon.at("2026-10-24 18:47:55", 8, 1, 11, 100)},
		{"canton", "陈嘉怡", "小蛮腰今晚换了新配色，站了四十分钟等来的。#夜景 #广州塔 #广州", "guangzhou", "",
			xiaomi.upended().at("2026-11-01 19:30:12", 1, 25, 1.6, 320)},
		{"trails", "Oliver Grant", "Rush hour on the Third Ring: 25 seconds, one footbridge, cold hands. #夜景 #Beijing #lighttrails", "beijing", "nightwalkers",
			fuji.at("2026-11-12 17:51:03", 25, 1, 11, 125)},
		{"alley", "何文轩", "雨后的老街，霓虹比天气预报更早放晴。#夜景 #雨夜 #霓虹", "guangzhou", "nightwalkers",
			sony.at("2026-10-30 21:15:48", 1, 80, 1.8, 1600)},
		{"fireworks", "苏晚晴", "江滩烟花，最后一发最好看。#夜景 #武汉 #烟花", "wuhan", "yangtze-by-night",
			canon.at("2026-10-01 20:08:33", 4, 1, 11, 100)},
		{"galaxy", "赵启明", "箭扣，凌晨两点，零下六度。值得。#夜景 #长城 #银河", "beijing", "nightwalkers",
			nikon.at("2026-11-14 02:07:19", 15, 1, 2.8, 3200)},
		{"bokeh", "Priya Nair", "Waiting for the bus on Nanjing Road. The rain did the rest. #夜景 #Shanghai #bokeh", "shanghai", "nightwalkers",
			phone.at("2026-11-09 19:44:20", 1, 50, 1.8, 640)},
		{"moonrise", "马思远", "大雁塔后面的月亮，600mm，等了两个满月。#夜景 #西安 #大雁塔 #满月", "xian", "nightwalkers",
			canon.at("2026-10-26 18:22:05", 1, 125, 8, 800)},
		{"stays", "孙浩然", "二桥，蓝调的最后三分钟。#夜景 #武汉 #二桥", "wuhan", "yangtze-by-night",
			xiaomi.at("2026-10-20 18:31:40", 10, 1, 4, 50)},
		{"snow", "王雨桐", "胡同里的第一场雪，等了三年。#夜景 #北京 #初雪", "beijing", "",
			fuji.upended().at("2026-11-16 19:05:57", 1, 60, 2.8, 1250)},
		{"wheel", "Daniel Kim", "Four seconds of the great wheel, from the end of the pier. #夜景 #longexposure", "shanghai", "",
			sony.at("2026-11-03 17:40:26", 4, 1, 9, 100)},
		{"pole", "Liam O'Connor", "An hour of stars turning above the pagoda. 一小时的星轨。#夜景 #西安 #startrails", "xian", "nightwalkers",
			nikon.at("2026-10-11 22:48:00", 3600, 1, 5.6, 200)},
		{"knot", "Elena Petrova", "Huangjuewan interchange from above: where every satnav gives up. #夜景 #重庆 #立交", "chongqing", "yangtze-by-night",
			drone.at("2026-11-05 20:12:37", 2, 1, 1.7, 200)},
		{"lanterns", "周沐言", "把愿望放上天，然后忘了许的是什么。#夜景 #孔明灯", "", "",
			phone.at("2026-09-25 20:54:09", 1, 30, 1.8, 800)},
	}
}

// draw returns the shot as a camera's file.
func (s shot) draw() ([]byte, error) {
	for _, scene := range night.Scenes() {
		if scene.Name == s.scene {
			return night.Encode(scene.Draw(), s.capture)
		}
	}
	return nil, fmt.Errorf("draw %q: no such scene", s.scene)
}

// camera is what one make of camera writes into its files.
type camera night.Capture

var (
	sony   = camera{Make: "SONY", Model: "ILCE-7M4", Lens: "FE 24-70mm F2.8 GM II"}
	nikon  = camera{Make: "NIKON CORPORATION", Model: "NIKON Z 6_2", Lens: "NIKKOR Z 14-24mm f/2.8 S"}
	canon  = camera{Make: "Canon", Model: "Canon EOS R6m2", Lens: "RF100-500mm F4.5-7.1 L IS USM"}
	fuji   = camera{Make: "FUJIFILM", Model: "X-T5", Lens: "XF16-55mmF2.8 R LM WR"}
	xiaomi = camera{Make: "Xiaomi", Model: "Xiaomi 15 Ultra", Lens: "Xiaomi 15 Ultra back camera 8.73mm f/1.63"}
	phone  = camera{Make: "Apple", Model: "iPhone 16 Pro", Lens: "iPhone 16 Pro back triple camera 6.765mm f/1.78"}
	drone  = camera{Make: "DJI", Model: "FC3582", Lens: "24.0 mm f/1.7"}
)

// upended is the camera held upright: it stores its pictures sideways and says so.
func (c camera) upended() camera {
	c.Sideways = true
	return c
}

// chinaTime is the offset that all cameras of the demo are set to.
var chinaTime = time.FixedZone("", 8*3600)

// at is a capture at a local time, exposed for a fraction of seconds.
func (c camera) at(local string, num, den uint32, fNumber float64, iso uint16) night.Capture {
	taken, err := time.ParseInLocation(time.DateTime, local, chinaTime)
	if err != nil {
		panic(err) // the table above is ours; a test reads all of it
	}
	capture := night.Capture(c)
	capture.Taken, capture.Exposure, capture.FNumber, capture.ISO = taken, [2]uint32{num, den}, fNumber, iso
	return capture
}
