package store

import (
	"context"
	"fmt"
	"strings"
)

// Table is a table of the database as copies see it: rows of texts, integers and bytes in the order of its primary key.
type Table struct {
	Name    string
	Columns []string
	Key     int // the first so many columns are the primary key
}

// Tables returns all tables, those that others refer to first.
func Tables() []Table {
	return []Table{
		table("campaigns", 1, "id name created_at plan launched_at plan_sha256"),
		table("campaign_amendments", 2, "campaign number at staff reason plan follows sha256"),
		table("challenges", 1, `id campaign slug hashtag title brief time_zone entries_open entries_close votes_open votes_close
			rules cities partners consents launched_at rules_hash created_at certified_at`),
		table("heads", 1, "challenge entries leaves ticked log_key concealed shown_at"),
		table("consents", 1, "id kind version text created_at"),
		table("sites", 1, "id campaign name secret created_at old_secret old_until"),
		table("site_origins", 2, "site origin position"),
		table("fans", 1, "id issuer subject name created_at became"),
		table("mailboxes", 1, "mailbox domain fan confirmed_at"),
		table("invitations", 1, "hash challenge class batch label staff created_at fan used_at revoked_at"),
		table("tokens", 1, "hash fan site challenge expires_at"),
		table("entries", 1, `id challenge number fan author caption tags city partner status reason note original sha256 photo
			consents submitted_at decided_at share_place flags takedown appealed_at original_asked_at evidence evidence_sha256 passed_over`),
		table("tallies", 1, "entry challenge number score version reached visible votes held excluded shown shown_reached"),
		table("voters", 2, "challenge fan voter at"),
		table("votes", 4, "challenge voter period entry position weight class at source agent state batch"),
		table("vote_log", 2, "challenge position kind entry voter period weight class reason actor batch was at idle"),
		table("vote_folds", 1, "challenge position"),
		table("log_tiles", 3, "challenge level tile hashes"),
		table("log_checkpoints", 2, "challenge size note at kept"),
		table("log_blocks", 2, "challenge first size after leaves at"),
		table("reports", 1, "id entry fan reason note created_at resolved_at"),
		table("decisions", 2, "entry number batch from_status from_reason from_note to_status reason note staff at"),
		table("bans", 1, "id challenge fan reason note staff created_at appealed_at answered_at lifted_at batch"),
		table("appeals", 1, "id challenge fan entry ban text created_at decided_at upheld note staff"),
		table("takedowns", 1, "id entry name contact statement hid from_status created_at decided_at removed staff language"),
		table("certifications", 2, `challenge number sha256 proposed_by proposed_at others confirmed_by confirmed_at
			withdrawn_by withdrawn_at result`),
		table("marks", 2, "entry kind challenge text staff at"),
		table("likenesses", 1, "entry hash hashed_at"),
		table("focuses", 2, "entry partner x y at"),
		table("grants", 2, "entry version challenge outlets until at text"),
		table("erasures", 1, "fan_sha256 at"),
		table("departures", 2, "challenge identity"),
		table("vote_batches", 1, "id challenge kind reason note staff second changed skipped at undoes undone_by"),
		table("vote_proposals", 1, "id challenge kind undoes reason note selection staff others created_at decided_at second batch"),
		table("complaints", 1, "id challenge entry fan statement created_at answered_at answer staff"),
		table("rollups", 6, "campaign quarter challenge channel partner metric value"),
		table("rollup_days", 6, "campaign day challenge channel partner metric value"),
		table("rollup_entries", 3, "challenge entry metric value"),
		table("event_batches", 2, "day id"),
		table("reach", 4, "campaign day challenge channel value sketch"),
		table("shops", 1, "id campaign name kind secret old_secret old_until created_at retired_at"),
		table("order_batches", 1, "id shop file lines known content staff created_at booked_at undone_at undone_by"),
		table("order_work", 1, "batch doing staff lines"),
		table("order_events", 2, "shop id number at says digest batch received_at"),
		table("orders", 1, `id campaign shop number name state placed_at quarter currency amount refunded reporting rate rate_day
			reported reported_refunds counted means why link clicked_at code challenge channel partner entry created_at`),
		table("order_codes", 2, "campaign code means challenge channel partner entry staff created_at"),
		table("rates", 4, "campaign reporting currency day rate staff created_at"),
		table("links", 1, "code campaign challenge channel partner entry target label staff created_at retired_at"),
		table("reposts", 1, `id campaign challenge entry number partner outlet address post link granted staff at takedown_asked taken_down`),
		table("repost_figures", 2, "repost at reach staff"),
		table("link_clicks", 1, "code clicks clicked_at"),
		table("reported_batches", 1, "id campaign source figures first_day last_day staff at confirmed_at undone_at undone_by"),
		table("reported", 5, "batch day channel partner metric campaign value replaced_by"),
		table("report_links", 1, "id hash campaign label staff created_at expires_at revoked_at"),
		table("report_readers", 2, "campaign staff language"),
		table("idempotency", 2, "scope key request_hash result created_at"),
		table("staff", 1, `id email name role password created_at campaign partner role_at left_at totp totp_step totp_wrong
			totp_wrong_at`),
		table("staff_sessions", 1, "hash staff expires_at created_at seen_at agent address issuer"),
		table("staff_codes", 2, "staff hash"),
		table("passkeys", 1, "id staff name public_key transports synced uses created_at used_at"),
		table("staff_identities", 2, "issuer subject staff label created_at used_at"),
		table("staff_invitations", 1, "hash email role campaign partner staff created_at expires_at"),
		table("acts", 1, "id at staff action object note address"),
		table("api_keys", 1, "id hash name scopes campaign staff created_at last_used_at expires_at revoked_at"),
		table("webhooks", 1, `id campaign address description kinds secret old_secret old_until staff created_at failing_since
			stopped_at stopped_why`),
		table("webhook_deliveries", 1, "id webhook event kind says entry state tried attempts status fault at due_at"),
		table("webhook_attempts", 2, "delivery number at took status fault answer"),
		table("setup_links", 1, "hash expires_at"),
		table("settings", 1, "name value"),
		table("notices", 1, "key person topic kind address language about letter created_at due_at done_at sent"),
		table("correspondents", 1, "person address language refused created_at"),
		table("jobs", 2, "kind key payload state run_at due_at armed claim attempts last_error"),
		table("sign_in_failures", 1, "key failures since"),
	}
}

func table(name string, key int, columns string) Table {
	return Table{Name: name, Columns: strings.Fields(columns), Key: key}
}

// pageRows is how many rows are read at a time: rows of entries have a few KB.
const pageRows = 500

// Rows calls fn with each row of a table whose primary key comes after the given one, nil for all, in the key's order.
// Values are strings, int64s and []bytes in the order of the columns. Fn may use tx.
func (tx *Tx) Rows(t Table, after []any, fn func(row []any) error) error {
	for {
		rows, err := tx.page(t, after)
		if err != nil {
			return fmt.Errorf("read table %s: %w", t.Name, err)
		}
		for _, row := range rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		if len(rows) < pageRows {
			return nil
		}
		after = rows[len(rows)-1][:t.Key]
	}
}

// page reads the rows behind a key.
func (tx *Tx) page(t Table, after []any) ([][]any, error) {
	key := strings.Join(t.Columns[:t.Key], ", ")
	query := "SELECT " + strings.Join(t.Columns, ", ") + " FROM " + t.Name
	if after != nil {
		in, _ := among(after)
		query += " WHERE (" + key + ") > " + in
	}
	return list(tx, rawRow(len(t.Columns)), query+" ORDER BY "+key+" LIMIT ?", append(after[:len(after):len(after)], pageRows)...)
}

// rawRow scans a row of so many columns, whatever they hold.
func rawRow(columns int) func(scanner) ([]any, error) {
	return func(row scanner) ([]any, error) {
		values, dest := make([]any, columns), make([]any, columns)
		for i := range values {
			dest[i] = &values[i]
		}
		err := row.Scan(dest...)
		return values, err
	}
}

// CountRows counts a table's rows.
func (tx *Tx) CountRows(t Table) (n int64, err error) {
	if err := tx.one("SELECT COUNT(*) FROM "+t.Name, nil, &n); err != nil {
		return 0, fmt.Errorf("count table %s: %w", t.Name, err)
	}
	return n, nil
}

// Last returns the primary key of a table's last row, nil where it has none.
func (tx *Tx) Last(t Table) ([]any, error) {
	order := strings.Join(t.Columns[:t.Key], " DESC, ")
	keys, err := list(tx, rawRow(t.Key), "SELECT "+strings.Join(t.Columns[:t.Key], ", ")+" FROM "+t.Name+" ORDER BY "+order+" DESC LIMIT 1")
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return keys[0], nil
}

// maxParameters is how many arguments a statement of Load has at most: SQLite takes 32,766, PostgreSQL 65,535, and both
// keep statements prepared.
const maxParameters = 10_000

// Load writes rows as Rows gave them into a table of a database that serves nobody; ErrConflict where one is there.
// All of them or none.
func (s *Store) Load(ctx context.Context, t Table, rows [][]any) error {
	most := maxParameters / len(t.Columns)
	err := s.Update(ctx, func(tx *Tx) error {
		for first := 0; first < len(rows); first += most {
			if err := tx.insertRows(t, rows[first:min(first+most, len(rows))]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load table %s: %w", t.Name, err)
	}
	return nil
}

func (tx *Tx) insertRows(t Table, rows [][]any) error {
	var places []string
	var args []any
	for _, row := range rows {
		place, values := among(row)
		places, args = append(places, place), append(args, values...)
	}
	_, err := tx.Exec("INSERT INTO "+t.Name+" ("+strings.Join(t.Columns, ", ")+") VALUES "+strings.Join(places, ","), args...)
	return err
}
