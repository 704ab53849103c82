package standing

import (
	"context"
	"time"

	"fanfare/server/contest"
)

const (
	// reconcileEvery is how long a change that the bus lost stays unseen at most, on boards of ordinary size.
	reconcileEvery = 10 * time.Second
	// reconcileShare bounds reconciling to a twentieth of the time where boards are so large that it takes long.
	reconcileShare = 20
	// reconcilePause is how long the source is left alone at least, also where it failed or the bus breaks all the time.
	reconcilePause = time.Second
)

// Recheck has the challenge's board compared with the source soon, and again until the source answers: after a commit
// whose outcome nobody knows. It waits for nothing.
func (b *Boards) Recheck(challenge contest.ChallengeID) {
	if board := b.inMemory(challenge); board != nil {
		board.doubt()
		rouse(b.doubts)
	}
}

// Reread has the board compared with the source soon, by every replica: after what it shows has changed, which no Change
// says. It waits for nothing.
func (b *Boards) Reread(challenge contest.ChallengeID) {
	b.Recheck(challenge) // also where the bus takes nothing
	b.send(rereadTopic, []byte(challenge))
}

// doubtAll does what Recheck does for every board: after messages of the other replicas were lost.
func (b *Boards) doubtAll() {
	for _, board := range b.all() {
		board.doubt()
	}
	rouse(b.doubts)
}

// rouse gives a goroutine that waits a token.
func rouse(tokens chan<- struct{}) {
	select {
	case tokens <- struct{}{}:
	default: // it is awake
	}
}

// reconcileOnTimer compares all boards with the source from time to time, and those in doubt as soon as it may.
func (b *Boards) reconcileOnTimer() {
	ticker := time.NewTicker(reconcileEvery)
	defer ticker.Stop()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-b.flights.life.Done():
			return
		case <-rest.C:
		}
		select {
		case <-b.flights.life.Done():
			return
		case <-b.doubts:
		case <-ticker.C:
			b.doubtAll()
		}
		rest.Reset(b.settle(b.flights.life))
	}
}

// settle compares the boards in doubt with the source, one after the other, and returns how long to leave it alone then.
// Where the source fails, the board stays as it is until the next time.
func (b *Boards) settle(ctx context.Context) (rest time.Duration) {
	began := time.Now()
	failed := false
	for _, board := range b.all() {
		if board.inDoubt() && b.compare(ctx, board) != nil {
			failed = true
		}
	}
	if failed {
		rouse(b.doubts)
		return reconcilePause // however long the failures took
	}
	return max(reconcilePause, reconcileShare*time.Since(began))
}

// compare brings a board and its cards to what the source says. A reading that others began before the doubt settles
// nothing; the one after it does.
func (b *Boards) compare(ctx context.Context, board *board) error {
	for try := 0; try < 2 && board.inDoubt(); try++ {
		if err := b.refresh(ctx, board); err != nil {
			return err
		}
	}
	err := b.renew(ctx, board)
	if err != nil {
		board.doubtAgain()
	}
	return err
}

// doubt marks a board that may differ from the source: one that was read, or is being read at this moment.
func (b *board) doubt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.doubtful = b.loaded.Load() || b.touched != nil
}

func (b *board) inDoubt() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.doubtful
}
