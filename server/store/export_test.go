package store

import "time"

// PlannedQueries are queries that are asked often, or of many rows, with what SQLite is to look them up by.
var PlannedQueries = map[string]string{
	selectTwin:            "SEARCH entries USING INDEX entries_by_content (challenge=? AND sha256=?); USE TEMP B-TREE FOR ORDER BY",
	countHidden:           "SCAN t USING INDEX takedowns_in_turn; SEARCH e USING INDEX sqlite_autoindex_entries_1 (id=?)",
	selectWithoutLikeness: "SEARCH e USING INDEX sqlite_autoindex_entries_1 (id>?); SEARCH t USING PRIMARY KEY (entry=?); SEARCH l USING PRIMARY KEY (entry=?) LEFT-JOIN",
}

// WithSkew has this machine's clock be wrong.
func WithSkew(by time.Duration) Option {
	return func(s *Store) { s.clock.now = func() time.Time { return time.Now().Add(by) } }
}
