package standing

import (
	"context"
	"errors"
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// RisingWindow is how long a gain counts on the board of what rises.
const RisingWindow = rank.Window

const (
	// listIdle is how long the list of a city, a partner or a tag is kept when nobody watches it or asks for it: longer than the
	// few seconds between a page's questions, so that a list is made once in a visit.
	listIdle = 10 * time.Minute
	// maxTagLists is how many lists of tags a challenge keeps, because visitors choose the tags, and an entry can be on thirty. The
	// one that nobody watches and asked for longest makes room.
	maxTagLists = 256
	// tendEvery is how long gains that are too old stay on the board of what rises.
	tendEvery = 15 * time.Second
)

// ErrCrowded says that a tag has no board now, because those of too many others are watched.
var ErrCrowded = errors.New("too many boards of tags are watched")

// ask calls read with the board, under the lock, after it was made ready. Read must not wait.
func (b *Boards) ask(ctx context.Context, key Key, read func(ranking)) (*board, error) {
	board, err := b.load(ctx, key.Challenge)
	for err == nil && !board.read(key.Scope, read) {
		err = b.prepare(ctx, board, key.Scope)
	}
	return board, err
}

func (b *board) read(scope contest.Scope, read func(ranking)) (ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.ranking(scope)
	if r != nil {
		read(r)
	}
	return r != nil
}

// ranking returns a board; nil where it is still to be made. The lock is held.
func (b *board) ranking(scope contest.Scope) ranking {
	switch {
	case scope == (contest.Scope{}):
		return &b.overall
	case scope.Kind == contest.FriendsBoard:
		return company{b, b.overall.ranks, scope.Friends()}
	case scope.Kind == contest.RisingBoard && !b.live():
		return blank{Snapshot{Rows: []Row{}, Shows: contest.NothingShown, Version: b.overall.news.version}}
	case scope.Kind != contest.RisingBoard && !b.acquainted:
		return nil
	case scope.Groups():
		return b.league(scope)
	case !b.has(scope):
		return blank{Snapshot{Rows: []Row{}, Shows: b.shows, AsAt: b.asAt, Version: b.overall.news.version}}
	}
	if l := b.lists[scope]; l != nil && l.ready {
		l.used = time.Now()
		return l
	}
	return nil
}

// has reports whether there is such a city, partner or tag.
func (b *board) has(scope contest.Scope) bool {
	switch scope.Kind {
	case contest.CityBoard:
		return b.cities.place(scope.ID) != noGroup
	case contest.PartnerBoard:
		return b.partners.place(scope.ID) != noGroup
	case contest.TagBoard:
		_, used := b.tags[scope.ID]
		return used
	}
	return true
}

func (b *board) league(scope contest.Scope) *league {
	g := b.cities
	if scope.Kind == contest.PartnersBoard {
		g = b.partners
	}
	if scope.ID == contest.Average {
		return &g.means
	}
	return &g.sums
}

// prepare does what is to be done next for a board. All who want it at the same time wait for one doing of it.
func (b *Boards) prepare(ctx context.Context, board *board, scope contest.Scope) error {
	if scope.Kind == contest.RisingBoard {
		return b.seed(ctx, board)
	}
	if !board.isAcquainted() {
		return b.meet(ctx, board) // only then it is known whether there is such a board
	}
	return b.flights.do(ctx, "list "+scope.String()+" of "+string(board.challenge), func(context.Context) error {
		return board.gather(scope)
	})
}

// gather puts together the list of a city, a partner or a tag. Changes that come meanwhile go to it as well.
func (b *board) gather(scope contest.Scope) error {
	l, err := b.begin(scope)
	if err != nil {
		return err
	}
	b.walk(func(number contest.EntryNumber, k *known) {
		if row, visible := b.overall.ranks.Row(uint32(number)); visible && b.on(scope, k.belongs) {
			l.ranks.Set(row)
		}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	l.ready = true
	b.changed(l.news)
	return nil
}

// begin adds a list, unless it is there.
func (b *board) begin(scope contest.Scope) (*list, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lists[scope]; l != nil {
		return l, nil
	}
	if scope.Kind == contest.TagBoard {
		if b.tagLists >= maxTagLists && !b.dropOldestTag() {
			return nil, ErrCrowded
		}
		b.tagLists++
	}
	l := &list{of: b, scope: scope, ranks: &rank.Board{}, news: b.newsOf(scope), used: time.Now()}
	b.lists[scope] = l
	return l, nil
}

// dropOldestTag drops the list of the tag that nobody asked for longest, if there is one that nobody watches. The lock is held.
func (b *board) dropOldestTag() bool {
	var oldest *list
	for scope, l := range b.lists {
		if scope.Kind == contest.TagBoard && len(l.news.watchers) == 0 && l.ready && (oldest == nil || l.used.Before(oldest.used)) {
			oldest = l
		}
	}
	if oldest != nil {
		b.dropList(oldest)
	}
	return oldest != nil
}

// dropList forgets a list; it is made again when somebody asks. The lock is held.
func (b *board) dropList(l *list) {
	switch l.scope.Kind {
	case contest.RisingBoard:
		b.rising.gains = nil
	case contest.TagBoard:
		b.tagLists--
	}
	delete(b.lists, l.scope)
	b.dropNews(l.scope)
}

// tendOnTimer lets gains become old, and drops lists that nobody asked for lately.
func (b *Boards) tendOnTimer() {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		select {
		case <-b.flights.life.Done():
			return
		case now := <-ticker.C:
			for _, board := range b.all() {
				board.dropIdle(now)
				for board.age(now) { //nolint:revive // each step lets others have the lock
				}
			}
		}
	}
}

func (b *board) dropIdle(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lists {
		if l.ready && len(l.news.watchers) == 0 && now.Sub(l.used) > listIdle {
			b.dropList(l)
		}
	}
}
