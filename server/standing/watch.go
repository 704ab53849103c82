package standing

import "fanfare/server/contest"

// news is one board's version, and who is told when it changes.
type news struct {
	version  uint64
	watchers map[chan struct{}]struct{}
}

// newsOf returns the board's news. The lock is held.
func (b *board) newsOf(scope contest.Scope) *news {
	n := b.news[scope]
	if n == nil {
		n = &news{watchers: map[chan struct{}]struct{}{}}
		b.news[scope] = n
		b.changed(n)
		for _, number := range scope.Friends() {
			b.friends.follow(number, n)
		}
	}
	return n
}

// changed gives a board a new version and tells who watches it. The lock is held.
func (b *board) changed(n *news) {
	b.versions++
	n.version = b.versions
	for watcher := range n.watchers {
		select {
		case watcher <- struct{}{}:
		default: // it has a token already
		}
	}
}

// seen tells of a change that the overall board shows of an entry, also on boards of friends. The lock is held.
func (b *board) seen(number contest.EntryNumber) {
	b.changed(b.overall.news)
	for n := range b.friends[number] {
		b.changed(n)
	}
}

// wakeAll tells the watchers of all boards. The lock is held.
func (b *board) wakeAll() {
	for _, n := range b.news {
		b.changed(n)
	}
}

func (b *board) watch(scope contest.Scope) (changed <-chan struct{}, cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.newsOf(scope)
	watcher := make(chan struct{}, 1)
	n.watchers[watcher] = struct{}{}
	return watcher, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(n.watchers, watcher)
		b.dropNews(scope)
	}
}

// dropNews forgets the news of a board that is neither kept nor watched. The lock is held.
func (b *board) dropNews(scope contest.Scope) {
	n := b.news[scope]
	if n == nil || len(n.watchers) > 0 || b.lists[scope] != nil || scope.Groups() || scope == (contest.Scope{}) {
		return
	}
	delete(b.news, scope)
	for _, number := range scope.Friends() {
		b.friends.unfollow(number, n)
	}
}
