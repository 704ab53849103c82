package people

import (
	"testing"
	"time"

	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// What makes a session is changed by nobody without the store's knowing; a name may be, and waits.
func TestASessionIsReadAgainWhenItMayBeAnotherOne(t *testing.T) {
	f := newFair(t, storetest.OpenSQLite)
	bearer := f.guest()
	session := f.session(f.here, bearer)
	update := func(do func(*store.Tx) error) {
		t.Helper()
		if err := f.store.Update(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	named := func(when, want string) {
		t.Helper()
		if got := f.session(f.here, bearer).Fan.Name; got != want {
			t.Errorf("%s the fan is called %q, want %q", when, got, want)
		}
	}
	rename := func(name string) {
		t.Helper()
		update(func(tx *store.Tx) error {
			_, err := tx.FanFor(session.Fan.Issuer, session.Fan.Subject, name)
			return err
		})
	}
	rename("小红")
	f.pass(2 * sessionMemory)
	named("as long as nothing else was written", "阿明")
	f.pass(nameMemory)
	named("later", "小红")
	rename("小丽")
	f.pass(2 * sessionMemory)
	named("as long as nothing else was written", "小红")
	update(func(tx *store.Tx) error { return tx.DeleteExpiredTokens(time.Time{}) })
	named("when sessions may have ended", "小丽")
}
