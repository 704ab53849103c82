package console

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// The fields of the plan form, in the order shown. They bear the names of contest.Problem.
var planFields = []string{
	"reason", "plan_name", "dates", "time_zone", "currency", "budget", "attribution_days", "targets", "baseline", "channels", "partners", "prizes",
	"prize_terms", "mechanics",
}

// Empty rows that the form offers beside those that are filled, and how many when more were asked for.
const (
	spareRows = 1
	moreRows  = 4
)

// percentDigits: percents are kept in hundredths.
const percentDigits = 2

// commonChannels are offered to tick, so that nobody types what everybody has.
var commonChannels = []kpi.Channel{
	{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}},
	{ID: "wechat", Name: contest.Text{ZH: "微信", EN: "WeChat"}},
	{ID: "douyin", Name: contest.Text{ZH: "抖音", EN: "Douyin"}},
	{ID: "xiaohongshu", Name: contest.Text{ZH: "小红书", EN: "Xiaohongshu"}},
	{ID: "bilibili", Name: contest.Text{ZH: "哔哩哔哩", EN: "Bilibili"}},
	{ID: "community", Name: contest.Text{ZH: "自有社区", EN: "Own community"}},
	{ID: "newsletter", Name: contest.Text{ZH: "邮件", EN: "Newsletter"}},
	{ID: "instagram", Name: contest.Text{ZH: "Instagram", EN: "Instagram"}},
	{ID: "youtube", Name: contest.Text{ZH: "YouTube", EN: "YouTube"}},
	{ID: "x", Name: contest.Text{ZH: "X", EN: "X"}},
	{ID: "offline", Name: contest.Text{ZH: "线下门店与活动", EN: "Shops and events"}},
}

// commonCurrencies are offered while typing; every one of ISO 4217 is accepted.
var commonCurrencies = []kpi.Currency{"CNY", "HKD", "TWD", "SGD", "MYR", "THB", "VND", "IDR", "INR", "JPY", "KRW", "USD", "EUR", "GBP", "AED", "KWD"}

// planValues writes a plan into the form's fields.
func planValues(name contest.Text, p kpi.Plan) url.Values {
	v := url.Values{}
	text := func(field string, t contest.Text) {
		v.Set(langField(field, page.Chinese), t.ZH)
		v.Set(langField(field, page.English), t.EN)
	}
	span := func(field string, starts, ends time.Time) {
		if !starts.IsZero() && !ends.IsZero() {
			v.Set(field+"_from", p.Day(starts))
			v.Set(field+"_to", p.Day(ends.Add(-time.Millisecond)))
		}
	}
	text("plan_name", name)
	span("dates", p.Starts, p.Ends)
	v.Set("time_zone", p.TimeZone)
	v.Set("currency", string(p.Currency))
	v.Set("budget", typedAmount(p.Budget, p.Currency))
	v.Set("attribution_days", strconv.Itoa(p.AttributionDays))
	for _, metric := range kpi.Settable {
		v.Set("target_"+string(metric), typedFigure(metric, p.Targets, p.Currency))
		v.Set("baseline_"+string(metric), typedFigure(metric, p.Baseline.Figures, p.Currency))
	}
	v.Set("baseline_label", p.Baseline.Label)
	span("baseline", p.Baseline.Starts, p.Baseline.Ends)
	for _, c := range p.Channels {
		addRow(v, "channel", "id", string(c.ID), "zh", c.Name.ZH, "en", c.Name.EN, "budget", typedAmount(c.Budget, p.Currency))
	}
	for _, c := range p.Partners {
		addRow(v, "partner", "id", c.ID, "zh", c.Name.ZH, "en", c.Name.EN)
	}
	for _, prize := range p.Prizes {
		addRow(v, "prize", "zh", prize.Name.ZH, "en", prize.Name.EN, "value", typedAmount(prize.Value, prize.Currency), "currency", string(prize.Currency),
			"count", strconv.Itoa(prize.Count), "how", string(prize.How))
	}
	text("prize_terms", p.PrizeTerms)
	for _, m := range p.Mechanics {
		v.Add("mechanics", string(m))
	}
	return v
}

// addRow adds a row of fields that come several times.
func addRow(v url.Values, prefix string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(prefix+"_"+pairs[i], pairs[i+1])
	}
}

// rowsOf are the filled rows of fields that come several times.
func rowsOf(v url.Values, prefix string, names ...string) (rows []map[string]string) {
	for i := range len(v[prefix+"_"+names[0]]) {
		row, filled := map[string]string{}, false
		for _, name := range names {
			if all := v[prefix+"_"+name]; i < len(all) {
				row[name] = strings.TrimSpace(all[i])
				filled = filled || row[name] != "" && name != "how" && name != "currency" // those are chosen from the start
			}
		}
		if filled {
			rows = append(rows, row)
		}
	}
	return rows
}

// spared adds empty rows, more of them where the form asked for that.
func spared(rows []map[string]string, v url.Values, name string) []map[string]string {
	spare := spareRows
	if v.Get("more") == name {
		spare = moreRows
	}
	for range spare {
		rows = append(rows, map[string]string{})
	}
	return rows
}

// tickedChannels makes rows of the common channels that were ticked.
func tickedChannels(v url.Values) {
	for _, c := range commonChannels {
		if slices.Contains(v["channel_add"], string(c.ID)) && !slices.Contains(v["channel_id"], string(c.ID)) {
			addRow(v, "channel", "id", string(c.ID), "zh", c.Name.ZH, "en", c.Name.EN, "budget", "")
		}
	}
	v.Del("channel_add")
}

// The parts of the rows.
var (
	channelParts = []string{"id", "zh", "en", "budget"}
	partnerParts = []string{"id", "zh", "en"}
	prizeParts   = []string{"zh", "en", "value", "currency", "count", "how"}
)

// typedAmount is an amount as a field shows it: thousands grouped, nothing for nothing.
func typedAmount(amount int64, c kpi.Currency) string {
	if amount == 0 {
		return ""
	}
	return grouped(kpi.PlainAmount(amount, c))
}

func typedFigure(metric kpi.Metric, figures map[kpi.Metric]int64, c kpi.Currency) string {
	value, ok := figures[metric]
	if !ok {
		return ""
	}
	if digits := figureDigits(metric, c); digits == percentDigits && unitOf(metric) == kpi.Percent {
		return strings.TrimSuffix(kpi.FormatPercent(value, false, "zh"), "%")
	} else if digits > 0 {
		return grouped(kpi.PlainAmount(value, c))
	}
	return grouped(strconv.FormatInt(value, 10))
}

// grouped writes a plain number with its thousands grouped, and no fraction where that says nothing.
func grouped(plain string) string {
	whole, part, _ := strings.Cut(plain, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if strings.Trim(part, "0") == "" {
		return whole
	}
	return whole + "." + part
}

func unitOf(metric kpi.Metric) kpi.Unit {
	d, _ := kpi.Define(metric)
	return d.Unit
}

// figureDigits is how many decimals a metric's number is typed with at most.
func figureDigits(metric kpi.Metric, c kpi.Currency) int {
	switch unitOf(metric) {
	case kpi.Money:
		return c.Digits()
	case kpi.Percent:
		return percentDigits
	}
	return 0
}

// planReader reads the form's fields, and notes what cannot be read.
type planReader struct{ challengeForm }

// plan reads the whole form.
func (f *planReader) plan() kpi.Plan {
	p := kpi.Plan{TimeZone: f.text("time_zone"), Currency: kpi.Currency(strings.ToUpper(f.text("currency"))), AttributionDays: f.number("attribution_days")}
	if _, known := contest.Zone(p.TimeZone); !known {
		f.faults.add("time_zone", "invalid")
	}
	if !p.Currency.Known() {
		f.faults.add("currency", "invalid")
	}
	p.Starts, p.Ends = f.span("dates", "dates", p.Location())
	p.Budget = f.figure("budget", f.text("budget"), p.Currency.Digits())
	p.Targets = f.figures("target", "targets", p.Currency)
	p.Baseline = kpi.Baseline{Label: f.text("baseline_label"), Figures: f.figures("baseline", "baseline", p.Currency)}
	p.Baseline.Starts, p.Baseline.Ends = f.span("baseline", "baseline", p.Location())
	f.pasted(p)
	f.channels(&p)
	f.partners(&p)
	f.prizes(&p)
	p.PrizeTerms = f.both("prize_terms")
	for _, m := range kpi.Mechanics {
		if slices.Contains(f.values["mechanics"], string(m)) {
			p.Mechanics = append(p.Mechanics, m)
		}
	}
	return p
}

// span reads the first and the last day of a period.
func (f *planReader) span(name, field string, zone *time.Location) (starts, ends time.Time) {
	from, to := f.text(name+"_from"), f.text(name+"_to")
	if from == "" && to == "" {
		return starts, ends
	}
	starts, errStarts := time.ParseInLocation(time.DateOnly, from, zone)
	last, errEnds := time.ParseInLocation(time.DateOnly, to, zone)
	if errStarts != nil || errEnds != nil {
		f.faults.add(field, "days")
		return time.Time{}, time.Time{}
	}
	if ends = last.AddDate(0, 0, 1); !starts.Before(ends) {
		f.faults.add(field, "order")
	}
	return starts, ends
}

// figure reads a number as people type it; an empty one is 0. field is where a fault is told.
func (f *planReader) figure(field, typed string, digits int) int64 {
	if typed = strings.TrimSuffix(strings.TrimSuffix(typed, "%"), "％"); typed == "" {
		return 0
	}
	n, err := kpi.ParseTyped(typed, digits)
	if err != nil {
		f.faults.add(field, "figure", "typed", typed)
	}
	return n
}

func (f *planReader) figures(prefix, field string, c kpi.Currency) map[kpi.Metric]int64 {
	figures := map[kpi.Metric]int64{}
	for _, metric := range kpi.Settable {
		if typed := f.text(prefix + "_" + string(metric)); typed != "" {
			figures[metric] = f.figure(field, typed, figureDigits(metric, c))
		}
	}
	return figures
}

// pasted reads lines of "metric, value" into the baseline; they count more than what stands in the fields.
func (f *planReader) pasted(p kpi.Plan) {
	for i, line := range strings.Split(f.text("baseline_lines"), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value := cutLine(strings.TrimSpace(line))
		metric, ok := metricOf(name)
		n, err := kpi.ParseTyped(strings.TrimSuffix(value, "%"), figureDigits(metric, p.Currency))
		if !ok || err != nil {
			f.faults.add("baseline", "line", "line", i+1)
			continue
		}
		p.Baseline.Figures[metric] = n
	}
}

// cutLine parts a pasted line's name from its number at the first sign between them: the commas behind it group thousands.
func cutLine(line string) (name, value string) {
	i := strings.IndexAny(line, ",;:，；：\t")
	if i < 0 {
		return line, ""
	}
	_, size := utf8.DecodeRuneInString(line[i:])
	return strings.Trim(line[:i], ` "`), strings.Trim(line[i+size:], ` "`)
}

// metricOf finds the metric that a name means, in either language.
func metricOf(name string) (kpi.Metric, bool) {
	for _, metric := range kpi.Settable {
		d, _ := kpi.Define(metric)
		for _, known := range []string{string(metric), d.Name.ZH, d.Name.EN} {
			if strings.EqualFold(strings.TrimSpace(name), known) {
				return metric, true
			}
		}
	}
	return "", false
}

func (f *planReader) channels(p *kpi.Plan) {
	tickedChannels(f.values)
	for _, row := range rowsOf(f.values, "channel", channelParts...) {
		p.Channels = append(p.Channels, kpi.Channel{
			ID: kpi.ChannelID(orSlug(row["id"], row["en"])), Name: contest.Text{ZH: row["zh"], EN: row["en"]},
			Budget: f.figure("channels", row["budget"], p.Currency.Digits()),
		})
	}
}

func (f *planReader) partners(p *kpi.Plan) {
	for _, row := range rowsOf(f.values, "partner", partnerParts...) {
		p.Partners = append(p.Partners, contest.Choice{ID: orSlug(row["id"], row["en"]), Name: contest.Text{ZH: row["zh"], EN: row["en"]}})
	}
}

func (f *planReader) prizes(p *kpi.Plan) {
	for _, row := range rowsOf(f.values, "prize", prizeParts...) {
		prize := kpi.Prize{Name: contest.Text{ZH: row["zh"], EN: row["en"]}, Currency: kpi.Currency(strings.ToUpper(row["currency"])), How: kpi.Award(row["how"]), Count: 1}
		if prize.Currency == "" {
			prize.Currency = p.Currency
		}
		prize.Value = f.figure("prizes", row["value"], prize.Currency.Digits())
		if row["count"] != "" {
			n, err := strconv.Atoi(row["count"])
			if err != nil || n > maxNumber {
				f.faults.add("prizes", "figure", "typed", row["count"])
			}
			prize.Count = n
		}
		p.Prizes = append(p.Prizes, prize)
	}
}

// notSlug is what an identifier has none of.
var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// orSlug is the identifier, or one made of the English name where none was typed.
func orSlug(id, name string) string {
	if id != "" {
		return strings.ToLower(id)
	}
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// figureRow is a metric's line of the form.
type figureRow struct {
	Metric           kpi.Metric
	Name, Means      string
	Target, Baseline string
}

func figureRows(words *page.Context, v url.Values) (rows []figureRow) {
	for _, metric := range kpi.Settable {
		d, _ := kpi.Define(metric)
		name := words.Text(d.Name)
		switch d.Unit {
		case kpi.Money:
			name = fmt.Sprintf("%s (%s)", name, v.Get("currency"))
		case kpi.Percent:
			name += " (%)"
		}
		rows = append(rows, figureRow{metric, name, words.Text(d.Means), v.Get("target_" + string(metric)), v.Get("baseline_" + string(metric))})
	}
	return rows
}
