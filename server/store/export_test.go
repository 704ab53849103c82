package store

import (
	"context"
	"time"

	"github.com/pressly/goose/v3"

	"fanfare/server/contest"
)

// calledPlan is how orders are found by what their shops call them.
const calledPlan = "SEARCH orders USING INDEX sqlite_autoindex_orders_1 (id=?); LIST SUBQUERY 2; COMPOUND QUERY; LEFT-MOST SUBQUERY; " +
	"SEARCH orders USING INDEX orders_by_number (campaign=? AND number=?); UNION ALL; SEARCH orders USING INDEX orders_by_name (campaign=? AND name=?)"

// givenPlan is how it is asked whether a fan lets an entry be reposted.
const givenPlan = "SEARCH g EXISTS USING PRIMARY KEY (entry=?); CORRELATED SCALAR SUBQUERY 1; SEARCH grants USING PRIMARY KEY (entry=?); " +
	"SEARCH t USING PRIMARY KEY (entry=?)"

func newestPage(q EntryQuery) string {
	q.Statuses = []contest.Status{contest.Published}
	query, _ := newestAfter(q, place{})
	return query
}

// PlannedQueries are queries that are asked often, or of many rows, with what SQLite is to look them up by.
var PlannedQueries = map[string]string{
	selectStanding: "COMPOUND QUERY; LEFT-MOST SUBQUERY; SEARCH votes USING PRIMARY KEY (challenge=? AND voter=? AND period=?); UNION ALL; " +
		"SEARCH v USING COVERING INDEX voters_by_voter (challenge=? AND voter=?); SEARCH f USING INDEX sqlite_autoindex_fans_1 (id=?)",
	selectReached:        "SEARCH votes USING COVERING INDEX votes_counted (challenge=? AND entry=?)",
	selectReachedOf:      "CO-ROUTINE k; SCAN CONSTANT ROW; SCAN k; CORRELATED SCALAR SUBQUERY 1; SEARCH votes USING COVERING INDEX votes_counted (challenge=? AND entry=?)",
	selectBatch:          "SEARCH vote_log USING INDEX vote_log_by_batch (batch=?); USE TEMP B-TREE FOR ORDER BY",
	selectVotesFor:       "SEARCH votes USING PRIMARY KEY (challenge=? AND voter=?)",
	selectVotesOf:        "SEARCH v USING PRIMARY KEY (challenge=? AND voter=?); SEARCH e USING INDEX sqlite_autoindex_entries_2 (challenge=? AND number=?)",
	selectWaitingNotices: "SEARCH notices USING INDEX notices_waiting (person=? AND topic=?); USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY",
	countDeliveries: "COMPOUND QUERY; LEFT-MOST SUBQUERY; SCAN webhook_deliveries USING COVERING INDEX webhook_deliveries_due; UNION ALL; " +
		"SCAN webhook_deliveries USING COVERING INDEX webhook_deliveries_failed",
	selectDeliveries + haveFailed + newestDeliveries: "SEARCH webhook_deliveries USING INDEX webhook_deliveries_failed (webhook=?)",
	selectRepostPoints:   "SEARCH reposts USING INDEX reposts_in_turn (campaign=? AND at>? AND at<?); USE TEMP B-TREE FOR GROUP BY",
	selectOrderCells:     "SEARCH orders USING COVERING INDEX orders_counted (campaign=? AND reporting=? AND quarter>? AND quarter<?); USE TEMP B-TREE FOR GROUP BY",
	selectGivenInCity:    "SEARCH e USING INDEX entries_of_city (challenge=? AND city=? AND status=?); " + givenPlan,
	selectGivenToPartner: "SEARCH e USING INDEX entries_of_partner (challenge=? AND partner=? AND status=?); " + givenPlan,
	selectGivenLast: "SEARCH g USING INDEX grants_given (challenge=?); CORRELATED SCALAR SUBQUERY 1; SEARCH grants USING PRIMARY KEY (entry=?); " +
		"SEARCH e USING INDEX sqlite_autoindex_entries_1 (id=?); SEARCH t USING PRIMARY KEY (entry=?)",
	newestPage(EntryQuery{City: "wuhan"}): "SEARCH entries USING COVERING INDEX entries_of_city (challenge=? AND city=? AND status=? AND number<?)",
	newestPage(EntryQuery{Partner: "x"}):  "SEARCH entries USING COVERING INDEX entries_of_partner (challenge=? AND partner=? AND status=? AND number<?)",
	selectOverdueLines:                    "SEARCH notices USING COVERING INDEX notices_waiting ((person,topic)>(?,?))",
	endedGrants:                           "SEARCH g USING INDEX grants_ending (until>? AND until<?); CORRELATED SCALAR SUBQUERY 1; SEARCH grants USING PRIMARY KEY (entry=?)",
	countNoticeLetters:                    "USE TEMP B-TREE FOR count(DISTINCT); SEARCH notices USING INDEX notices_sent (person=? AND done_at>?)",
	deleteLetters:                         "SEARCH letters USING INDEX letters_by_age (since<?)",
	forgetInvited:                         "SEARCH invitations USING INDEX invitations_by_fan (fan=?)",
	forgetKeys: "SEARCH idempotency USING COVERING INDEX sqlite_autoindex_idempotency_1 (scope=?); LIST SUBQUERY 2; COMPOUND QUERY; " +
		"LEFT-MOST SUBQUERY; SCAN CONSTANT ROW; UNION ALL; SEARCH voters USING PRIMARY KEY (challenge=? AND fan=?)",
	selectTwin: "SEARCH entries USING INDEX entries_by_content (challenge=? AND sha256=?); USE TEMP B-TREE FOR ORDER BY",
	selectDoubtful: "CO-ROUTINE v; SEARCH k USING COVERING INDEX votes_doubtful (challenge=?); " +
		"SEARCH o USING PRIMARY KEY (challenge=? AND voter=? AND period=? AND entry=?); USE TEMP B-TREE FOR GROUP BY; SCAN v; USE TEMP B-TREE FOR GROUP BY; " +
		"CORRELATED SCALAR SUBQUERY 1; SEARCH l USING INDEX vote_log_by_batch (batch=? AND challenge=?); CORRELATED SCALAR SUBQUERY 1; " +
		"SEARCH l USING INDEX vote_log_by_batch (batch=? AND challenge=?); USE TEMP B-TREE FOR ORDER BY",
	countHidden: "SCAN t USING INDEX takedowns_in_turn; SEARCH e USING INDEX sqlite_autoindex_entries_1 (id=?)",
	selectHoldings: "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SCAN c USING COVERING INDEX sqlite_autoindex_challenges_1; " +
		"SEARCH e USING COVERING INDEX entries_by_fan (challenge=? AND fan=?); SCALAR SUBQUERY 4; CO-ROUTINE p; COMPOUND QUERY; LEFT-MOST SUBQUERY; " +
		"SEARCH fans USING COVERING INDEX sqlite_autoindex_fans_1 (id=?); UNION ALL; SEARCH fans USING INDEX fans_by_became (became=?); SCAN p; " +
		"SCAN c USING COVERING INDEX sqlite_autoindex_challenges_1; SEARCH v USING PRIMARY KEY (challenge=? AND fan=?); " +
		"SEARCH o USING PRIMARY KEY (challenge=? AND voter=?)",
	selectMemberships: "SEARCH entries USING INDEX entries_by_status (challenge=? AND status=? AND number>? AND number<?)",
	selectGains: "SEARCH l USING PRIMARY KEY (challenge=? AND position>?); " +
		"SEARCH v USING PRIMARY KEY (challenge=? AND voter=? AND period=? AND entry=?); USE TEMP B-TREE FOR GROUP BY",
	selectGaining: "SEARCH tallies USING INDEX tallies_on_board (challenge=? AND visible=?); LIST SUBQUERY 1; " +
		"SEARCH vote_log USING PRIMARY KEY (challenge=? AND position>?); CREATE BLOOM FILTER",
	selectOrderSums + "campaign = ? GROUP BY currency ORDER BY currency":                                      "SEARCH orders USING COVERING INDEX orders_paid (campaign=?)",
	selectOrderSums + "campaign = ? AND placed_at >= ? AND placed_at < ? GROUP BY currency ORDER BY currency": "SEARCH orders USING COVERING INDEX orders_paid (campaign=?)",
	selectOrdersFound + ordersCalled + newestOrders:                                                           calledPlan + "; USE TEMP B-TREE FOR ORDER BY",
	selectOrderSums + ordersCalled + " GROUP BY currency ORDER BY currency":                                   calledPlan + "; USE TEMP B-TREE FOR GROUP BY",
	selectOrderPoints: "SEARCH orders USING COVERING INDEX orders_counted (campaign=? AND reporting=? AND quarter>? AND quarter<?)",
	selectOrderGroups: "SEARCH orders USING COVERING INDEX orders_counted (campaign=? AND reporting=? AND quarter>? AND quarter<?); USE TEMP B-TREE FOR GROUP BY",
	selectOrdersByEntry: "SEARCH orders USING COVERING INDEX orders_counted (campaign=? AND reporting=? AND quarter>? AND quarter<?); " +
		"USE TEMP B-TREE FOR GROUP BY; USE TEMP B-TREE FOR ORDER BY",
	selectOrdersToRate:    "SEARCH orders USING INDEX orders_by_currency (campaign=? AND currency=? AND id>?)",
	selectWithoutLikeness: "SEARCH e USING INDEX sqlite_autoindex_entries_1 (id>?); SEARCH t USING PRIMARY KEY (entry=?); SEARCH l USING PRIMARY KEY (entry=?) LEFT-JOIN",
}

// WithSkew has this machine's clock be wrong.
func WithSkew(by time.Duration) Option {
	return func(s *Store) { s.clock.now = func() time.Time { return time.Now().Add(by) } }
}

// MigrateTo brings the tables to an older version's form.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	return s.withProvider(ctx, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}
