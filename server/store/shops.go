package store

import (
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

const shopColumns = "id, campaign, name, kind, secret, old_secret, old_until, created_at, retired_at"

func scanShop(row scanner) (s kpi.Shop, err error) {
	err = row.Scan(&s.ID, &s.Campaign, &s.Name, &s.Kind, &s.Secret, &s.OldSecret, timeColumn{&s.OldUntil}, timeColumn{&s.CreatedAt}, timeColumn{&s.RetiredAt})
	return s, err
}

// CreateShop stores a new shop and returns it with its time, and with an identifier where it had none.
func (tx *Tx) CreateShop(s kpi.Shop) (kpi.Shop, error) {
	s.ID, s.CreatedAt = orNew(s.ID, "sh_"), tx.now
	_, err := tx.Exec("INSERT INTO shops ("+shopColumns+") VALUES (?, ?, ?, ?, ?, '', 0, ?, 0)",
		s.ID, s.Campaign, s.Name, s.Kind, s.Secret, millis(s.CreatedAt))
	if err != nil {
		return s, fmt.Errorf("create shop %s: %w", s.ID, err)
	}
	return s, nil
}

// SaveShop stores a shop's present name and secrets, and whether it is retired.
func (tx *Tx) SaveShop(s kpi.Shop) error {
	err := tx.mustChange("UPDATE shops SET name = ?, secret = ?, old_secret = ?, old_until = ?, retired_at = ? WHERE id = ?",
		s.Name, s.Secret, s.OldSecret, millis(s.OldUntil), millis(s.RetiredAt), s.ID)
	if err != nil {
		return fmt.Errorf("save shop %s: %w", s.ID, err)
	}
	return nil
}

// Shop returns a shop.
func (tx *Tx) Shop(id kpi.ShopID) (kpi.Shop, error) {
	s, err := first(tx, scanShop, "SELECT "+shopColumns+" FROM shops WHERE id = ?", id)
	if err != nil {
		return s, fmt.Errorf("read shop %s: %w", id, err)
	}
	return s, nil
}

// Shops lists a campaign's shops, the oldest first, those that are retired among them.
func (tx *Tx) Shops(campaign contest.CampaignID) ([]kpi.Shop, error) {
	shops, err := list(tx, scanShop, "SELECT "+shopColumns+" FROM shops WHERE campaign = ? ORDER BY created_at, id", campaign)
	if err != nil {
		return nil, fmt.Errorf("list shops of campaign %s: %w", campaign, err)
	}
	return shops, nil
}

const eventColumns = "shop, id, number, at, says, digest, batch, received_at"

func scanOrderEvent(row scanner) (e kpi.OrderEvent, err error) {
	err = row.Scan(&e.Shop, &e.ID, &e.Number, timeColumn{&e.At}, jsonColumn{&e.Says}, &e.Digest, &e.Batch, timeColumn{&e.ReceivedAt})
	return e, err
}

// InsertOrderEvent keeps what a shop said; fresh is false where it is kept already. ErrKeyReused says that the shop said
// something else under the same identifier.
func (tx *Tx) InsertOrderEvent(e kpi.OrderEvent) (fresh bool, err error) {
	result, err := tx.Exec("INSERT INTO order_events ("+eventColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (shop, id) DO NOTHING",
		e.Shop, e.ID, e.Number, millis(e.At), asJSON{e.Says}, e.Digest, e.Batch, millis(tx.now))
	if err != nil {
		return false, fmt.Errorf("insert order event %s: %w", e.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return n > 0, err
	}
	var digest string
	err = tx.one("SELECT digest FROM order_events WHERE shop = ? AND id = ?", []any{e.Shop, e.ID}, &digest)
	if err == nil && digest != e.Digest {
		err = ErrKeyReused
	}
	if err != nil {
		return false, fmt.Errorf("read order event %s: %w", e.ID, err)
	}
	return false, nil
}

// OrderEvents lists what a shop said about an order, the earliest by its own clock first.
func (tx *Tx) OrderEvents(shop kpi.ShopID, number string) ([]kpi.OrderEvent, error) {
	events, err := list(tx, scanOrderEvent, "SELECT "+eventColumns+" FROM order_events WHERE shop = ? AND number = ? ORDER BY at, id", shop, number)
	if err != nil {
		return nil, fmt.Errorf("list events of order %s: %w", number, err)
	}
	return events, nil
}

// OrderBatch is a file of orders: looked through first, then booked, perhaps undone.
type OrderBatch struct {
	ID        string
	Shop      kpi.ShopID
	File      string
	Lines     int
	Known     int // lines that said nothing new, or could not be booked
	Staff     contest.StaffID
	CreatedAt time.Time
	BookedAt  time.Time
	UndoneAt  time.Time
	UndoneBy  contest.StaffID
	Work      OrderWork // what is under way with it; stored by SaveOrderWork
}

const (
	orderBatchColumns = "id, shop, file, lines, known, staff, created_at, booked_at, undone_at, undone_by"
	readOrderBatch    = `SELECT b.id, b.shop, b.file, b.lines, b.known, b.staff, b.created_at, b.booked_at, b.undone_at, b.undone_by,
		COALESCE(w.doing, ''), COALESCE(w.staff, ''), COALESCE(w.lines, 0) FROM order_batches b LEFT JOIN order_work w ON w.batch = b.id`
)

func scanOrderBatch(row scanner) (b OrderBatch, err error) {
	err = row.Scan(&b.ID, &b.Shop, &b.File, &b.Lines, &b.Known, &b.Staff, timeColumn{&b.CreatedAt}, timeColumn{&b.BookedAt}, timeColumn{&b.UndoneAt}, &b.UndoneBy,
		&b.Work.Doing, &b.Work.Staff, &b.Work.Lines)
	return b, err
}

// InsertOrderBatch keeps a file until it is booked, and returns it with its time, and with an identifier where it had none.
func (tx *Tx) InsertOrderBatch(b OrderBatch, content []byte) (OrderBatch, error) {
	b.ID, b.CreatedAt = orNew(b.ID, "ob_"), tx.now
	_, err := tx.Exec("INSERT INTO order_batches ("+orderBatchColumns+", content) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, '', ?)",
		b.ID, b.Shop, b.File, b.Lines, b.Known, b.Staff, millis(b.CreatedAt), content)
	if err != nil {
		return b, fmt.Errorf("insert batch of orders: %w", err)
	}
	return b, nil
}

// OrderFile returns the file of a batch that is not booked.
func (tx *Tx) OrderFile(id string) (content []byte, err error) {
	if err := tx.one("SELECT content FROM order_batches WHERE id = ? AND booked_at = 0", []any{id}, &content); err != nil {
		return nil, fmt.Errorf("read file of batch %s: %w", id, err)
	}
	return content, nil
}

// SaveOrderBatch stores how far a batch is. The file of one that is booked is kept no longer.
func (tx *Tx) SaveOrderBatch(b OrderBatch) error {
	err := tx.mustChange(`UPDATE order_batches SET known = ?, booked_at = ?, undone_at = ?, undone_by = ?,
		content = CASE WHEN CAST(? AS BIGINT) = 0 THEN content ELSE ? END WHERE id = ?`,
		b.Known, millis(b.BookedAt), millis(b.UndoneAt), b.UndoneBy, millis(b.BookedAt), []byte{}, b.ID)
	if err != nil {
		return fmt.Errorf("save batch of orders %s: %w", b.ID, err)
	}
	return nil
}

// DropOrderFiles removes the batches from before a time that were never booked. One of which a part is booked, or is about to be,
// stays.
func (tx *Tx) DropOrderFiles(before time.Time) error {
	_, err := tx.Exec(`DELETE FROM order_batches WHERE booked_at = 0 AND created_at < ?
		AND NOT EXISTS (SELECT 1 FROM order_work w WHERE w.batch = order_batches.id)
		AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.batch = order_batches.id AND e.batch <> '')`, millis(before))
	if err != nil {
		return fmt.Errorf("drop files of orders: %w", err)
	}
	return nil
}

// OrderBatch returns a batch of orders.
func (tx *Tx) OrderBatch(id string) (OrderBatch, error) {
	b, err := first(tx, scanOrderBatch, readOrderBatch+" WHERE b.id = ?", id)
	if err != nil {
		return b, fmt.Errorf("read batch of orders %s: %w", id, err)
	}
	return b, nil
}

// OrderBatches lists the files of a shop, the newest first.
func (tx *Tx) OrderBatches(shop kpi.ShopID, limit int) ([]OrderBatch, error) {
	batches, err := list(tx, scanOrderBatch, readOrderBatch+" WHERE b.shop = ? ORDER BY b.created_at DESC, b.id DESC LIMIT ?", shop, limit)
	if err != nil {
		return nil, fmt.Errorf("list batches of orders: %w", err)
	}
	return batches, nil
}

// CountOrderEvents counts what a batch said.
func (tx *Tx) CountOrderEvents(batch string) (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM order_events WHERE batch = ? AND batch <> ''", []any{batch}, &n); err != nil {
		return 0, fmt.Errorf("count events of batch %s: %w", batch, err)
	}
	return n, nil
}

// ForgetOrderEvents deletes up to so many events of a batch and returns the numbers of their orders, each once.
func (tx *Tx) ForgetOrderEvents(batch string, limit int) ([]string, error) {
	numbers, err := list(tx, scalar[string], `DELETE FROM order_events WHERE batch = ? AND batch <> ''
		AND id IN (SELECT id FROM order_events WHERE batch = ? AND batch <> '' ORDER BY shop, number, id LIMIT ?) RETURNING number`, batch, batch, limit)
	if err != nil {
		return nil, fmt.Errorf("forget events of batch %s: %w", batch, err)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}
