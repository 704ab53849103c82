package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// What follows needs PostgreSQL's own ways to fail.

// crowd votes at stores that share a database, and notes what was acknowledged.
type crowd struct {
	*testing.T
	challenge contest.ChallengeID
	entries   []contest.EntryID

	mu    sync.Mutex // guards what follows
	tried map[string]bool
	acked map[string]bool
}

// pause is how long a voter waits who was told to come back later.
const pause = 20 * time.Millisecond

// vote casts votes at one of the stores, each again until it is acknowledged, until stop is closed.
func (c *crowd) vote(s *store.Store, voter int, acks *atomic.Int64, stop <-chan struct{}) {
	for i := 0; ; i++ {
		b := storetest.Ballot(c.challenge, c.entries[(voter+i)%len(c.entries)], fmt.Sprintf("f_%d_%d", voter, i))
		note := noteOf(b)
		c.note(c.tried, note)
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := s.UpdateIn(context.Background(), b.Challenge, func(tx *store.Tx) error { _, err := storetest.Cast(tx, b, "all"); return err },
				store.Ballot{Entry: b.Entry, Voter: b.Voter, Period: func(time.Time) string { return "all" }})
			if err == nil {
				break
			}
			if !errors.Is(err, store.ErrUnavailable) {
				c.Errorf("a vote was told %v", err)
				return
			}
			<-time.After(pause)
		}
		c.note(c.acked, note)
		acks.Add(1)
	}
}

func (c *crowd) note(to map[string]bool, note string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	to[note] = true
}

// restarts is how often the server ends: some times in every run of the tests, twenty with FANFARE_SOAK set.
func restarts() int {
	if os.Getenv("FANFARE_SOAK") != "" {
		return 20
	}
	return 4
}

// CHECKS 15 and 53.
func TestAcknowledgedVotesOutliveRestartsOfPostgres(t *testing.T) {
	const back = 5 * time.Second
	server := storetest.StartPostgres(t, "fsync=on", "full_page_writes=on")
	address := server.NewDatabase(t)
	challenge, entries := prepare(t, address)
	c := &crowd{T: t, challenge: challenge, entries: entries, tried: map[string]bool{}, acked: map[string]bool{}}
	var stores [2]*store.Store
	var acks [2]atomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i := range stores {
		stores[i] = storetest.OpenPostgres(t, address, nil)
		for voter := range voters / 2 {
			all.Go(func() { c.vote(stores[i], i*voters+voter, &acks[i], stop) })
		}
	}
	more := func(limit time.Duration) {
		for i := range acks {
			want := acks[i].Load() + voters
			for begun := time.Now(); acks[i].Load() < want; {
				if time.Since(begun) > limit {
					t.Errorf("replica %d acknowledges nothing %v after the server's return", i, limit)
					return
				}
				<-time.After(pause)
			}
		}
	}
	for round := range restarts() {
		more(time.Minute)
		end := server.Kill
		if round%2 == 1 {
			end = server.Stop
		}
		if err := errors.Join(end(), server.Start()); err != nil {
			t.Fatal(err)
		}
		more(back)
	}
	close(stop)
	all.Wait()
	recount(t, stores[0], challenge, entries, c.tried, c.acked)
}

// proxied opens a store whose connections pass a proxy.
func proxied(t *testing.T, address string, options ...store.Option) (*store.Store, *faulttest.Proxy) {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := faulttest.Start(t, target.Host)
	target.Host = proxy.Addr()
	return storetest.OpenPostgres(t, target.String(), nil, options...), proxy
}

func TestASilentServerIsUnavailableWithinTenSecondsAndThenBack(t *testing.T) {
	t.Parallel()
	s, proxy := proxied(t, shared.Server(t).NewDatabase(t))
	challenge, entries, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func() error{
		"view": func() error {
			return s.View(context.Background(), func(tx *store.Tx) error { _, err := tx.Campaigns(); return err })
		},
		"update": func() error { return set(s, "name", "on") },
		"update of a challenge": func() error {
			b := storetest.Ballot(challenge, entries[0], "f_1")
			return s.UpdateIn(context.Background(), challenge, func(tx *store.Tx) error { _, err := storetest.Cast(tx, b, "all"); return err })
		},
	}
	proxy.Set(faulttest.Faults{BlackHole: true})
	var all sync.WaitGroup
	for what, call := range calls {
		all.Go(func() {
			begun := time.Now()
			if err := call(); !errors.Is(err, store.ErrUnavailable) || time.Since(begun) > 11*time.Second {
				t.Errorf("%s: got %v after %v", what, err, time.Since(begun))
			}
		})
	}
	all.Wait()
	proxy.Set(faulttest.Faults{})
	for what, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s afterwards: %v", what, err)
		}
	}
}

// Wherever the connection ends in a vote, a success is durable, and where it is not known the doubt is told.
func TestAVoteCutOffIsAcknowledgedDurablyOrDoubted(t *testing.T) {
	address := shared.Server(t).NewDatabase(t)
	var doubts atomic.Int64
	s, proxy := proxied(t, address, store.WithDoubt(func(contest.ChallengeID) { doubts.Add(1) }))
	challenge, entries, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	const step = 13 // bytes; the answers to a vote are some hundreds
	refused, doubted, tried := 0, 0, map[string]bool{}
	for after, cut := int64(1), true; cut; after += step {
		b := storetest.Ballot(challenge, entries[0], fmt.Sprint("f_", after))
		before := doubts.Load()
		tried[noteOf(b)] = true
		proxy.Set(faulttest.Faults{ToClient: faulttest.Way{ResetAfter: after}})
		err := s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) error { _, err := storetest.Cast(tx, b, "all"); return err })
		proxy.Set(faulttest.Faults{})
		cut = err != nil
		stands := voted(t, s, b)
		switch {
		case err == nil && !stands:
			t.Errorf("cut after %d bytes: acknowledged and lost", after)
		case err != nil && !errors.Is(err, store.ErrUnavailable):
			t.Errorf("cut after %d bytes: got %v", after, err)
		case err != nil && stands && doubts.Load() == before:
			t.Errorf("cut after %d bytes: the vote stands, and nobody was told of the doubt", after)
		case doubts.Load() > before:
			doubted++
		case err != nil:
			refused++
		}
	}
	if refused < 10 || doubted == 0 {
		t.Errorf("%d votes were refused and %d doubted: the cuts missed something", refused, doubted)
	}
	recount(t, s, challenge, entries, tried, nil)
}

func voted(t *testing.T, s *store.Store, b contest.Ballot) bool {
	t.Helper()
	var votes []store.VoterVote
	err := s.View(t.Context(), func(tx *store.Tx) (err error) {
		votes, err = tx.VotesOf(b.Challenge, b.Voter, "all")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(votes) > 0
}

func TestConnectionsOfBeforeARestartAreNotNoticed(t *testing.T) {
	server := storetest.StartPostgres(t)
	s := server.Open(t, nil)
	var all sync.WaitGroup
	for i := range 12 { // fill the pools
		all.Go(func() {
			if err := errors.Join(set(s, fmt.Sprint(i), "on"), s.Check(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := errors.Join(server.Kill(), server.Start()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(set(s, "name", "on"), s.Check(t.Context())); err != nil {
		t.Errorf("the first calls after the restart: %v", err)
	}
}

func TestUpdatesThatBlockEachOtherBothSucceed(t *testing.T) {
	s := shared.Server(t).Open(t, nil)
	challenge, _, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(set(s, "a", "0"), set(s, "b", "0")); err != nil {
		t.Fatal(err)
	}
	var meet sync.WaitGroup // both have written their first
	meet.Add(2)
	cross := func(first, second string) func(*store.Tx) error {
		met := sync.OnceFunc(func() { meet.Done(); meet.Wait() })
		return func(tx *store.Tx) error {
			if err := tx.SetSetting(first, "1"); err != nil {
				return err
			}
			met()
			return tx.SetSetting(second, "1")
		}
	}
	var all sync.WaitGroup
	for _, update := range []func() error{
		func() error { return s.Update(context.Background(), cross("a", "b")) },
		func() error { return s.UpdateIn(context.Background(), challenge, cross("b", "a")) },
	} {
		all.Go(func() {
			if err := update(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestUpdatesThatTookTheSameLockFollowEachOther(t *testing.T) {
	s := shared.Server(t).Open(t, nil)
	const updates = 20
	together := func(i int) error {
		return s.Update(context.Background(), func(tx *store.Tx) error {
			if err := tx.Lock("count"); err != nil {
				return err
			}
			value, err := tx.Setting("count")
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return tx.SetSetting("count", value+"x")
		})
	}
	var all sync.WaitGroup
	for i := range updates {
		all.Go(func() {
			if err := together(i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	err := s.View(t.Context(), func(tx *store.Tx) error {
		value, err := tx.Setting("count")
		if len(value) != updates {
			t.Errorf("%d of %d updates counted", len(value), updates)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDaysThatAreSummedAnewMissNothingThatIsCountedMeanwhile(t *testing.T) {
	s := shared.Server(t).Open(t, nil)
	challenge, _, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	evening := time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC) // the day after in Tokyo, where it is an hour later than in Shanghai
	counted := make(chan error, 1)
	count := func(campaign contest.CampaignID) {
		counted <- s.UpdateIn(context.Background(), challenge, func(tx *store.Tx) error {
			return tx.Count(store.Count{Campaign: campaign, N: 1, Cell: kpi.Cell{Quarter: kpi.QuarterOf(evening), Challenge: challenge, Metric: kpi.Shares}})
		})
	}
	var campaign contest.CampaignID
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		c, err := tx.Challenge(challenge)
		if err != nil {
			return err
		}
		campaign = c.Campaign
		plan := kpi.StartingPlan()
		plan.TimeZone = "Asia/Tokyo"
		if err := tx.SavePlan(campaign, plan); err != nil {
			return err
		}
		go count(campaign)
		for waiting := 0; waiting == 0 && len(counted) == 0; { // until it has come past, or cannot
			if waiting, err = waitingForLocks(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, <-counted); err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(tx *store.Tx) error {
		days, err := tx.Days(campaign, "", "9999-12-31")
		if len(days) != 1 || days[0].Day != "2026-11-23" || days[0].Value != 1 {
			t.Errorf("the days are %+v, want one share on the 23rd", days)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// waitingForLocks counts those who wait for a lock that somebody took by name.
func waitingForLocks(tx *store.Tx) (n int, err error) {
	rows, err := tx.Query(`SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		err = errors.Join(err, rows.Scan(&n))
	}
	return n, errors.Join(err, rows.Err())
}

func TestAPasswordThatChangesIsUsedByTheNextConnection(t *testing.T) {
	server := storetest.StartPostgres(t)
	address, err := url.Parse(server.NewDatabase(t))
	if err == nil {
		err = errors.Join(server.Exec("CREATE ROLE voter LOGIN PASSWORD 'first-secret' SUPERUSER"), server.Demand())
	}
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.User("voter")
	var password atomic.Value
	password.Store("first-secret")
	write, read, err := store.OpenPostgres(address.String(), t.Name(), func() string { return password.Load().(string) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { write.Close(); read.Close() }()
	s, err := store.Open(write, read, store.Postgres, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := errors.Join(s.Migrate(t.Context()), set(s, "a", "on")); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(server.Exec("ALTER ROLE voter PASSWORD 'second-secret'"), server.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'voter'"))
	if err != nil {
		t.Fatal(err)
	}
	if err := set(s, "b", "on"); !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("with the old password: got %v", err)
	}
	password.Store("second-secret")
	if err := set(s, "c", "on"); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}

func TestADatabaseThatWouldForgetIsNamedWithTheRemedyConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		if err := storetest.OpenSQLite(t, nil).CheckDurability(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		safe := storetest.StartPostgres(t, "fsync=on", "full_page_writes=on", "synchronous_commit=remote_apply")
		if err := safe.Open(t, nil).CheckDurability(t.Context()); err != nil {
			t.Error(err)
		}
		hasty := storetest.StartPostgres(t, "fsync=on", "full_page_writes=on", "synchronous_commit=off")
		if err := hasty.Open(t, nil).CheckDurability(t.Context()); err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
			t.Errorf("got %v of a server that answers before the disk has it", err)
		}
		careless := shared.Server(t)
		if err := careless.Open(t, nil).CheckDurability(t.Context()); err == nil || !strings.Contains(err.Error(), `set it to "on"`) {
			t.Errorf("got %v of a server without fsync", err)
		}
	})
}
