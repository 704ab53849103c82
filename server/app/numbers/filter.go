package numbers

import (
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Nobody stands in a filter for what is due to no channel, or to no partner.
const Nobody = "-"

// Filter leaves of a metric what is due to a channel and to a partner; an empty one leaves all.
type Filter struct{ Channel, Partner string }

// Filters says by what a metric can be told apart: nobody knows by which channel an entry or a vote came, or whose partner's visitor
// somebody was.
func Filters(m kpi.Metric) (channel, partner bool) {
	switch m {
	case kpi.Participants:
		return false, false
	case kpi.Entries, kpi.Votes:
		return false, true
	case kpi.Reach:
		return true, false
	}
	return true, true
}

// suits reports whether a metric can be told apart by what the filter asks for. The reach of those who came by no channel is not kept.
func (f Filter) suits(m kpi.Metric) bool {
	channel, partner := Filters(m)
	return (f.Channel == "" || channel && (m != kpi.Reach || f.Channel != Nobody)) && (f.Partner == "" || partner)
}

func (f Filter) passes(channel kpi.ChannelID, partner kpi.PartnerID) bool {
	return passes(f.Channel, string(channel)) && passes(f.Partner, string(partner))
}

func passes(asked, id string) bool { return asked == "" || asked == id || asked == Nobody && id == "" }

// reach adds the daily uniques of a channel, or of all, to days.
func (o Overview) reach(tx *store.Tx, days kpi.Series, f Filter) error {
	points, err := tx.Reach(o.Campaign.ID, days[0].Day(), days[len(days)-1].Day())
	for _, p := range points {
		if p.Challenge == "" && string(p.Channel) == f.Channel {
			days.AddDay(p.Day, p.Value)
		}
	}
	return err
}

// reported are the days of what others report; nil where they report nothing of it.
func (o Overview) reported(tx *store.Tx, m kpi.Metric, empty kpi.Series, f Filter) (days kpi.Series, err error) {
	list, err := tx.ReportedDays(o.Campaign.ID, empty[0].Day(), empty[len(empty)-1].Day())
	for _, d := range list {
		if d.Metric != m || !f.passes(d.Channel, d.Partner) {
			continue
		}
		if days == nil {
			days = append(days, empty...)
		}
		days.AddDay(d.Day, d.Value)
	}
	return days, err
}
