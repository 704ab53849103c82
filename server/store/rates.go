package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// DatedRate is what one unit of a currency is worth in the reporting currency, from a day on until the next one.
type DatedRate struct {
	Campaign  contest.CampaignID
	Reporting kpi.Currency
	Currency  kpi.Currency
	Day       string // in the plan's time zone
	Rate      kpi.Rate
	Staff     contest.StaffID
	CreatedAt time.Time
}

const rateColumns = "campaign, reporting, currency, day, rate, staff, created_at"

func scanRate(row scanner) (r DatedRate, err error) {
	err = row.Scan(&r.Campaign, &r.Reporting, &r.Currency, &r.Day, &r.Rate, &r.Staff, timeColumn{&r.CreatedAt})
	return r, err
}

// SetRate stores a rate, in place of another one of the day.
func (tx *Tx) SetRate(r DatedRate) error {
	_, err := tx.Exec("INSERT INTO rates ("+rateColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign, reporting, currency, day) DO UPDATE SET rate = excluded.rate, staff = excluded.staff, created_at = excluded.created_at`,
		r.Campaign, r.Reporting, r.Currency, r.Day, r.Rate, r.Staff, millis(tx.now))
	if err != nil {
		return fmt.Errorf("set rate of %s: %w", r.Currency, err)
	}
	return nil
}

// DeleteRate removes a rate.
func (tx *Tx) DeleteRate(campaign contest.CampaignID, reporting, currency kpi.Currency, day string) error {
	err := tx.mustChange("DELETE FROM rates WHERE campaign = ? AND reporting = ? AND currency = ? AND day = ?", campaign, reporting, currency, day)
	if err != nil {
		return fmt.Errorf("delete rate of %s: %w", currency, err)
	}
	return nil
}

// Rates lists the rates of a campaign, by currency, the latest day first.
func (tx *Tx) Rates(campaign contest.CampaignID, reporting kpi.Currency) ([]DatedRate, error) {
	rates, err := list(tx, scanRate, "SELECT "+rateColumns+" FROM rates WHERE campaign = ? AND reporting = ? ORDER BY currency, day DESC", campaign, reporting)
	if err != nil {
		return nil, fmt.Errorf("list rates of campaign %s: %w", campaign, err)
	}
	return rates, nil
}

// RateOn returns the rate that holds on a day: that day's or the one before it that is next; ErrNotFound where there is none.
func (tx *Tx) RateOn(campaign contest.CampaignID, reporting, currency kpi.Currency, day string) (DatedRate, error) {
	r, err := first(tx, scanRate, "SELECT "+rateColumns+` FROM rates WHERE campaign = ? AND reporting = ? AND currency = ? AND day <= ?
		ORDER BY day DESC LIMIT 1`, campaign, reporting, currency, day)
	if err != nil {
		return r, fmt.Errorf("read rate of %s: %w", currency, err)
	}
	return r, nil
}

const codeColumns = "campaign, code, means, challenge, channel, partner, entry, staff, created_at"

func scanCode(row scanner) (c kpi.Code, err error) {
	err = row.Scan(&c.Campaign, &c.Code, &c.Means, &c.Credit.Challenge, &c.Credit.Channel, &c.Credit.Partner, &c.Credit.Entry, &c.Staff, timeColumn{&c.CreatedAt})
	return c, err
}

// SetOrderCode says to whom orders with a code are due. Orders that are booked keep what they have.
func (tx *Tx) SetOrderCode(c kpi.Code) error {
	_, err := tx.Exec("INSERT INTO order_codes ("+codeColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign, code) DO UPDATE SET means = excluded.means, challenge = excluded.challenge, channel = excluded.channel,
		partner = excluded.partner, entry = excluded.entry, staff = excluded.staff, created_at = excluded.created_at`,
		c.Campaign, kpi.FoldCode(c.Code), c.Means, c.Credit.Challenge, c.Credit.Channel, c.Credit.Partner, c.Credit.Entry, c.Staff, millis(tx.now))
	if err != nil {
		return fmt.Errorf("set code of campaign %s: %w", c.Campaign, err)
	}
	return nil
}

// DeleteOrderCode has a code mean nothing any more.
func (tx *Tx) DeleteOrderCode(campaign contest.CampaignID, code string) error {
	if err := tx.mustChange("DELETE FROM order_codes WHERE campaign = ? AND code = ?", campaign, code); err != nil {
		return fmt.Errorf("delete code of campaign %s: %w", campaign, err)
	}
	return nil
}

// OrderCodes lists a campaign's codes behind one, in their order.
func (tx *Tx) OrderCodes(campaign contest.CampaignID, after string, limit int) ([]kpi.Code, error) {
	codes, err := list(tx, scanCode, "SELECT "+codeColumns+" FROM order_codes WHERE campaign = ? AND code > ? ORDER BY code LIMIT ?", campaign, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list codes of campaign %s: %w", campaign, err)
	}
	return codes, nil
}

// KnownCodes returns those of the codes that somebody has said something about, as they are folded.
func (tx *Tx) KnownCodes(campaign contest.CampaignID, typed []string) (map[string]kpi.Code, error) {
	known := map[string]kpi.Code{}
	for _, code := range typed {
		c, err := first(tx, scanCode, "SELECT "+codeColumns+" FROM order_codes WHERE campaign = ? AND code = ?", campaign, kpi.FoldCode(code))
		switch {
		case err == nil:
			known[c.Code] = c
		case !errors.Is(err, ErrNotFound):
			return nil, fmt.Errorf("find code of campaign %s: %w", campaign, err)
		}
	}
	return known, nil
}
