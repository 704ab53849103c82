package web_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/web"
)

func TestABackendThatHangsIsTheOnlyOneThatIsBlamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hangs := web.Dependency{Name: "database", Check: func(context.Context) error { <-release; return nil }}
		works := web.Dependency{Name: "bus", Check: func(context.Context) error { return nil }}
		began := time.Now()
		for range 20 { // two ready channels are chosen from by chance
			errs := web.Examine(t.Context(), []web.Dependency{hangs, works, works, works})
			if errs[0] == nil {
				t.Error("the one that hangs counts as answering")
			}
			for _, err := range errs[1:] {
				if err != nil {
					t.Errorf("one that answers is blamed: %v", err)
				}
			}
		}
		if took := time.Since(began); took > 20*3*time.Second {
			t.Errorf("took %v", took)
		}
		close(release)
	})
}
