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

// prizes are a campaign's promises in words.
type prizes struct {
	Lines []prizeLine
	Terms []string // paragraphs
}

// prizeLine is one prize in words.
type prizeLine struct{ Name, Text string }

func (c *Context) prizes(p Prizes) (out prizes) {
	for _, prize := range p.List {
		out.Lines = append(out.Lines, prizeLine{c.Text(prize.Name), c.Prize(prize)})
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
