package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// maxDepth bounds how deep a JSON body nests; ours are flat.
const maxDepth = 8

var (
	errDepth = errors.New("JSON nests too deep")
	errTwice = errors.New("a JSON object has a key twice")
)

// strictJSON is JSON that means one thing: a body is refused when two readers could understand it differently.
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if err := unambiguous(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

// unambiguous refuses what json.Unmarshal would decide silently: of two keys that are equal, or differ in case only, the
// last one wins.
func unambiguous(data []byte) error {
	type level struct {
		keys map[string]bool // nil in a list
		odd  bool            // the next token is a value
	}
	var open []level
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err != nil {
			return nil // its end, or broken JSON, which json.Unmarshal explains better
		}
		here := len(open) - 1
		if key, ok := token.(string); ok && here >= 0 && open[here].keys != nil && !open[here].odd {
			if key = strings.ToLower(key); open[here].keys[key] {
				return errTwice
			}
			open[here].keys[key], open[here].odd = true, true
			continue
		}
		if here >= 0 {
			open[here].odd = false
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:here]
		}
		if len(open) > maxDepth {
			return errDepth
		}
	}
}
