package web

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAmbiguousJSONIsRefused(t *testing.T) {
	for body, want := range map[string]error{
		`{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}],"d":"a"}`: nil, `["a","a"]`: nil, `{"a":"a","b":"a"}`: nil, `{"a":["b","b"],"b":1}`: nil, `7`: nil,
		`{"a":1,"a":2}`: errTwice, `{"a":1,"A":2}`: errTwice, `{"a":{},"b":[],"\u0061":2}`: errTwice, `[{"a":{"b":1,"b":2}}]`: errTwice, `{"":1,"":2}`: errTwice,
		strings.Repeat("[", maxDepth+1): errDepth, strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth): nil,
	} {
		if err := unambiguous([]byte(body)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}

// What is let through means the same to every reader: its keys survive being written again.
func FuzzUnambiguous(f *testing.F) {
	for _, seed := range []string{`{"a":1,"A":2}`, `[[{}]]`, `{"a":{"b":[1,"x",null]}}`, `{"a":`, `{"a":1}{"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if unambiguous(body) != nil {
			return
		}
		var v, again any
		if json.Unmarshal(body, &v) != nil {
			return
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%q became %q: %v", body, b, err)
		}
	})
}
