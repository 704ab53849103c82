package orders

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// Fault says what is wrong with a line of a file, as a code.
type Fault string

// The faults.
const (
	FaultNumber   Fault = "number"   // there is no order's number, or it is too long
	FaultTwice    Fault = "twice"    // an earlier line has the order
	FaultAmount   Fault = "amount"   // no amount of the currency
	FaultCurrency Fault = "currency" // no currency
	FaultTime     Fault = "time"     // no time
	FaultStatus   Fault = "status"   // nobody knows what the status means
	FaultRefund   Fault = "refund"   // no amount, or more than the order is worth
	FaultFewer    Fault = "fewer"    // less was given back than is known here
)

// ErrColumns says that a file lacks columns without which a line is no order.
var ErrColumns = errors.New("columns missing")

// Titles of columns, as files in our own form, exports of Shopify and WooCommerce and those of Chinese shops have them.
var (
	numberTitles    = []string{"id", "order id", "order", "order number", "name", "订单号", "订单编号", "主订单编号"}
	nameTitles      = []string{"name", "order number", "order name", "订单名称"}
	amountTitles    = []string{"amount", "total", "order total", "order total amount", "金额", "订单金额", "实付金额", "买家实际支付金额", "支付金额"}
	currencyTitles  = []string{"currency", "order currency", "币种", "货币"}
	placedTitles    = []string{"placed at", "created at", "order date", "date", "下单时间", "订单创建时间", "创建时间"}
	refundedTitles  = []string{"refunded", "refunded amount", "refund amount", "order refund amount", "退款金额", "已退款金额"}
	cancelledTitles = []string{"cancelled at", "canceled at", "取消时间"}
	statusTitles    = []string{"financial status", "status", "order status", "订单状态", "状态"}
	clickTitles     = []string{"ff", "click"}
	codeTitles      = []string{"codes", "code", "coupon", "coupon code", "discount code", "优惠码", "优惠券", "F码"}
)

// What statuses of files mean.
var (
	paidWords      = words("paid partially_refunded refunded processing completed shipped fulfilled delivered 已付款 已支付 待发货 已发货 部分发货 已完成 已签收 交易成功 买家已付款 卖家已发货 已退款 部分退款")
	unpaidWords    = words("pending authorized on-hold unpaid partially_paid draft checkout-draft 待付款 未付款 待支付 等待买家付款")
	cancelledWords = words("cancelled canceled voided failed trash expired 已取消 已关闭 交易关闭")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// Line is a line of a file of orders.
type Line struct {
	Line  int // in the file
	Fault Fault
	Order kpi.Settled // what it says; Refunded is -1 where it does not speak of refunds
	// Number is the order's.
	Number string
	Unpaid bool // nothing comes of it yet
	tokens []string
	codes  []string
}

// columns are where a file has what.
type columns struct{ number, name, amount, currency, placed, refunded, cancelled, status, click, code int }

func columnsOf(t *sheet.Table) (columns, error) {
	c := columns{
		t.Column(numberTitles...), t.Column(nameTitles...), t.Column(amountTitles...), t.Column(currencyTitles...), t.Column(placedTitles...),
		t.Column(refundedTitles...), t.Column(cancelledTitles...), t.Column(statusTitles...), t.Column(clickTitles...), t.Column(codeTitles...),
	}
	if c.number < 0 || c.amount < 0 || c.placed < 0 {
		return c, ErrColumns
	}
	return c, nil
}

// lines reads a file of orders; times without a zone are the plan's, amounts without a currency are in the plan's. An order that
// goes over several lines, one for each thing bought, has its amount in the first.
func lines(t *sheet.Table, plan kpi.Plan) ([]Line, error) {
	c, err := columnsOf(t)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var list []Line
	for _, row := range t.Rows {
		number := row.Cell(c.number)
		if seen[number] && row.Cell(c.amount) == "" {
			continue
		}
		l := c.line(row, plan)
		if l.Fault == "" && seen[number] {
			l.Fault = FaultTwice
		}
		seen[number] = true
		list = append(list, l)
	}
	return list, nil
}

func (c columns) line(row sheet.Row, plan kpi.Plan) Line {
	l := Line{Line: row.Line, Number: row.Cell(c.number), Order: kpi.Settled{State: kpi.OrderPaid, Name: row.Cell(c.name), Currency: plan.Currency, Refunded: -1}}
	wrong := func(is bool, fault Fault) {
		if is && l.Fault == "" {
			l.Fault = fault
		}
	}
	wrong(l.Number == "" || len(l.Number) > kpi.MaxOrderNumber || len(l.Order.Name) > maxName, FaultNumber)
	if text := row.Cell(c.currency); text != "" {
		l.Order.Currency = kpi.Currency(strings.ToUpper(text))
	}
	wrong(!l.Order.Currency.Known(), FaultCurrency)
	var err error
	l.Order.Amount, err = kpi.ParseTyped(row.Cell(c.amount), l.Order.Currency.Digits())
	wrong(err != nil || l.Order.Amount > kpi.MaxOrderAmount, FaultAmount)
	placed, ok := sheet.Time(row.Cell(c.placed), plan.Location())
	l.Order.PlacedAt = placed.UTC().Truncate(time.Millisecond)
	wrong(!ok, FaultTime)
	if text := row.Cell(c.refunded); text != "" {
		l.Order.Refunded, err = kpi.ParseTyped(strings.TrimPrefix(text, "-"), l.Order.Currency.Digits())
		wrong(err != nil || l.Order.Refunded > l.Order.Amount, FaultRefund)
	}
	status := strings.ToLower(row.Cell(c.status))
	cancelled := row.Cell(c.cancelled) != "" || cancelledWords[status]
	if cancelled {
		l.Order.State = kpi.OrderCancelled
	}
	l.Unpaid = unpaidWords[status]
	wrong(status != "" && !paidWords[status] && !l.Unpaid && !cancelled, FaultStatus)
	if token := row.Cell(c.click); token != "" && len(token) <= maxToken {
		l.tokens = []string{token}
	}
	for code := range strings.FieldsFuncSeq(row.Cell(c.code), func(r rune) bool { return strings.ContainsRune(",;，；、", r) }) {
		if code = strings.TrimSpace(code); code != "" && len(code) <= maxName && len(l.codes) < kpi.MaxOrderCodes {
			l.codes = append(l.codes, code)
		}
	}
	return l
}

// Verdict is what a line means beside what is known.
type Verdict string

// The verdicts.
const (
	LineNew     Verdict = "new"
	LineChanges Verdict = "changes"
	LineKnown   Verdict = "known"
	LineUnpaid  Verdict = "unpaid"
	LineWrong   Verdict = "wrong"
)

// weigh says what a line means for an order as it is known; its State is empty for one that is not.
func weigh(l Line, known kpi.Settled) (Verdict, Fault) {
	switch {
	case l.Fault != "":
		return LineWrong, l.Fault
	case l.Unpaid:
		return LineUnpaid, ""
	case known.Currency == "":
		return LineNew, ""
	case l.Order.Refunded >= 0 && l.Order.Refunded < known.Refunded:
		return LineWrong, FaultFewer
	case differs(l.Order, known):
		return LineChanges, ""
	}
	return LineKnown, ""
}

// differs reports whether a shop's own list says something else of an order.
func differs(listed, known kpi.Settled) bool {
	if listed.State == kpi.OrderCancelled && known.State == kpi.OrderCancelled {
		return false
	}
	return listed.State != known.State || listed.Amount != known.Amount || listed.Currency != known.Currency ||
		listed.Refunded >= 0 && listed.Refunded != known.Refunded
}

// eventOf is what a line says of an order. Of refunds a file has the sum.
func eventOf(batch store.OrderBatch, l Line) kpi.OrderEvent {
	id := fmt.Sprintf("%s%s:%d", fileID, batch.ID, l.Line)
	e := kpi.OrderEvent{
		Shop: batch.Shop, ID: id, Number: l.Number, At: batch.CreatedAt, Batch: batch.ID,
		Says: kpi.OrderSays{
			Name: l.Order.Name, Cancelled: l.Order.State == kpi.OrderCancelled, Codes: l.codes,
			Payment:  &kpi.Payment{Amount: l.Order.Amount, Currency: l.Order.Currency, PlacedAt: l.Order.PlacedAt},
			Refunded: max(l.Order.Refunded, 0), // it is below where the file has no such column
		},
	}
	e.Digest = digestOf([]byte(id))
	return e
}
