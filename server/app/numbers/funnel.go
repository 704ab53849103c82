package numbers

import "fanfare/server/kpi"

// Step is a step on the way from seeing a campaign to buying.
type Step struct {
	Figure
	Of       Figure // the step that it is a share of; zero for the first one
	Share    int64  // of that one, in hundredths of a percent
	HasShare bool
}

// steps are those of the funnel, each with the one that it is a share of: whoever enters, votes or buys has come, and need not
// have done the others.
var steps = []struct{ metric, of kpi.Metric }{
	{kpi.Impressions, ""}, {kpi.Views, kpi.Impressions}, {kpi.Visits, kpi.Impressions},
	{kpi.Entries, kpi.Visits}, {kpi.Votes, kpi.Visits}, {kpi.Orders, kpi.Visits},
}

// Funnel is the way from seeing to buying.
func (o Overview) Funnel() []Step {
	funnel := make([]Step, len(steps))
	for i, s := range steps {
		step := Step{Figure: o.Figure(s.metric), Of: o.Figure(s.of)}
		step.Share, step.HasShare = kpi.Completion(step.Total(), step.Of.Total())
		funnel[i] = step
	}
	return funnel
}
