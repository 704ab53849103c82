package partner_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"fanfare/server/partner"
)

func TestAPostIsFoundInWhatAppsShare(t *testing.T) {
	for _, c := range []struct {
		name, pasted string
		outlet       partner.Outlet
		address      string
	}{
		{"weibo in a browser", "https://weibo.com/1699432410/OaBcD12?refer_flag=1#comment", partner.Weibo, "https://weibo.com/1699432410/OaBcD12?refer_flag=1"},
		{"weibo on a phone", "https://m.weibo.cn/status/5099423", partner.Weibo, "https://m.weibo.cn/status/5099423"},
		{"an article", "http://mp.weixin.qq.com/s/AbC-_9", partner.WeChat, "https://mp.weixin.qq.com/s/AbC-_9"},
		{"xiaohongshu's text", "62 文旅武汉发布了一篇小红书笔记，快来看吧！ 😆 1aB 😆 http://xhslink.com/a/kX2y，复制本条信息，打开【小红书】App查看精彩内容！", partner.Xiaohongshu, "https://xhslink.com/a/kX2y"},
		{"douyin's text", "7.43 复制打开抖音，看看【文旅武汉的作品】 https://v.douyin.com/iAbC12/ 12/03 q@e.BT", partner.Douyin, "https://v.douyin.com/iAbC12/"},
		{"instagram", "https://www.instagram.com/p/C8x_y/?igsh=abc", partner.Instagram, "https://www.instagram.com/p/C8x_y/?igsh=abc"},
		{"x", "HTTPS://X.com/wuhan/status/12345", partner.X, "https://x.com/wuhan/status/12345"},
		{"behind letters that are shorter in lower case", "İstanbul: https://x.com/wuhan/status/12345", partner.X, "https://x.com/wuhan/status/12345"},
		{"the old name of x", "https://mobile.twitter.com/wuhan/status/12345", partner.X, "https://mobile.twitter.com/wuhan/status/12345"},
		{"a site of one's own", "https://visit.wuhan.example/news/夜景?id=7", partner.Site, "https://visit.wuhan.example/news/%E5%A4%9C%E6%99%AF?id=7"},
		{"without its beginning", "weibo.com/1699432410/OaBcD12", partner.Weibo, "https://weibo.com/1699432410/OaBcD12"},
		{"a host that ends like an outlet's", "https://notweibo.com/1/2", partner.Site, "https://notweibo.com/1/2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := partner.ParsePost(c.pasted)
			if err != nil || got.Outlet != c.outlet || got.Address != c.address {
				t.Errorf("got %+v, %v, want %s at %s", got, err, c.outlet, c.address)
			}
		})
	}
}

func TestWhatIsNoPostIsRefused(t *testing.T) {
	for _, pasted := range []string{
		"", "已发布", "发在 weibo.com/1/2 了", "https://weibo.com/", "https://weibo.com", "https://", "https://localhost/p/1", "https://192.0.2.1/p", "https://[2001:db8::1]/p",
		"https://user:secret@weibo.com/1/2", "https://example.com:8443/p", "ftp://example.com/p", "javascript:alert(1)", "https://..com/1", "https://example.com/" + strings.Repeat("a", 1000),
	} {
		if got, err := partner.ParsePost(pasted); !errors.Is(err, partner.ErrAddress) {
			t.Errorf("%q is taken for %+v, want ErrAddress", pasted, got)
		}
	}
}

func TestAddressesOfOnePostHaveOneKey(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://weibo.com/1/AbC?from=page", "http://www.weibo.com/1/AbC/#comments", true},
		{"https://weibo.com/1/AbC", "https://weibo.com/1/abc", false}, // their names know large from small
		{"https://twitter.com/w/status/1?s=20", "https://x.com/w/status/1", true},
		{"https://mp.weixin.qq.com/s?__biz=a&mid=1&idx=1&sn=f&chksm=9", "https://mp.weixin.qq.com/s?mid=1&__biz=a&idx=1&sn=f&scene=1", true},
		{"https://mp.weixin.qq.com/s?__biz=a&mid=1&idx=1", "https://mp.weixin.qq.com/s?__biz=a&mid=1&idx=2", false},
		{"https://a.example/?p=1", "https://a.example/?p=2", false},
		{"https://a.example/?p=1&utm_source=x", "https://a.example/?p=1", true},
	} {
		a, errA := partner.ParsePost(c.a)
		b, errB := partner.ParsePost(c.b)
		if err := errors.Join(errA, errB); err != nil || (a.Key == b.Key) != c.same {
			t.Errorf("%s and %s: keys %q and %q (%v), want the same: %v", c.a, c.b, a.Key, b.Key, err, c.same)
		}
	}
}

func FuzzPost(f *testing.F) {
	for _, seed := range []string{"https://weibo.com/1/AbC", "看看 http://xhslink.com/a/k，复制", "weibo.com/1?%zz=%", "https://例子.测试/夜?a=%E5", "https://a.b//c/../d;e?x=;y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		p, err := partner.ParsePost(pasted)
		if err != nil {
			return
		}
		if u, err := url.Parse(p.Address); err != nil || u.Scheme != "https" || u.Host == "" || !p.Outlet.Known() {
			t.Fatalf("%q is %+v, which is no https address of an outlet (%v)", pasted, p, err)
		}
		if again, err := partner.ParsePost(p.Address); err != nil || again != p {
			t.Fatalf("%q is %+v, and its own address %+v, %v", pasted, p, again, err)
		}
	})
}
