package orders

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

const ourFile = `order,amount,currency,placed at,refunded,status,code
1,129.90,CNY,2026-11-20 10:00,,paid,
2,"1,000.00",CNY,2026-11-20 11:00,100.00,paid,NIGHT10
3,5.00,EUR,2026-11-20T12:00:00Z,,cancelled,
4,5.00,EUR,2026-11-20 13:00,,pending,
`

// kept keeps a file.
func (c *counter) kept(content string) store.OrderBatch {
	c.Helper()
	b, err := c.KeepFile(c.Context(), "st_1", c.shop.ID, "十一月.csv", []byte(content))
	c.must(err)
	return b
}

func (c *counter) file(id string) File {
	c.Helper()
	f, err := c.File(c.Context(), id)
	c.must(err)
	return f
}

func TestAFileIsLookedThroughBookedAndUndone(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	c.sent(paidBody("1", 12990, "CNY", "")) // the shop told of it already
	b := c.kept(ourFile)
	if got, want := fmt.Sprint(c.file(b.ID).Counts), "map[known:1 new:2 unpaid:1]"; got != want {
		t.Errorf("before: %s, want %s", got, want)
	}
	c.sumsTo("CNY 1: 12990-0")
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	c.sumsTo("CNY 2: 112990-10000")
	if f := c.file(b.ID); f.Known != 2 || f.BookedAt.IsZero() {
		t.Errorf("booked: %+v", f.OrderBatch)
	}
	if err := c.BookFile(t.Context(), "st_1", b.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("booked again: %v", err)
	}
	again := c.kept(ourFile)
	if got, want := fmt.Sprint(c.file(again.ID).Counts), "map[known:3 unpaid:1]"; got != want {
		t.Errorf("the same again: %s, want %s", got, want)
	}
	c.must(c.UndoFile(t.Context(), "st_1", b.ID))
	c.sumsTo("CNY 1: 12990-0")
	c.must(c.UndoFile(t.Context(), "st_1", b.ID))
}

// long writes a file of more lines than two commits book.
func long() (file string, lines int) {
	var b strings.Builder
	b.WriteString("订单号,金额,下单时间\n")
	lines = 2*bookedAtOnce + 7
	for i := range lines {
		fmt.Fprintf(&b, "%d,1.00,2026-11-20 10:00\n", i)
	}
	return b.String(), lines
}

// part does a part of what is under way with a file, as a process that is killed after it.
func (c *counter) part(id string) (done bool) {
	c.Helper()
	list, err := c.filed(c.Context(), id)
	c.must(err)
	c.update(func(tx *store.Tx) error {
		batch, err := lockedFile(tx, id)
		if err == nil {
			done, err = part(tx, batch, list)
		}
		return err
	})
	return done
}

// worked has the queue work until nothing is under way with a file.
func (c *counter) worked(id string) File {
	c.Helper()
	ctx, stop := context.WithTimeout(c.Context(), time.Minute)
	var working sync.WaitGroup
	working.Go(func() { c.queue.Run(ctx) })
	f := c.file(id)
	for f.Work.Doing != "" && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
		f = c.file(id)
	}
	stop()
	working.Wait()
	if f.Work.Doing != "" {
		c.Fatalf("still under way: %+v", f.Work)
	}
	return f
}

func TestALongFileIsBookedAndUndoneInParts(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	content, many := long()
	b := c.kept(content)
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	if got, want := c.file(b.ID).Work, (store.OrderWork{Doing: store.Booking, Staff: "st_1", Lines: bookedAtOnce}); got != want {
		t.Errorf("after the request %+v, want %+v", got, want)
	}
	c.sumsTo(fmt.Sprintf("CNY %d: %d-0", bookedAtOnce, 100*bookedAtOnce))
	if f := c.worked(b.ID); f.BookedAt.IsZero() || f.Known != 0 {
		t.Errorf("booked: %+v", f.OrderBatch)
	}
	c.sumsTo(fmt.Sprintf("CNY %d: %d-0", many, 100*many))
	c.must(c.UndoFile(t.Context(), "st_2", b.ID))
	if f := c.worked(b.ID); f.UndoneBy != "st_2" {
		t.Errorf("undone: %+v", f.OrderBatch)
	}
	c.sumsTo("")
}

func TestABookingThatIsKilledGoesOnWhereItStopped(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	content, many := long()
	b := c.kept(content)
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	if c.part(b.ID) || c.file(b.ID).Work.Lines != 2*bookedAtOnce {
		t.Fatalf("two parts of three: %+v", c.file(b.ID).Work)
	}
	if f := c.worked(b.ID); f.BookedAt.IsZero() || f.Known != 0 {
		t.Errorf("booked: %+v", f.OrderBatch)
	}
	c.sumsTo(fmt.Sprintf("CNY %d: %d-0", many, 100*many))
	c.must(c.goOn(t.Context(), job.Job{Key: b.ID})) // a job that came twice
	c.sumsTo(fmt.Sprintf("CNY %d: %d-0", many, 100*many))
}

func TestAFileThatTwoBookAtOnceCountsEachLineOnce(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	content, many := long()
	b := c.kept(content)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { _ = c.BookFile(t.Context(), "st_1", b.ID) }) // the second one may come too late
	}
	both.Wait()
	if f := c.worked(b.ID); f.Known != 0 {
		t.Errorf("%d lines were booked, want %d", f.Lines-f.Known, many)
	}
	c.sumsTo(fmt.Sprintf("CNY %d: %d-0", many, 100*many))
}

func TestAFileSaysWhatRefundsComeTo(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	c.sent(paidBody("1", 12990, "CNY", ""))
	c.sent(refundBody("1", "r1", 1000, "CNY"))
	b := c.kept("order,amount,placed at,refunded\n1,129.90,2026-11-20 18:00,30.00\n")
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	c.sumsTo("CNY 1: 12990-3000")
	if got := c.file(c.kept("order,amount,placed at,refunded\n1,129.90,2026-11-20 18:00,20.00\n").ID); len(got.Wrong) != 1 || got.Wrong[0].Fault != FaultFewer {
		t.Errorf("fewer refunds than known: %+v", got.Counts)
	}
}

func TestARefundThatAFileKnewFirstCountsOnce(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	c.sent(paidBody("1", 12990, "CNY", ""))
	first := c.kept("order,amount,placed at,refunded\n1,129.90,2026-11-20 18:00,30.00\n")
	c.must(c.BookFile(t.Context(), "st_1", first.ID))
	c.sent(refundBody("1", "r1", 3000, "CNY")) // which the shop tells of late
	c.sumsTo("CNY 1: 12990-3000")
	c.sent(refundBody("1", "r2", 500, "CNY"))
	c.sumsTo("CNY 1: 12990-3500")
	second := c.kept("order,amount,placed at,refunded\n1,129.90,2026-11-20 18:00,50.00\n")
	c.must(c.BookFile(t.Context(), "st_1", second.ID))
	c.sumsTo("CNY 1: 12990-5000")
	c.must(c.UndoFile(t.Context(), "st_1", second.ID))
	c.sumsTo("CNY 1: 12990-3500")
}

func TestAFileThatIsUndoneWhileItIsBookedStaysUndone(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	content, _ := long()
	b := c.kept(content)
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	c.part(b.ID)
	c.must(c.UndoFile(t.Context(), "st_2", b.ID))
	if err := c.BookFile(t.Context(), "st_1", b.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("going on with the booking: %v", err)
	}
	if f := c.worked(b.ID); f.UndoneBy != "st_2" {
		t.Errorf("the file is %+v", f.OrderBatch)
	}
	c.sumsTo("")
	if err := c.BookFile(t.Context(), "st_1", b.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("booking what is undone: %v", err)
	}
}

func TestALineThatCannotBeReadIsNamed(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	b := c.kept(`order,amount,currency,placed at,refunded,status
,1.00,CNY,2026-11-20 10:00,,
2,-1.00,CNY,2026-11-20 10:00,,
3,1.00,XYZ,2026-11-20 10:00,,
4,1.00,CNY,yesterday,,
5,1.00,CNY,2026-11-20 10:00,2.00,
6,1.00,CNY,2026-11-20 10:00,,who knows
7,1.00,CNY,2026-11-20 10:00,,
7,,CNY,,,
7,1.00,CNY,2026-11-20 10:00,,
8,1.005,CNY,2026-11-20 10:00,,
`)
	f := c.file(b.ID)
	var got []string
	for _, w := range f.Wrong {
		got = append(got, fmt.Sprintf("%d %s", w.Line.Line, w.Fault))
	}
	if want := "2 number, 3 amount, 4 currency, 5 time, 6 refund, 7 status, 10 twice, 11 amount"; strings.Join(got, ", ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, ", "), want)
	}
	c.must(c.BookFile(t.Context(), "st_1", b.ID))
	c.sumsTo("CNY 1: 100-0")
	for _, content := range []string{"a,b\n1,2\n", "order,amount\n1,2\n"} {
		if _, err := c.KeepFile(t.Context(), "st_1", c.shop.ID, "x.csv", []byte(content)); !errors.Is(err, ErrColumns) {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := c.KeepFile(t.Context(), "st_1", c.shop.ID, "x.csv", nil); !errors.Is(err, sheet.ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
}

func TestReconcilingNamesWhatDiffersOnEitherSide(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	c.sent(paidBody("1", 12990, "CNY", ""))
	c.sent(paidBody("2", 90000, "CNY", ""))
	c.sent(paidBody("9", 500, "CNY", ""))
	c.sent(cancelBody("8"))
	r, err := c.Reconcile(t.Context(), c.campaign, c.shop.ID, []byte(`order,amount,currency,placed at,status
1,129.90,CNY,2026-11-20 17:00,paid
2,900.01,CNY,2026-11-20 19:00,paid
3,5.00,EUR,2026-11-20 18:00,paid
4,5.00,EUR,2026-11-20 18:00,pending
8,5.00,EUR,2026-11-20 18:00,cancelled
5,x,EUR,2026-11-20 18:00,paid
`))
	c.must(err)
	if len(r.MissingHere) != 1 || r.MissingHere[0].Number != "3" || len(r.MissingThem) != 1 || r.MissingThem[0].Number != "9" ||
		len(r.Differing) != 1 || r.Differing[0].Number != "2" || r.Differing[0].Known.Amount != 90000 || r.Differing[0].Listed.Amount != 90001 {
		t.Errorf("missing here %+v\nmissing there %+v\ndiffering %+v", r.MissingHere, r.MissingThem, r.Differing)
	}
	if r.Equal != 2 || r.Lines != 4 || len(r.Unread) != 1 {
		t.Errorf("equal %d of %d, unread %+v", r.Equal, r.Lines, r.Unread)
	}
}

func TestAFileThatNobodyBooksIsDropped(t *testing.T) {
	c := openCounter(t, kpi.FileShop)
	b := c.kept(ourFile)
	c.must(c.Tidy(t.Context()))
	if f := c.file(b.ID); f.ID != b.ID {
		t.Error("a fresh file was dropped")
	}
}
