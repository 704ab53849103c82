package fan

import "strings"

// provider is what a mail service says of its own addresses.
type provider struct {
	domain  string // the one that stands for all that lead to the same mailbox
	ignored string // characters of the local part that make no difference
	tag     string // what begins a part that the owner makes up
}

// providerOf is what is known of a domain's mail service. A part behind "+" is the owner's own nearly everywhere, and
// where it is not, somebody who has such an address is still one person.
func providerOf(domain string) provider {
	switch domain {
	case "gmail.com", "googlemail.com":
		return provider{domain: "gmail.com", ignored: ".", tag: "+"}
	case "icloud.com", "me.com", "mac.com":
		return provider{domain: "icloud.com", tag: "+"}
	case "proton.me", "protonmail.com", "protonmail.ch", "pm.me":
		return provider{domain: "proton.me", ignored: ".-_", tag: "+"}
	case "yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "ya.ru":
		return provider{domain: "yandex.ru", ignored: ".-", tag: "+"} // a dot and a hyphen are the same there
	case "ymail.com", "rocketmail.com":
		return provider{domain: domain, tag: "+-"}
	}
	if strings.HasPrefix(domain, "yahoo.") {
		return provider{domain: domain, tag: "+-"} // names have no hyphen: it begins a "disposable" part
	}
	return provider{domain: domain, tag: "+"}
}

// hosts are services where whatever stands before "@" is the owner's own when a name stands before the domain.
var hosts = []string{"fastmail.com", "fastmail.fm"}

// canonical is one spelling for all that lead to the same mailbox. Local part and domain are in lower case.
func canonical(local, domain string) string {
	for _, host := range hosts {
		if name, found := strings.CutSuffix(domain, "."+host); found {
			local, domain = name[strings.LastIndexByte(name, '.')+1:], host
		}
	}
	p := providerOf(domain)
	if tag := strings.IndexAny(local, p.tag); tag > 0 {
		local = local[:tag]
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(p.ignored, r) {
			return -1
		}
		return r
	}, local)
	if bare == "" {
		bare = local // nothing but such characters: no mailbox of that service, and some other's perhaps
	}
	return bare + "@" + p.domain
}
