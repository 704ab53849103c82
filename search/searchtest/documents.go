package searchtest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"fanfare/search"
)

var (
	chinese = []string{
		"夜景", "外滩", "上海", "银河", "城市", "灯光", "星空", "倒影", "江边", "天际线", "霓虹", "车流", "月亮", "桥", "烟花", "雨后", "回家的路", "我们的", "今晚", "拍摄于",
	}
	english = []string{
		"night", "lights", "skyline", "harbour", "midnight", "bridge", "neon", "river", "moon", "street", "fireworks", "tower", "long exposure", "reflection", "city",
	}
	cities = []string{"上海 Shanghai", "北京 Beijing", "成都 Chengdu", "重庆 Chongqing", "香港 Hong Kong"}
)

// word is one of the list, or one that few captions have: half Chinese, half Latin, as in a real vocabulary.
func word(random *rand.Rand, list []string) string {
	if random.IntN(4) > 0 {
		return list[random.IntN(len(list))]
	}
	if random.IntN(2) == 0 {
		return string([]rune{rune(0x4e00 + random.IntN(3000)), rune(0x4e00 + random.IntN(3000))})
	}
	letters := make([]byte, 4+random.IntN(6))
	for i := range letters {
		letters[i] = "aeioubcdfghlmnprst"[random.IntN(18)]
	}
	return string(letters)
}

func caption(random *rand.Rand) string {
	list, separator := chinese, "，"
	if random.IntN(3) == 0 {
		list, separator = english, " "
	}
	words := make([]string, 4+random.IntN(12))
	for i := range words {
		words[i] = word(random, list)
	}
	return strings.Join(words, separator)
}

// Documents returns n documents of one challenge, "ch_night", as a large one has them, the same each time.
func Documents(n int) []search.Document {
	random := rand.New(rand.NewPCG(1, 1))
	all := make([]search.Document, n)
	for i := range all {
		all[i] = search.Document{
			ID: fmt.Sprintf("e_%013d", i+1), Challenge: "ch_night", Number: uint32(i + 1), Caption: caption(random),
			Author: word(random, english), Tags: []string{"百万夜景大片挑战", word(random, chinese)}, City: cities[random.IntN(len(cities))],
		}
	}
	return all
}
