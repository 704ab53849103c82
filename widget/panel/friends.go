package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// friendsParameter is what a page's address says friends in: the numbers of their photos, with a dot between two.
const friendsParameter = "fanfare-friends"

// maxFriends is how many photos the server compares at most.
const maxFriends = 20

// friends are the photos that the fan compares with their own.
type friends struct {
	_       incomparable
	numbers []int64 // rising
	typed   string
	problem string
	address string // to be copied by hand; empty where the browser did it
}

// startFriends recalls the friends of earlier visits, and meets those of the address and of the board that was brought. An address
// with friends leads to their board.
func (p *Panel) startFriends() {
	p.friends.numbers = numbers(p.w.Store.Load(p.kept(ofFriends)))
	kind, id := cut(p.scope)
	if kind != ofFriends {
		id = ""
	}
	p.befriend(numbers(p.opt.Friends + "." + id)...)
	if p.opt.Friends != "" {
		p.show(p.friendsScope())
	}
}

// befriend adds photos to compare, as many as there is room for; the fan's own are compared anyway.
func (p *Panel) befriend(more ...int64) {
	for _, n := range more {
		if len(p.friends.numbers) < maxFriends {
			p.friends.numbers = with(p.friends.numbers, n)
		}
	}
	p.friendsChanged()
}

func (p *Panel) unfriend(number int64) {
	var rest []int64
	for _, n := range p.friends.numbers {
		if n != number {
			rest = append(rest, n)
		}
	}
	p.friends.numbers = rest
	p.friendsChanged()
	p.w.Screen.Focus(hopID(ofFriends)) // its row had it
}

func (p *Panel) friendsChanged() {
	p.w.Store.Save(p.kept(ofFriends), dotted(p.friends.numbers))
	p.gather()
}

// gather keeps the board of friends, where it is shown, one of all friends and of the fan's own photos.
func (p *Panel) gather() {
	if kindOf(p.scope) == ofFriends {
		p.show(p.friendsScope())
	}
}

// friendsScope is the board of the fan's own photos and their friends'. Of nobody it is none.
func (p *Panel) friendsScope() string {
	all := p.ownNumbers()
	for _, n := range p.friends.numbers {
		if len(all) < maxFriends {
			all = with(all, n)
		}
	}
	if len(all) == 0 {
		return ofFriends
	}
	return ofFriends + "/" + dotted(all)
}

// friendless tells whether the board of friends is shown and there is nobody on it, so that the server has no such board.
func (p *Panel) friendless() bool { return p.scope == ofFriends }

// ownNumbers are those of the fan's published photos.
func (p *Panel) ownNumbers() []int64 {
	var own []int64
	for _, id := range p.mine.ids {
		if e := p.entries[id]; e.Status == "published" {
			own = with(own, e.Number)
		}
	}
	return own
}

// addFriend adds the photo whose number was typed, or those of a link.
func (p *Panel) addFriend() {
	f := &p.friends
	f.problem = ""
	found := typedNumbers(f.typed)
	switch {
	case len(found) == 0:
		f.problem = p.t(text.FriendUnknown)
		return
	case len(found)+len(f.numbers) > maxFriends:
		f.problem = p.tn(text.FriendsFull, maxFriends)
		return
	}
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.own("/entries/" + strconv.FormatInt(found[0], 10) + "/place")}, func(r *port.Response) {
		switch {
		case r.OK():
			p.friends.typed = ""
			p.befriend(found...)
		case r.Status == 404:
			p.friends.problem = p.t(text.FriendUnknown)
		default:
			p.friends.problem = p.problem(r)
		}
	})
}

// copyLink puts the page's address, with the photos of the board in it, into the clipboard.
func (p *Panel) copyLink() {
	_, all := cut(p.scope)
	p.w.Screen.Tell("fanfare:shared")
	p.w.Screen.Copy(friendsParameter, all, func(address string) {
		if p.friends.address = address; address == "" {
			p.tell(p.t(text.LinkCopied), false)
		}
	})
}

// compare adds the photo that is looked at to the board of friends.
func (p *Panel) compare(e *api.Entry) {
	p.befriend(e.Number)
	p.tell(p.t(text.Compared), false)
}

// mayCompare tells whether a photo can be added to the board of friends.
func (p *Panel) mayCompare(e *api.Entry) bool {
	known := len(with(p.friends.numbers, e.Number)) == len(p.friends.numbers)
	return p.offers(ofFriends) && e.Number > 0 && !known && len(p.friends.numbers) < maxFriends && !p.isMine(e.ID)
}

// with adds a number to a rising list; one that is there stays alone.
func with(list []int64, n int64) []int64 {
	var longer []int64
	for _, other := range list {
		if n > 0 && n <= other {
			if longer = append(longer, n); n == other {
				n = 0
				continue
			}
			n = 0
		}
		longer = append(longer, other)
	}
	if n > 0 {
		longer = append(longer, n)
	}
	return longer
}

// typedNumbers are the numbers in a friend's link, or the one that was typed.
func typedNumbers(typed string) []int64 {
	if behind := after(typed, friendsParameter+"="); behind != "" {
		for i := range len(behind) {
			if behind[i] == '&' || behind[i] == '#' {
				behind = behind[:i]
				break
			}
		}
		return numbers(behind)
	}
	if found := numbers(typed); len(found) == 1 && !contains(typed, "/") {
		return found
	}
	return nil
}

// numbers are the runs of digits in a text that can be numbers of entries, rising; of too many the first ones, because anybody
// may have written the text.
func numbers(s string) []int64 {
	var list []int64
	for start, i := 0, 0; i <= len(s) && len(list) <= maxFriends; i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			continue
		}
		if digits := s[start:i]; len(digits) > 0 && len(digits) < 10 {
			list = with(list, whole(digits))
		}
		start = i + 1
	}
	return list
}

// dotted writes numbers with a dot between two.
func dotted(list []int64) string {
	s := ""
	for i, n := range list {
		if i > 0 {
			s += "."
		}
		s += strconv.FormatInt(n, 10)
	}
	return s
}

// after is what stands behind a part of a text; empty where it is not in it.
func after(s, part string) string {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return s[i+len(part):]
		}
	}
	return ""
}
