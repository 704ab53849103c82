package upkeep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"fanfare/media/blob"
)

// pair are two buckets, the first with objects.
func pair(t *testing.T, n int) (from, to *bucketWith, objects []object) {
	from, to = folderBucket(t, t.TempDir()), folderBucket(t, t.TempDir())
	for i := range n {
		content := fmt.Appendf(nil, "object %d", i)
		o := object{key: fmt.Sprintf("original/c/e_%03d", i), sum: sumOf(hashOf(content))}
		if err := from.Driver.Put(t.Context(), o.key, bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return from, to, objects
}

func carried(t *testing.T, from, to *bucketWith, objects []object) (c Carried, err error) {
	err = carry(t.Context(), bucketSource(blob.NewBucket(from)), blob.NewBucket(to), objects, func(o outcome) { c.note(o) })
	return c, err
}

func TestACopyIsPatientWithAStoreThatIsAwayForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to, objects := pair(t, 20)
		var calls atomic.Int64
		to.onPut = func(_ string, r io.Reader) (io.Reader, error) {
			if calls.Add(1) <= 30 {
				return nil, blob.ErrUnavailable
			}
			return r, nil
		}
		c, err := carried(t, from, to, objects)
		if err != nil || c.Copied != 20 {
			t.Errorf("copied %d, %v", c.Copied, err)
		}
	})
}

func TestAnObjectThatHadToBeTriedAgainKeepsItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to, objects := pair(t, 3)
		var reads atomic.Int64
		to.onOpen = func(string) error { // it is stored, and the store is away when it is read again
			if reads.Add(1) <= 3 {
				return blob.ErrUnavailable
			}
			return nil
		}
		total := int64(0)
		err := carry(t.Context(), bucketSource(blob.NewBucket(from)), blob.NewBucket(to), objects, func(o outcome) { total += o.bytes })
		if want := int64(3 * len("object 0")); err != nil || total != want {
			t.Errorf("got %d bytes, %v; want %d", total, err, want)
		}
	})
}

func TestACopyEndsWhereAStoreStaysAwayOrIsFull(t *testing.T) {
	for _, kind := range []error{blob.ErrUnavailable, blob.ErrFull} {
		synctest.Test(t, func(t *testing.T) {
			from, to, objects := pair(t, 20)
			to.onPut = func(string, io.Reader) (io.Reader, error) { return nil, kind }
			if _, err := carried(t, from, to, objects); !errors.Is(err, kind) {
				t.Errorf("got %v, want %v", err, kind)
			}
		})
	}
}

func TestWhatTheTargetReturnsIsReadAgain(t *testing.T) {
	from, to, objects := pair(t, 3)
	to.onPut = func(_ string, r io.Reader) (io.Reader, error) {
		content, err := io.ReadAll(r) // what was sent is right
		content[0] ^= 1               // and what is kept is not
		return bytes.NewReader(content), err
	}
	if _, err := carried(t, from, to, objects); !errors.Is(err, ErrDiffers) {
		t.Errorf("got %v, want ErrDiffers", err)
	}
}

func TestADamagedObjectAtTheTargetIsCopiedAgain(t *testing.T) {
	from, to, objects := pair(t, 3)
	if _, err := carried(t, from, to, objects); err != nil {
		t.Fatal(err)
	}
	if err := to.Driver.Put(t.Context(), objects[1].key, bytes.NewReader([]byte("0bject 1"))); err != nil {
		t.Fatal(err)
	}
	c, err := carried(t, from, to, objects)
	if err != nil || c.Copied != 1 || c.Already != 2 {
		t.Errorf("copied %d and found %d, %v; want 1 and 2", c.Copied, c.Already, err)
	}
}
