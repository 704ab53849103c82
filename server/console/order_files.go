package console

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"fanfare/server/app/orders"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// fileLine is a file of orders in a list.
type fileLine struct {
	Path, Name, Shop, By string
	At                   page.Moment
	Lines, Booked        int
	State                string // kept, booking, booked, undoing, undone
}

// fileLines lists the files of shops, the newest of each first.
func (c *Console) fileLines(r *http.Request, words *page.Context, zone *time.Location, shops ...kpi.Shop) (lines []fileLine, err error) {
	names, err := c.Staff.Names(r.Context())
	if err != nil {
		return nil, err
	}
	for _, shop := range shops {
		files, err := c.Orders.Files(r.Context(), shop.ID)
		if err != nil {
			return nil, err
		}
		for _, b := range files {
			lines = append(lines, fileLine{
				ordersPath(shop.Campaign) + "/files/" + b.ID, b.File, shop.Name, names[b.Staff], words.Moment(b.CreatedAt, c.now(), zone),
				b.Lines, b.Lines - b.Known, fileState(b),
			})
		}
	}
	return lines, nil
}

func fileState(b store.OrderBatch) string {
	switch {
	case b.Work.Doing == store.Booking:
		return "booking"
	case b.Work.Doing == store.Undoing:
		return "undoing"
	case !b.UndoneAt.IsZero():
		return "undone"
	case !b.BookedAt.IsZero():
		return "booked"
	}
	return "kept"
}

type filesView struct {
	orderFrame
	Shops  []option
	Shop   string // chosen
	Fault  string
	Files  []fileLine
	Result *compared // of a comparison
}

func (c *Console) orderFiles(w http.ResponseWriter, r *http.Request) error {
	return c.drawFiles(w, r, http.StatusOK, "files", filesView{Shop: r.URL.Query().Get("shop")})
}

func (c *Console) compareForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawFiles(w, r, http.StatusOK, "compare", filesView{Shop: r.URL.Query().Get("shop")})
}

// drawFiles draws the page that takes a file, to book it or to compare it.
func (c *Console) drawFiles(w http.ResponseWriter, r *http.Request, status int, here string, v filesView) error {
	var err error
	if v.orderFrame, err = c.aroundOrders(r, here); err != nil {
		return err
	}
	shops, err := c.Orders.Shops(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v.Shops = shopOptions(shops)
	if here == "files" {
		if v.Files, err = c.fileLines(r, words, v.Campaign.Location(), shops...); err != nil {
			return err
		}
	}
	return c.draw(w, r, status, "order_"+here, words.T("orders.room."+here), v)
}

// takenFile is a file that staff sent, and the shop that it is of.
type takenFile struct {
	shop    kpi.Shop
	name    string
	content []byte
}

// takeFile reads the form's file; fault is what is wrong with it, as a code.
func (c *Console) takeFile(r *http.Request) (f takenFile, fault string, err error) {
	file, header, err := r.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		return f, "missing", nil
	case err != nil:
		return f, "", fmt.Errorf("%w: %w", errForm, err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if f.shop, err = c.Orders.Shop(r.Context(), kpi.ShopID(r.FormValue("shop"))); err != nil {
		return f, "", err
	}
	if string(f.shop.Campaign) != r.PathValue("id") {
		return f, "", store.ErrNotFound
	}
	f.name = strings.ToValidUTF8(path.Base(header.Filename), "")
	f.content, err = io.ReadAll(io.LimitReader(file, sheet.MaxBytes+1))
	return f, "", err
}

// fileFault names what is wrong with a file; empty for what is our own fault.
func fileFault(err error) string {
	for code, kind := range map[string]error{
		"columns": orders.ErrColumns, "large": sheet.ErrTooLarge, "empty": sheet.ErrEmpty, "broken": sheet.ErrBroken, "dates": sheet.ErrDates1904,
	} {
		if errors.Is(err, kind) {
			return code
		}
	}
	return ""
}

func (c *Console) takeOrderFile(w http.ResponseWriter, r *http.Request) error {
	f, fault, err := c.takeFile(r)
	if err != nil {
		return err
	}
	if fault == "" {
		batch, err := c.Orders.KeepFile(r.Context(), staffOf(r), f.shop.ID, f.name, f.content)
		if err == nil {
			return c.see(w, r, ordersPath(f.shop.Campaign)+"/files/"+batch.ID)
		}
		if fault = fileFault(err); fault == "" {
			return err
		}
	}
	return c.drawFiles(w, r, http.StatusUnprocessableEntity, "files", filesView{Shop: r.FormValue("shop"), Fault: c.drawer.Context(r).T("orders.file.fault." + fault)})
}

// orderTemplate is an empty file of orders in our own form.
func (c *Console) orderTemplate(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.aroundCampaign(r, "orders"); err != nil { // the file is the same for all that are there
		return err
	}
	w.Header().Set("Content-Type", sheet.CSV.ContentType())
	w.Header().Set("Content-Disposition", `attachment; filename="orders.csv"`)
	var columns []sheet.Column
	for _, title := range []string{"order", "amount", "currency", "placed at", "refunded", "status", "ff", "code"} {
		columns = append(columns, sheet.Column{Title: title})
	}
	t, err := sheet.NewWriter(w, sheet.CSV, columns)
	if err == nil {
		err = t.Row("1001", "129.90", "CNY", c.now().UTC().Format("2006-01-02 15:04"), "", "paid", "", "")
	}
	if err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	return t.Close()
}

// workPause is after how many seconds the page of a file asks again how far the work at it is.
const workPause = "2"

type orderFileView struct {
	orderFrame
	File   orders.File
	State  string
	At     page.Moment
	By     string
	Undone string // by whom
	Booked int
	Counts []verdictCount
	Any    bool // something would be booked
	Wrong  []wrongLine
	Sample []sampleLine
}

type verdictCount struct {
	Verdict orders.Verdict
	N       int
}

// wrongLine is a line that cannot be booked, and why.
type wrongLine struct {
	Line   int
	Number string
	Text   string
}

// sampleLine is a line as it was understood.
type sampleLine struct {
	Line                     int
	Verdict                  orders.Verdict
	Number, Amount, Refunded string
	At                       page.Moment
	State                    kpi.OrderState
}

func (c *Console) showOrderFile(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "files")
	if err != nil {
		return err
	}
	f, err := c.fileOf(r)
	if err != nil {
		return err
	}
	names, err := c.Staff.Names(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := orderFileView{
		orderFrame: around, File: f, State: fileState(f.OrderBatch), By: names[f.Staff], Undone: names[f.UndoneBy], Booked: f.Lines - f.Known,
		At: words.Moment(f.CreatedAt, c.now(), f.Plan.Location()), Any: f.Counts[orders.LineNew]+f.Counts[orders.LineChanges] > 0,
	}
	for _, verdict := range []orders.Verdict{orders.LineNew, orders.LineChanges, orders.LineKnown, orders.LineUnpaid, orders.LineWrong} {
		if n := f.Counts[verdict]; n > 0 {
			v.Counts = append(v.Counts, verdictCount{verdict, n})
		}
	}
	for _, l := range f.Wrong {
		v.Wrong = append(v.Wrong, wrongLine{l.Line.Line, l.Number, words.T("orders.fault." + string(l.Fault))})
	}
	for _, l := range f.Sample {
		v.Sample = append(v.Sample, c.sampleLine(words, f.Plan, l))
	}
	if f.Work.Doing != "" {
		w.Header().Set("Refresh", workPause)
	}
	return c.draw(w, r, http.StatusOK, "order_file", f.OrderBatch.File, v)
}

func (c *Console) sampleLine(words *page.Context, plan kpi.Plan, l orders.WeighedLine) sampleLine {
	line := sampleLine{
		Line: l.Line.Line, Verdict: l.Verdict, Number: l.Number, Amount: money(words, l.Order.Amount, l.Order.Currency),
		At: words.Moment(l.Order.PlacedAt, c.now(), plan.Location()), State: l.Order.State,
	}
	if l.Order.Refunded > 0 {
		line.Refunded = money(words, l.Order.Refunded, l.Order.Currency)
	}
	return line
}

// fileOf is the file {batch} of the campaign {id}.
func (c *Console) fileOf(r *http.Request) (orders.File, error) {
	f, err := c.Orders.File(r.Context(), r.PathValue("batch"))
	if err == nil && f.Shop.Campaign != contest.CampaignID(r.PathValue("id")) {
		err = fmt.Errorf("file %s: %w", f.ID, store.ErrNotFound)
	}
	return f, err
}

// bookOrderFile has a file booked, or taken back.
func (c *Console) bookOrderFile(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	f, err := c.fileOf(r)
	if err != nil {
		return err
	}
	act := c.Orders.BookFile
	if r.PostForm.Get("do") == "undo" {
		act = c.Orders.UndoFile
	}
	err = act(r.Context(), staffOf(r), f.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, orders.ErrRetired) {
		return err
	}
	return c.see(w, r, ordersPath(f.Shop.Campaign)+"/files/"+f.ID) // which says how it stands, also where somebody was quicker
}

// compared is a comparison in words.
type compared struct {
	Lines, Equal int
	Parts        []comparedPart
	Unread       []wrongLine
	More         int // unread lines that are not shown
}

// comparedPart are the orders that differ in one way.
type comparedPart struct {
	Title, Text string // the messages' keys
	N           int
	Lines       []comparedLine
}

type comparedLine struct{ Path, Name, Listed, Known string }

// comparedShown bounds a list of differences.
const comparedShown = 200

func (c *Console) compare(w http.ResponseWriter, r *http.Request) error {
	f, fault, err := c.takeFile(r)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := filesView{Shop: string(f.shop.ID)}
	if fault == "" {
		result, err := c.Orders.Reconcile(r.Context(), f.shop.Campaign, f.shop.ID, f.content)
		if err == nil {
			v.Result = comparedOf(words, f.shop, result)
			return c.drawFiles(w, r, http.StatusOK, "compare", v)
		}
		if fault = fileFault(err); fault == "" {
			return err
		}
	}
	v.Fault = words.T("orders.file.fault." + fault)
	return c.drawFiles(w, r, http.StatusUnprocessableEntity, "compare", v)
}

func comparedOf(words *page.Context, shop kpi.Shop, r orders.Reconciliation) *compared {
	v := &compared{Lines: r.Lines, Equal: r.Equal, More: max(0, len(r.Unread)-comparedShown)}
	for _, part := range []struct {
		name string
		list []orders.Difference
	}{{"here", r.MissingHere}, {"there", r.MissingThem}, {"differs", r.Differing}} {
		p := comparedPart{Title: "orders.compare." + part.name, Text: "orders.compare." + part.name + ".text", N: len(part.list)}
		for _, d := range part.list[:min(len(part.list), comparedShown)] {
			line := comparedLine{Name: d.Name, Listed: settledText(words, d.Listed), Known: settledText(words, d.Known)}
			if line.Name == "" {
				line.Name = d.Number
			}
			if d.ID != "" {
				line.Path = ordersPath(shop.Campaign) + "/" + string(d.ID)
			}
			p.Lines = append(p.Lines, line)
		}
		v.Parts = append(v.Parts, p)
	}
	for _, l := range r.Unread[:min(len(r.Unread), comparedShown)] {
		v.Unread = append(v.Unread, wrongLine{l.Line.Line, l.Number, words.T("orders.fault." + string(l.Fault))})
	}
	return v
}

// settledText says what an order comes to; empty for none.
func settledText(words *page.Context, s kpi.Settled) string {
	if s.Currency == "" {
		return ""
	}
	text := money(words, s.Amount, s.Currency)
	if s.Refunded > 0 {
		text += " " + words.T("order.less", "amount", money(words, s.Refunded, s.Currency))
	}
	if s.State != kpi.OrderPaid {
		text += " · " + words.T("order.state."+string(s.State))
	}
	return text
}
