package kpi

import (
	"slices"
	"strings"
	"testing"
)

func TestEachMetricHasOneDefinitionInBothLanguages(t *testing.T) {
	var defined []Metric
	for _, d := range Definitions {
		defined = append(defined, d.Metric)
		if !d.Name.Complete() || !d.Means.Complete() {
			t.Errorf("%s: its name or meaning lacks a language", d.Metric)
		}
		if !strings.HasSuffix(d.Means.ZH, "。") || !strings.HasSuffix(d.Means.EN, ".") {
			t.Errorf("%s: its meaning is no sentence", d.Metric)
		}
	}
	if !slices.Equal(defined, Metrics) {
		t.Errorf("defined are %v, want %v", defined, Metrics)
	}
	if _, ok := Define("likes"); ok {
		t.Error("what is no metric has a definition")
	}
}

func TestWhatIsDividedIsRoundedHalfUp(t *testing.T) {
	for name, c := range map[string]struct {
		metric Metric
		of     map[Metric]int64
		want   int64
		ok     bool
	}{
		"average":             {AverageOrder, map[Metric]int64{GMV: 1000, Orders: 4}, 250, true},
		"average, half":       {AverageOrder, map[Metric]int64{GMV: 5, Orders: 2}, 3, true},
		"average, under half": {AverageOrder, map[Metric]int64{GMV: 4, Orders: 3}, 1, true},
		"average of none":     {AverageOrder, map[Metric]int64{GMV: 0}, 0, false},
		"conversion":          {Conversion, map[Metric]int64{Orders: 1, Visits: 3}, 3333, true},
		"conversion of all":   {Conversion, map[Metric]int64{Orders: 7, Visits: 7}, 10000, true},
		"conversion, half":    {Conversion, map[Metric]int64{Orders: 1, Visits: 20000}, 1, true},
		"no visits":           {Conversion, map[Metric]int64{Orders: 1}, 0, false},
		"counted":             {Orders, map[Metric]int64{Orders: 1}, 0, false},
	} {
		if got, ok := Derived(c.metric, c.of); got != c.want || ok != c.ok {
			t.Errorf("%s: got %d, %v, want %d, %v", name, got, ok, c.want, c.ok)
		}
	}
}
