package console

import (
	"fanfare/server/app/entries"
	"fanfare/server/page"
	"fanfare/server/partner"
)

// rights are what an entry's fan allows partners, in words.
type rights struct {
	Now  string
	Said []saidLine
}

// saidLine is one thing that the fan said, with the words that they agreed to.
type saidLine struct {
	At          page.Moment
	What, Words string
}

func (c *Console) rights(words *page.Context, one entries.Item, said entries.Passport) rights {
	var newest partner.Grant
	if len(said) > 0 {
		newest = said[0].Grant
	}
	v := rights{Now: words.Grant(newest, one.Challenge)}
	if refusal := partner.MayAny(one.Entry, newest, c.now()); refusal != "" {
		v.Now = words.T("passport." + string(refusal))
	}
	for _, g := range said {
		v.Said = append(v.Said, saidLine{words.Moment(g.At, c.now(), one.Challenge.Location()), words.Grant(g.Grant, one.Challenge), words.Text(g.Words)})
	}
	return v
}
