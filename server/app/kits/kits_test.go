package kits

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/media/mediatest"
	"fanfare/media/pipeline"
	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/news"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/partner"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// TestMain is also the render process of these tests: started as "TEST render", the test binary is a child.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "render" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := media.ServeRender(os.Stdin, os.Stdout, pipeline.Render); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// place is a service with a database, a bucket, renderers, and an entry that Wuhan may repost on Weibo and X.
type place struct {
	*testing.T
	*Service
	bucket *blob.Bucket
	entry  contest.Entry
	me     access.Staff
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func setPlace(t *testing.T) *place {
	t.Helper()
	p := &place{T: t}
	database := storetest.OpenSQLite(t, func([]contest.Change) {})
	folder, err := dirblob.Open(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(folder.Close()) })
	p.bucket = blob.NewBucket(folder)
	renderer, err := media.NewRenderer(t.TempDir(), []string{os.Args[0], "render"}, 1)
	p.must(err)
	t.Cleanup(func() { p.must(renderer.Close()) })
	queue := job.NewQueue(nil, nil)
	e := entries.New(entries.Parts{
		Store: database, Campaigns: campaigns.New(database, "http://localhost"), Bucket: p.bucket, Renderer: renderer, Queue: queue,
		News: news.New(queue), Log: slog.New(slog.DiscardHandler),
	}, 1)
	p.Service = New(database, partners.New(database, nil, nil, nil, "localhost"), e, renderer)
	p.must(database.Update(t.Context(), p.launch))
	p.publish()
	p.grant(partner.Weibo, partner.X)
	return p
}

// launch makes the challenge that fans can enter for Wuhan.
func (p *place) launch(tx *store.Tx) error {
	campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{EN: "Night"}})
	if err != nil {
		return err
	}
	draft := storetest.Draft(campaign.ID, "night", tx.Now())
	draft.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{EN: "Wuhan", ZH: "文旅武汉"}}}
	c, err := tx.CreateChallenge(draft)
	if err != nil {
		return err
	}
	c.LaunchedAt, c.RulesHash = tx.Now(), c.Hash()
	p.entry.Challenge = c.ID
	p.me = access.Staff{ID: "st_1", Role: access.Partner, Campaign: campaign.ID, Partner: "wuhan"}
	return tx.SaveChallenge(c)
}

// publish enters a photo of 800 × 600 pixels, whose largest rendition has 400 × 300 here.
func (p *place) publish() {
	p.Helper()
	original := p.keep("original/a", mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(800, 600)), mediatest.EXIFSegment(mediatest.EXIF{
		Artist: "A Secret", Serial: "SERIAL-4711", GPS: true,
	})))
	photo := contest.Photo{Width: 800, Height: 600, Renditions: []contest.Rendition{
		{Name: "2048", Key: "e/l.jpg", Width: 400, Height: 300, SHA256: p.keep(entries.PhotoPrefix+"e/l.jpg", mediatest.JPEG(mediatest.Scene(400, 300)))},
		{Name: "480", Key: "e/s.jpg", Width: 240, Height: 180, SHA256: p.keep(entries.PhotoPrefix+"e/s.jpg", mediatest.JPEG(mediatest.Scene(240, 180)))},
	}}
	p.must(p.store.UpdateIn(p.Context(), p.entry.Challenge, func(tx *store.Tx) error {
		fan, err := tx.FanFor("guest", "a", "林晓")
		if err != nil {
			return err
		}
		e, err := tx.InsertEntry(contest.Entry{
			Challenge: p.entry.Challenge, Fan: fan.ID, Author: "林晓", Caption: "江上的桥", Partner: "wuhan", Status: contest.Processing,
			Original: "original/a", SHA256: original,
		})
		if err == nil {
			p.entry, err = tx.SetPhoto(e.ID, photo, nil, contest.Published, "")
		}
		return err
	}))
}

// keep stores a file and returns its hash.
func (p *place) keep(key string, content []byte) string {
	p.Helper()
	o, err := p.bucket.Put(p.Context(), key, bytes.NewReader(content), media.MaxBytes)
	p.must(err)
	return o.SHA256
}

func (p *place) grant(outlets ...partner.Outlet) {
	p.Helper()
	p.must(p.store.UpdateIn(p.Context(), p.entry.Challenge, func(tx *store.Tx) error {
		_, err := tx.SaveGrant(partner.Grant{
			Challenge: p.entry.Challenge, Entry: p.entry.ID, Outlets: outlets, Until: tx.Now().Add(time.Hour), Text: partner.WordsID,
		})
		return err
	}))
}

// kit reads the kit.
func (p *place) kit() Kit {
	p.Helper()
	k, err := p.Kit(p.Context(), p.me, p.entry.ID)
	p.must(err)
	return k
}

var byLine = Credit{Creator: "林晓", Line: "林晓 / #夜景"}

// pictures makes the pictures of an outlet.
func (p *place) pictures(k Kit, o partner.Outlet) (made []Picture, err error) {
	err = p.Pictures(p.Context(), p.me, k, partner.SizesOf(o), byLine, func(p Picture) error {
		made = append(made, p)
		return nil
	})
	return made, err
}

func TestAKitIsOfWhatTheFanAllows(t *testing.T) {
	p := setPlace(t)
	if got, want := p.kit().Allowed(), []partner.Outlet{partner.Weibo, partner.X}; !slices.Equal(got, want) {
		t.Errorf("allowed are %v, want %v", got, want)
	}
	if _, err := p.pictures(p.kit(), partner.Instagram); !isRefused(err, partner.NotHere) {
		t.Errorf("pictures for Instagram: %v", err)
	}
	p.grant()
	if _, err := p.Kit(t.Context(), p.me, p.entry.ID); !isRefused(err, partner.TakenBack) {
		t.Errorf("a kit of what was taken back: %v", err)
	}
}

func isRefused(err error, want partner.Refusal) bool {
	wrong, ok := errors.AsType[*partners.RightsError](err)
	return ok && wrong.Refusal == want
}

func TestAnotherPartnersEntryHasNoKit(t *testing.T) {
	p := setPlace(t)
	p.me.Partner = "beijing"
	if _, err := p.Kit(t.Context(), p.me, p.entry.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if err := p.SetFocus(t.Context(), p.me, p.entry.ID, partner.Focus{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("its focus: %v, want not found", err)
	}
}

func TestPicturesAreCutFromTheOriginalAndSayWhoseTheyAre(t *testing.T) {
	p := setPlace(t)
	made, err := p.pictures(p.kit(), partner.X)
	p.must(err)
	if len(made) != 1 || made[0].Pixels != [2]int{800, 450} {
		t.Fatalf("made %d, want one of 800 × 450", len(made))
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(made[0].Content))
	if err != nil || config.Width != 800 || config.Height != 450 {
		t.Errorf("the file is %d × %d, %v", config.Width, config.Height, err)
	}
	if !bytes.Contains(made[0].Content, []byte("林晓 / #夜景")) {
		t.Error("the picture does not say whose it is")
	}
	for _, secret := range []string{"A Secret", "SERIAL-4711", "Exif"} {
		if bytes.Contains(made[0].Content, []byte(secret)) {
			t.Errorf("the picture says %q", secret)
		}
	}
}

func TestWithoutTheOriginalPicturesAreCutFromTheLargestRendition(t *testing.T) {
	p := setPlace(t)
	p.must(p.store.Update(t.Context(), func(tx *store.Tx) error { return tx.DropOriginal(p.entry.ID) }))
	made, err := p.pictures(p.kit(), partner.X)
	p.must(err)
	if made[0].Pixels != [2]int{400, 225} {
		t.Errorf("the picture is %v, want 400 × 225: never enlarged", made[0].Pixels)
	}
}

func TestWhatIsTakenBackWhileAKitIsMadeIsNotHandedOut(t *testing.T) {
	p := setPlace(t)
	k := p.kit()
	p.grant(partner.X)
	if made, err := p.pictures(k, partner.Weibo); !isRefused(err, partner.NotHere) || len(made) > 0 {
		t.Errorf("%d pictures, %v", len(made), err)
	}
	seen := 0
	err := p.Pictures(t.Context(), p.me, k, []partner.Size{partner.SizesOf(partner.X)[0], partner.SizesOf(partner.X)[0]}, byLine, func(Picture) error {
		seen++
		p.grant()
		return nil
	})
	if !isRefused(err, partner.TakenBack) || seen != 1 {
		t.Errorf("%d pictures went out, %v", seen, err)
	}
}

func TestAPartnerMovesTheFocusAndLetsGoOfItAgain(t *testing.T) {
	p := setPlace(t)
	found := p.kit()
	if found.Chosen || !found.Focus.Valid() || found.Focus == (partner.Focus{}) {
		t.Errorf("the focus that is found is %v", found.Focus)
	}
	p.must(p.SetFocus(t.Context(), p.me, p.entry.ID, partner.Focus{X: 900, Y: 100}))
	if k := p.kit(); !k.Chosen || k.Focus != (partner.Focus{X: 900, Y: 100}) {
		t.Errorf("the focus is %v after it was moved", k.Focus)
	}
	p.must(p.DropFocus(t.Context(), p.me, p.entry.ID))
	if k := p.kit(); k.Chosen || k.Focus != found.Focus {
		t.Errorf("the focus is %v after it was let go", k.Focus)
	}
	if err := p.SetFocus(t.Context(), p.me, p.entry.ID, partner.Focus{X: 1001}); !errors.Is(err, ErrFocus) {
		t.Errorf("a focus beyond the photo: %v", err)
	}
}

func TestNoMoreKitsAreMadeAtOnceThanThereIsRoomFor(t *testing.T) {
	p := setPlace(t)
	p.patience = time.Millisecond
	k := p.kit()
	for range together {
		_, err := p.enter(t.Context(), p.slots)
		p.must(err)
	}
	if _, err := p.pictures(k, partner.X); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want %v", err, ErrBusy)
	}
}

func TestWhoFetchesSlowlyKeepsNobodyFromAKit(t *testing.T) {
	p := setPlace(t)
	p.patience = time.Second
	k := p.kit()
	var fetch func(slow int) error
	fetch = func(slow int) error { // each stands still at its first picture while the next asks for a kit
		return p.Pictures(t.Context(), p.me, k, partner.SizesOf(partner.X)[:1], byLine, func(Picture) error {
			if slow == 0 {
				return nil
			}
			return fetch(slow - 1)
		})
	}
	p.must(fetch(together + 1))
}

func TestWhoFetchesManySlowlyKeepsNobodyElseFromAKit(t *testing.T) {
	p := setPlace(t)
	k := p.kit()
	colleague := p.me
	colleague.ID = "st_2"
	fetch := func(me access.Staff, each func(Picture) error) error {
		return p.Pictures(t.Context(), me, k, partner.SizesOf(partner.X)[:1], byLine, each)
	}
	var hold func(slow int) error
	hold = func(slow int) error { // all at their first picture
		if slow > 0 {
			return fetch(p.me, func(Picture) error { return hold(slow - 1) })
		}
		p.patience = time.Millisecond
		if err := fetch(p.me, func(Picture) error { return nil }); !errors.Is(err, ErrBusy) {
			t.Errorf("one more for the same person: %v, want %v", err, ErrBusy)
		}
		p.patience = time.Minute
		return fetch(colleague, func(Picture) error { return nil })
	}
	p.must(hold(perPerson))
	if len(p.parts) != 0 {
		t.Errorf("%d parts are left behind", len(p.parts))
	}
}

func TestEqualPicturesAreMadeOnce(t *testing.T) {
	p := setPlace(t)
	k := p.kit()
	names := map[string]bool{}
	for _, size := range partner.Sizes {
		names[cut(k, size).Name] = true
	}
	if len(names) >= len(partner.Sizes) {
		t.Errorf("%d cuts for %d sizes", len(names), len(partner.Sizes))
	}
	for name := range names {
		if strings.ContainsAny(name, "/\\.") {
			t.Errorf("a cut is called %q, which is to be a file's name", name)
		}
	}
}
