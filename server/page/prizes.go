package page

import (
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Prizes are what a campaign promises to winners, and how one comes to it.
type Prizes struct {
	List  []kpi.Prize
	Terms contest.Text
}

// PrizeLines are a campaign's promises in words.
type PrizeLines struct {
	Lines []PrizeLine
	Terms []string // paragraphs
}

// PrizeLine is one prize in words.
type PrizeLine struct{ Name, Text string }

// PrizeLines says what a campaign promises.
func (c *Context) PrizeLines(p Prizes) (out PrizeLines) {
	for _, prize := range p.List {
		out.Lines = append(out.Lines, PrizeLine{c.Text(prize.Name), c.Prize(prize)})
	}
	out.Terms = Paragraphs(c.Text(p.Terms))
	return out
}

// Prize says how many of a prize there are, what one is worth, and how it is won.
func (c *Context) Prize(p kpi.Prize) string {
	text := c.Number(p.Count)
	if p.Value > 0 {
		text += " × " + c.Amount(p.Value, p.Currency)
	}
	return text + " · " + c.T("prize.how."+string(p.How))
}

// Amount writes an amount, its minor unit only where it is not a whole one.
func (c *Context) Amount(amount int64, currency kpi.Currency) string {
	whole := int64(1)
	for range currency.Digits() {
		whole *= 10
	}
	if amount%whole == 0 {
		return kpi.FormatWhole(amount, currency, string(c.Lang))
	}
	return kpi.FormatAmount(amount, currency, string(c.Lang))
}
