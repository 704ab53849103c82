package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// wish votes with a body and a key, each of which may be empty.
func (i *installation) wish(method, entry, token, body, key string) reply {
	i.t.Helper()
	r := request{method: method, path: "/api/v1/entries/" + entry + "/vote", token: token, body: []byte(body)}
	if body != "" {
		r.kind = "application/json"
	}
	if key != "" {
		r.header = map[string]string{"Idempotency-Key": key}
	}
	return i.do(r)
}

// voted returns the entries that a session's fan has votes for.
func (i *installation) voted(token string) (ids []string) {
	i.t.Helper()
	for _, id := range i.get("/api/v1/me", token).Body["voted"].([]any) {
		ids = append(ids, id.(string))
	}
	return ids
}

// kinds are the kinds of the log's leaves.
func (i *installation) kinds() (kinds []contest.LeafKind) {
	i.t.Helper()
	for _, l := range i.leaves() {
		kinds = append(kinds, l.Kind)
	}
	return kinds
}

// receipt is what a voter gets of a vote.
type receipt struct {
	Log, Entry, Period, Leaf string
	Index                    *int64
}

// receiptOf reads the receipt of a reply.
func receiptOf(t *testing.T, r reply) receipt {
	t.Helper()
	var body struct{ Receipt *receipt }
	if err := json.Unmarshal([]byte(r.Text), &body); err != nil || body.Receipt == nil {
		t.Fatalf("%d %s has no receipt: %v", r.Status, r.Text, err)
	}
	return *body.Receipt
}

// hold holds that a receipt is the log's line, at its place.
func (r receipt) hold(t *testing.T, leaves []contest.Leaf, kind contest.LeafKind) {
	t.Helper()
	parsed, _, err := contest.ParseLeaf([]byte(r.Leaf))
	if err != nil || r.Index == nil || *r.Index >= int64(len(leaves)) {
		t.Fatalf("receipt %+v of a log of %d leaves: %v", r, len(leaves), err)
	}
	parsed.Position = *r.Index + 1
	if want := leaves[*r.Index]; parsed != want || parsed.Kind != kind || r.Period != want.Period {
		t.Errorf("receipt is of %+v, the log has %+v", parsed, want)
	}
}

func TestAVoterGetsTheLogsLineAndNoWordThatItCounts(t *testing.T) {
	i := install(t, nil)
	id, voter := i.publishedPhotos(1)[0], i.guest()
	cast := i.vote("PUT", id, voter)
	first := receiptOf(t, cast)
	if first.Log != string(i.challenge.ID) || first.Entry != id {
		t.Errorf("the receipt is of entry %s in log %s", first.Entry, first.Log)
	}
	first.hold(t, i.leaves(), contest.Cast)
	if strings.Contains(strings.ToLower(cast.Text), "count") {
		t.Errorf("the reply says that a vote counts: %s", cast.Text)
	}
	if again := i.vote("PUT", id, voter); again.Text != cast.Text {
		t.Errorf("again: %s\nfirst: %s", again.Text, cast.Text)
	}
	var list struct{ Receipts []receipt }
	mine := i.get("/api/v1/me/receipts", voter)
	if err := json.Unmarshal([]byte(mine.Text), &list); err != nil || len(list.Receipts) != 1 || list.Receipts[0].Leaf != first.Leaf || *list.Receipts[0].Index != *first.Index {
		t.Errorf("the voter's receipts are %s, want the one above", mine.Text)
	}
	if r := i.get("/api/v1/me/receipts", i.guest()); strings.Contains(r.Text, first.Leaf) {
		t.Error("another fan reads the receipt")
	}
	receiptOf(t, i.vote("DELETE", id, voter)).hold(t, i.leaves(), contest.Retract)
	if r := i.get("/api/v1/me/receipts", voter); r.Text != `{"receipts":[]}`+"\n" {
		t.Errorf("receipts after the vote was taken back: %s", r.Text)
	}
	if r := i.vote("DELETE", id, voter); r.Status != http.StatusOK || r.Body["receipt"] != nil {
		t.Errorf("taken back twice: %d %s", r.Status, r.Text)
	}
}

func TestAVoteIsChangedInOneStepOrNotAtAll(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1 })
	ids, voter := i.publishedPhotos(2), i.guest()
	own := i.published(voter, "mine")
	i.vote("PUT", ids[0], voter)
	if r := i.vote("PUT", ids[1], voter); r.code() != "vote_limit" {
		t.Errorf("a second vote: %d %s", r.Status, r.Text)
	}
	for _, refused := range []string{own, "e_unknown"} {
		if r := i.wish("PUT", refused, voter, `{"instead_of":"`+ids[0]+`"}`, ""); r.Status < 400 {
			t.Errorf("%s in its place: %d %s", refused, r.Status, r.Text)
		}
	}
	if voted := i.voted(voter); !slices.Equal(voted, ids[:1]) {
		t.Errorf("after refused changes the votes are %v, want %v", voted, ids[:1])
	}
	change := func() reply { return i.wish("PUT", ids[1], voter, `{"instead_of":"`+ids[0]+`"}`, "") }
	r := change()
	if r.Status != http.StatusOK || r.Body["votes_left"] != 0.0 || !slices.Equal(i.voted(voter), ids[1:]) {
		t.Errorf("the change: %d %s, votes %v", r.Status, r.Text, i.voted(voter))
	}
	receiptOf(t, r).hold(t, i.leaves(), contest.Cast)
	if again := change(); again.Text != r.Text {
		t.Errorf("again: %s\nfirst: %s", again.Text, r.Text)
	}
	want := []contest.LeafKind{contest.Cast, contest.Retract, contest.Cast}
	if kinds := i.kinds(); !slices.Equal(kinds, want) {
		t.Errorf("the log has %v, want %v", kinds, want)
	}
	if leaves := i.leaves(); leaves[1].At != leaves[2].At {
		t.Errorf("the change was two commits: %v", leaves[1:])
	}
	for _, row := range i.board() {
		if want := map[string]float64{ids[1]: 1}[row["entry"].(string)]; row["score"] != want {
			t.Errorf("the board has %v for %s, want %v", row["score"], row["entry"], want)
		}
	}
}

func TestARepeatedVoteIsAnsweredAsTheFirstAndChangesNothing(t *testing.T) {
	i := install(t, nil)
	ids, voter := i.publishedPhotos(2), i.guest()
	first := i.wish("PUT", ids[0], voter, "", "k1")
	i.vote("DELETE", ids[0], voter)
	i.vote("PUT", ids[0], i.guest())
	if again := i.wish("PUT", ids[0], voter, "", "k1"); again.Status != 200 || again.Text != first.Text {
		t.Errorf("again: %d %s\nfirst: %s", again.Status, again.Text, first.Text)
	}
	if voted := i.voted(voter); len(voted) != 0 {
		t.Errorf("a repeated request voted again for %v", voted)
	}
	for name, r := range map[string]reply{
		"for another entry": i.wish("PUT", ids[1], voter, "", "k1"),
		"to take it back":   i.wish("DELETE", ids[0], voter, "", "k1"),
		"with other words":  i.wish("PUT", ids[0], voter, `{"instead_of":"`+ids[1]+`"}`, "k1"),
	} {
		if r.Status != http.StatusConflict || r.code() != "idempotency_key_reused" {
			t.Errorf("the key %s: %d %s", name, r.Status, r.Text)
		}
	}
	if r := i.wish("PUT", ids[1], i.guest(), "", "k1"); r.Status != http.StatusOK {
		t.Errorf("another fan's key: %d %s", r.Status, r.Text)
	}
	before := len(i.leaves())
	statuses := i.storm(40, func(int) reply { return i.wish("PUT", ids[1], voter, "", "k2") })
	if len(statuses) != 1 || statuses[200] == 0 || len(i.leaves()) != before+1 {
		t.Errorf("forty at once with one key: %v, %d leaves more", statuses, len(i.leaves())-before)
	}
}

// qualified opens the session of somebody who was invited as one of a class.
func (i *installation) qualified(class contest.VoterClass) string {
	i.t.Helper()
	codes := must(i.app.people.Invite(i.t.Context(), "", i.challenge.ID, class, "test", 1))(i.t)
	token := i.guest()
	if r := i.post("/api/v1/session/invitation", token, map[string]string{"code": codes[0]}); r.Status >= 300 {
		i.t.Fatalf("use invitation: %d %s", r.Status, r.Text)
	}
	return token
}

func TestAJurorsPointsCountAndMayBeChanged(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		c.Rules.JuryPoints, c.Rules.Weights = 10, map[contest.VoterClass]int{contest.InvitedVoter: 3}
	})
	ids, juror := i.publishedPhotos(2), i.qualified(contest.JuryVoter)
	give := func(token, entry string, points int) reply {
		return i.wish("PUT", entry, token, fmt.Sprintf(`{"points":%d}`, points), "")
	}
	for _, points := range []int{7, 7, 4, 10} {
		if r := give(juror, ids[0], points); r.Status != 200 || r.Body["score"] != float64(points) || r.Body["votes_left"] != 4.0 {
			t.Errorf("%d points: %d %s", points, r.Status, r.Text)
		}
	}
	if r := i.vote("PUT", ids[0], juror); r.Status != 200 || r.Body["score"] != 10.0 {
		t.Errorf("without points the vote stays as it was: %d %s", r.Status, r.Text)
	}
	if r := i.vote("PUT", ids[0], i.qualified(contest.InvitedVoter)); r.Body["score"] != 13.0 {
		t.Errorf("an invited voter's: %d %s", r.Status, r.Text)
	}
	for name, r := range map[string]reply{"a juror's eleven": give(juror, ids[1], 11), "a guest's": give(i.guest(), ids[1], 1)} {
		if r.Status != 409 || r.code() != "points_out_of_range" {
			t.Errorf("%s: %d %s", name, r.Status, r.Text)
		}
	}
	if me := i.get("/api/v1/me", juror); fmt.Sprint(me.Body["points"]) != fmt.Sprint(map[string]any{ids[0]: 10.0}) {
		t.Errorf("the juror's own list is %s", me.Text)
	}
	tallies := must(contest.Recount(i.leaves()))(t)
	if got := slices.Collect(maps.Values(tallies)); len(got) != 1 || got[0].Score != 13 || got[0].Votes != 2 {
		t.Errorf("by the log: %+v", got)
	}
}

func TestFinalVotesStand(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesFinal = true })
	ids, voter := i.publishedPhotos(2), i.guest()
	i.vote("PUT", ids[0], voter)
	for name, r := range map[string]reply{
		"taken back": i.vote("DELETE", ids[0], voter), "changed": i.wish("PUT", ids[1], voter, `{"instead_of":"`+ids[0]+`"}`, ""),
	} {
		if r.Status != 409 || r.code() != "votes_final" {
			t.Errorf("%s: %d %s", name, r.Status, r.Text)
		}
	}
	if voted := i.voted(voter); !slices.Equal(voted, ids[:1]) {
		t.Errorf("the votes are %v, want %v", voted, ids[:1])
	}
}

func TestVotesForOneEntryAreLimitedOverAllPeriods(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerEntry = 2 })
	id, voter := i.publishedPhotos(1)[0], i.guest()
	receipt := receiptOf(t, i.vote("PUT", id, voter))
	leaf, _, err := contest.ParseLeaf([]byte(receipt.Leaf))
	if err != nil {
		t.Fatal(err)
	}
	i.vote("DELETE", id, voter)
	ballot := contest.Ballot{Challenge: i.challenge.ID, Entry: contest.EntryID(id), Voter: leaf.Voter, Class: leaf.Class}
	err = i.app.store.UpdateIn(t.Context(), i.challenge.ID, func(tx *store.Tx) error {
		for _, day := range []string{"2026-01-01", "2026-01-02"} { // as if they had been cast then
			if _, err := tx.Cast(ballot, day, 1, store.Origin{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := i.vote("PUT", id, voter); r.Status != 409 || r.code() != "entry_vote_limit" {
		t.Errorf("a third vote: %d %s", r.Status, r.Text)
	}
}

func TestWhoMayNotVoteIsToldWhatIsMissing(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		c.Rules.Voters = []contest.VoterClass{contest.InvitedVoter, contest.JuryVoter}
	})
	id, guest := i.publishedPhotos(1)[0], i.guest()
	r := i.vote("PUT", id, guest)
	if params, _ := r.Body["params"].(map[string]any); r.Status != 409 || r.code() != "voter_not_admitted" || params["classes"] != "invited,jury" {
		t.Errorf("a guest's vote: %d %s", r.Status, r.Text)
	}
	if me := i.get("/api/v1/me", guest); fmt.Sprint(me.Body["missing"]) != "[invited jury]" {
		t.Errorf("a guest's own page: %s", me.Text)
	}
	invited := i.qualified(contest.InvitedVoter)
	if r := i.vote("PUT", id, invited); r.Status != 200 {
		t.Errorf("an invited voter: %d %s", r.Status, r.Text)
	}
	if me := i.get("/api/v1/me", invited); me.Body["missing"] != nil {
		t.Errorf("an invited voter's own page: %s", me.Text)
	}
}

// CHECKS 19, for the voter's own answers.
func TestAVotersAnswersTellNothingOfHiddenTallies(t *testing.T) {
	for mode, shown := range map[contest.TallyMode]bool{contest.TallyHidden: false, contest.TallyRanks: false, contest.TallyDelayed: true} {
		t.Run(string(mode), func(t *testing.T) {
			i := install(t, func(c *contest.Challenge) {
				c.Rules.Tally = mode
				if mode == contest.TallyDelayed {
					c.Rules.TallyDelayMinutes = 60
				}
			})
			id := i.publishedPhotos(1)[0]
			i.vote("PUT", id, i.guest())
			voter := i.guest()
			i.vote("PUT", id, voter)
			mine := i.get("/api/v1/me/receipts", voter)
			due, err := time.Parse(time.RFC3339, mine.text("next_checkpoint"))
			if err != nil || due.Minute()%30 != 0 || time.Until(due) < 0 || time.Until(due) > 30*time.Minute {
				t.Errorf("the next checkpoint is due at %v, %v: %s", due, err, mine.Text)
			}
			if list := mine.Body["receipts"].([]any); len(list) != 1 || list[0].(map[string]any)["index"] != nil {
				t.Errorf("the voter's receipts tell a place: %s", mine.Text)
			}
			for _, method := range []string{"PUT", "PUT", "DELETE"} {
				r := i.vote(method, id, voter)
				if score, found := r.Body["score"]; r.Status != 200 || found != shown || found && score != 0.0 {
					t.Errorf("%s: %d %s", method, r.Status, r.Text)
				}
				if receipt := receiptOf(t, r); receipt.Index != nil {
					t.Errorf("%s: the receipt tells a place among %d: %s", method, *receipt.Index, r.Text)
				}
			}
		})
	}
}

func TestVotesRememberTheirOriginAsAHashAlone(t *testing.T) {
	i := install(t, nil, "--trusted-proxies", "127.0.0.1")
	id := i.publishedPhotos(1)[0]
	from := func(address, agent string) [2]string {
		token := i.guest()
		r := i.do(request{method: "PUT", path: "/api/v1/entries/" + id + "/vote", token: token, header: map[string]string{"X-Forwarded-For": address, "User-Agent": agent}})
		leaf, _, err := contest.ParseLeaf([]byte(receiptOf(t, r).Leaf))
		if err != nil {
			t.Fatal(err)
		}
		return i.origin(leaf.Voter)
	}
	home := from("203.0.113.5", "Phone")
	for name, other := range map[string]struct {
		origin         [2]string
		source, agents bool // the same
	}{
		"the same":                     {from("203.0.113.5", "Phone"), true, true},
		"another program":              {from("203.0.113.5", "Tablet"), true, false},
		"another address":              {from("203.0.113.6", "Phone"), false, true},
		"what a stranger wrote before": {from("198.51.100.7, 203.0.113.5", "Phone"), true, true},
	} {
		if (home[0] == other.origin[0]) != other.source || (home[1] == other.origin[1]) != other.agents {
			t.Errorf("%s: %v beside %v", name, other.origin, home)
		}
	}
	if here, there := from("2001:db8:1:2::3", "Phone"), from("2001:db8:1:2:ffff::4", "Phone"); here != there || here[0] == home[0] {
		t.Errorf("two addresses of one subscriber: %v and %v", here, there)
	}
	if len(home[0]) != 16 || len(home[1]) != 16 || strings.Contains(home[0], "203") && strings.Contains(home[0], "113") {
		t.Errorf("an origin is %v", home)
	}
}

// origin reads where a voter's vote came from.
func (i *installation) origin(voter contest.VoterID) (origin [2]string) {
	i.t.Helper()
	err := i.app.store.View(i.t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT source, agent FROM votes WHERE voter = ?", voter)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&origin[0], &origin[1]); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return origin
}

// CHECKS 18: what was sent before the window closes and is committed after it does not count.
func TestNoVoteCountsOnceVotesHaveClosed(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { // just before it is launched: a slow start takes nothing of the window
		c.Votes.Closes = time.Now().Add(5 * time.Second).Truncate(time.Millisecond)
	})
	id := i.publishedPhotos(1)[0]
	acknowledged := 0
	i.within(20*time.Second, "votes are closed", func() bool {
		r := i.vote("PUT", id, i.guest())
		if r.Status == http.StatusOK {
			acknowledged++
		} else if r.code() != "votes_closed" {
			t.Fatalf("a vote: %d %s", r.Status, r.Text)
		}
		return r.Status != http.StatusOK
	})
	leaves := i.leaves()
	if len(leaves) != acknowledged || acknowledged == 0 {
		t.Errorf("%d votes were acknowledged, the log has %d", acknowledged, len(leaves))
	}
	for _, l := range leaves {
		if !l.At.Before(i.challenge.Votes.Closes) {
			t.Errorf("leaf %d is of %v, votes closed at %v", l.Position, l.At, i.challenge.Votes.Closes)
		}
	}
}
