package partner

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Post is where something was posted.
type Post struct {
	Outlet  Outlet
	Address string // https, as browsers open it
	Key     string // the same for all addresses of one post, and another one's for none
}

// maxPasted bounds what is read of a pasted text, in bytes: apps put a post's words before its address.
const maxPasted = 8 << 10

// maxAddress is how long a post's address may be, in bytes. WeChat's longest have 400.
const maxAddress = 1000

// ErrAddress says that a text has no address of a post.
var ErrAddress = errors.New("no address of a post")

// hosts say which outlet's a host and all below it are. Short links are an outlet's like the posts that they lead to.
var hosts = []struct {
	host   string
	outlet Outlet
}{
	{"weibo.com", Weibo}, {"weibo.cn", Weibo}, {"t.cn", Weibo},
	{"weixin.qq.com", WeChat},
	{"xiaohongshu.com", Xiaohongshu}, {"xhslink.com", Xiaohongshu}, {"rednote.com", Xiaohongshu},
	{"douyin.com", Douyin}, {"iesdouyin.com", Douyin},
	{"instagram.com", Instagram}, {"instagr.am", Instagram},
	{"x.com", X}, {"twitter.com", X}, {"t.co", X},
}

// OutletOf says which outlet a host is: Site for one that is nobody's here.
func OutletOf(host string) Outlet {
	for _, h := range hosts {
		if host == h.host || strings.HasSuffix(host, "."+h.host) {
			return h.outlet
		}
	}
	return Site
}

// ParsePost finds the address of a post in a pasted text, which may be all that an app gives to share. It opens nothing.
func ParsePost(pasted string) (Post, error) {
	u, ok := addressIn(pasted)
	if !ok || u.User != nil || u.Opaque != "" {
		return Post{}, ErrAddress
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if port := u.Port(); !public(host) || port != "" && port != "80" && port != "443" {
		return Post{}, ErrAddress
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		return Post{}, ErrAddress // where the outlet begins, and no post on it
	}
	u.Scheme, u.Host, u.Fragment, u.RawFragment = "https", host, "", ""
	p := Post{Outlet: OutletOf(host), Address: u.String()}
	p.Key = keyOf(p.Outlet, u)
	if len(p.Address) > maxAddress || !utf8.ValidString(p.Address) {
		return Post{}, ErrAddress
	}
	return p, nil
}

// public reports whether a host is a name that others can open: labels of letters and digits, and no address of a machine.
func public(host string) bool {
	labels := strings.Split(host, ".")
	named := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' }
	for _, label := range labels {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool { return !named(r) }) {
			return false
		}
	}
	return len(labels) > 1 && strings.ContainsFunc(labels[len(labels)-1], unicode.IsLetter)
}

// begins is how an address begins, as phones and people write it.
var begins = regexp.MustCompile("(?i)https?://")

// addressIn finds the first address in a text. One that was typed without its beginning must stand alone.
func addressIn(text string) (*url.URL, bool) {
	if len(text) > maxPasted {
		text = text[:maxPasted]
	}
	text = strings.TrimSpace(text)
	switch found := begins.FindStringIndex(text); {
	case found != nil:
		text = text[found[0]:]
		if end := strings.IndexFunc(text, ends); end >= 0 {
			text = text[:end]
		}
	case strings.Contains(text, "://") || strings.ContainsFunc(text, ends):
		return nil, false
	default:
		text = "https://" + text
	}
	u, err := url.Parse(text)
	return u, err == nil
}

// ends reports whether an address ends before a character: the words around it are often Chinese, and follow without a space.
func ends(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("\"'<>`\\", r) || r > unicode.MaxASCII && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// identifying are the parameters that name a post where its path does not.
var identifying = map[Outlet][]string{WeChat: {"__biz", "mid", "idx", "sn"}}

// keyOf leaves away what differs between addresses of one post: the device's host, and by whom it was shared.
func keyOf(o Outlet, u *url.URL) string {
	host := u.Host
	for _, prefix := range []string{"www.", "m.", "mobile."} {
		host = strings.TrimPrefix(host, prefix)
	}
	if o == X && host == "twitter.com" {
		host = "x.com"
	}
	query := u.Query()
	for name := range query {
		mine := slices.Contains(identifying[o], name)
		if o == Site {
			mine = !strings.HasPrefix(name, "utm_")
		}
		if !mine {
			query.Del(name)
		}
	}
	return string(o) + " " + host + strings.TrimRight(u.EscapedPath(), "/") + "?" + query.Encode()
}
