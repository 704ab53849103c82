package month

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// form sends a form of the console and returns where it leads on to.
func (m *Month) form(ctx context.Context, v *visitors, path, contentType string, body []byte) (string, error) {
	a, err := v.must(ctx, http.StatusSeeOther, http.MethodPost, path, body, "Content-Type", contentType, "Cookie", staffCookie+m.session)
	if err != nil {
		return "", err
	}
	to, _, _ := strings.Cut(a.header.Get("Location"), "?")
	return to, nil
}

const urlEncoded = "application/x-www-form-urlencoded"

// tellRates types a campaign's late rates into the console's form.
func (m *Month) tellRates(ctx context.Context, v *visitors, c *campaign) error {
	var lines []string
	for _, r := range c.late {
		lines = append(lines, fmt.Sprintf("%s %s %s", r.day, r.currency, r))
	}
	form := url.Values{"order_rates": {strings.Join(lines, "\n")}}
	_, err := m.form(ctx, v, "/console/campaigns/"+string(c.id)+"/orders/rates", urlEncoded, []byte(form.Encode()))
	return err
}

// sendFile hands a file of orders in twice. Times in it are those of clocks in the campaign's time zone.
func (m *Month) sendFile(ctx context.Context, v *visitors, c *campaign) error {
	lines := []string{"order,amount,currency,placed at,refunded,status,code"}
	sh := c.shops[len(c.shops)-1]
	for n := range 5 + m.size.Orders/20 {
		lines = append(lines, m.fileLine(c, sh, n))
	}
	for range 2 {
		path := "/console/campaigns/" + string(c.id) + "/orders/files"
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		err := w.WriteField("shop", string(sh.id))
		if err == nil {
			part, errPart := w.CreateFormFile("file", "orders.csv")
			if err = errPart; err == nil {
				_, err = part.Write([]byte(strings.Join(lines, "\r\n")))
			}
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return fmt.Errorf("write form: %w", err)
		}
		kept, err := m.form(ctx, v, path, w.FormDataContentType(), body.Bytes())
		if err != nil {
			return err
		}
		if _, err := m.form(ctx, v, kept, urlEncoded, []byte(url.Values{"do": {"book"}}.Encode())); err != nil {
			return err
		}
	}
	return nil
}

// fileLine draws an order of a file, books it, and writes its line.
func (m *Month) fileLine(c *campaign, sh shop, n int) string {
	o := &order{
		shop: string(sh.id), number: strconv.Itoa(900_000 + n), currency: pick(m, c.currencies[:]), amount: 1 + m.random.Int64N(99_999), refunds: map[string]int64{},
	}
	for o.placed = m.within(c.from.AddDate(0, 0, -1), m.now.Add(-time.Minute)).In(c.location); o.placed.Hour() < 4; {
		o.placed = o.placed.Add(-time.Hour) // no clock says which of two equal hours is meant
	}
	status, refunded, code := pick(m, []string{"paid", "已发货", "completed"}), "", ""
	if m.chance(30) {
		o.refunds["file"] = 1 + m.random.Int64N(o.amount)
		refunded = decimal(o.refunds["file"], o.currency)
	}
	if o.cancelled = m.chance(15); o.cancelled {
		status = "交易关闭"
	}
	if m.chance(50) {
		k := pick(m, c.codes)
		code, o.due, o.attributed = k.text, k.due, true
	}
	c.books.orders[o.shop+" "+o.number] = o
	return strings.Join([]string{
		o.number, decimal(o.amount, o.currency), string(o.currency), o.placed.Format("2006-01-02 15:04:05"), refunded, status, code,
	}, ",")
}
