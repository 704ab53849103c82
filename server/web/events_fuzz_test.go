package web

import (
	"strings"
	"testing"
)

func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"batch":"00000000000000000000000000000001","challenge":"night","via":"weibo","events":[{"metric":"view","entry":1,"n":2}]}`))
	f.Add([]byte(`{"events":[{"entry":-1}]}`))
	f.Add([]byte(`{"events":[{"entry":4294967297,"n":9223372036854775807}]} {}`))
	f.Add([]byte(`{"batch":"a","BATCH":"b"}`))
	f.Add([]byte(strings.Repeat(`{"events":[`, 50)))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := readReport(body)
		if err != nil {
			return
		}
		again, err := readReport(append(body, " \n"...))
		if err != nil || len(again.Events) != len(r.Events) {
			t.Errorf("%q is a report, and with an end of line: %v", body, err)
		}
		if _, err := readReport(append(body, body...)); err == nil {
			t.Errorf("%q is a report twice", body)
		}
		for _, e := range r.Events {
			if e.Times == 0 {
				t.Errorf("%q happened never", body)
			}
		}
	})
}
