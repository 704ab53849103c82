package notices

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/access"
)

func TestALetterWhoseJobGaveUpGoesOnceTheMailServerIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		tidy := func() {
			t.Helper()
			if err := o.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			o.letters = nil
			o.run(time.Minute)
		}
		o.sending = errors.New("nobody answers")
		o.send(Notice{Key: "danger/1", Staff: o.staff(access.Marketer), Kind: Danger})
		o.run(overdue)
		tried := len(o.letters)
		o.run(overdue)
		if len(o.letters) != tried {
			t.Fatalf("it was tried %d times in %v and %d times later: the job has not given up", tried, overdue, len(o.letters)-tried)
		}
		o.sending = nil
		tidy()
		o.wrote(1)
		tidy()
		o.wrote(0)
	})
}
