package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fanfare/server/access"
	"fanfare/server/app/kits"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// kitRoutes are those of what partners repost: an entry's pictures cut for each outlet, the words and the link.
func (c *Console) kitRoutes(add adder) {
	add(office, http.MethodGet, "/console/partner/entries/{id}/kit", c.kitPage)
	add(office, http.MethodGet, "/console/partner/entries/{id}/kit.zip", c.kitZip)
	add(office, http.MethodPost, "/console/partner/entries/{id}/kit/focus", c.setFocus)
	add(office, http.MethodGet, "/console/partner/entries/{id}/kit/{outlet}/qr.png", c.kitQR)
	add(office, http.MethodGet, "/console/partner/entries/{id}/kit/{outlet}/{picture}", c.kitPicture)
}

func kitPath(id contest.EntryID) string { return "/console/partner/entries/" + string(id) + "/kit" }

// kitView is an entry's kit for one outlet.
type kitView struct {
	frame
	ID               contest.EntryID
	Hashtag          string
	Author, Caption  string
	Until            string // the last day that the fan allows
	Photo            page.Picture
	Width, Height    int
	Focus            partner.Focus
	Chosen           bool
	Outlets          []kitOutlet
	Outlet           partner.Outlet
	Pictures         []kitPicture
	Texts            []kitText
	Code             string // of the link; it names the field that is copied
	Address          string
	Path, Back, Scan string
}

// kitOutlet leads to an outlet's part of the kit.
type kitOutlet struct {
	Outlet  partner.Outlet
	Href    string
	Current bool
}

// kitPicture is one picture, as it is shown and as it is named where it is kept.
type kitPicture struct {
	partner.Size
	Src, File     string
	Wide, High    int // in pixels, as it comes out
	Preview       string
	Alt           string
	Smaller, Free bool // it has fewer pixels than the outlet shows; it is not cut
}

// kitText is what a post says in a language.
type kitText struct {
	Lang page.Lang
	Text string
	Rows int
}

// kit reads the kit that a request asks for. What a fan does not allow is not there; whoever opens the page is told why.
func (c *Console) kit(r *http.Request) (kits.Kit, error) {
	k, err := c.Kits.Kit(r.Context(), me(r), contest.EntryID(r.PathValue("id")))
	return k, absent(err)
}

// absent has what the fan does not allow be as if it were not there.
func absent(err error) error {
	if _, refused := errors.AsType[*partners.RightsError](err); refused {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return err
}

// kitPage shows a kit, for the outlet that is asked for.
func (c *Console) kitPage(w http.ResponseWriter, r *http.Request) error {
	k, err := c.kit(r)
	if wrong, refused := errors.AsType[*partners.RightsError](err); refused {
		return c.drawRefused(w, r, wrong)
	}
	if err != nil {
		return err
	}
	outlet := partner.Outlet(r.URL.Query().Get("outlet"))
	if !slices.Contains(k.Allowed(), outlet) {
		outlet = k.Allowed()[0]
	}
	link, err := c.kitLink(r, k, outlet)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := c.kitView(words, k, outlet, link)
	if v.frame, err = c.around(r, "partner"); err != nil {
		return err
	}
	head := c.head(r, words.T("kit.title", "author", k.Entry.Author))
	head.Scripts = []string{"/assets/console.js", "/assets/kit.js"}
	w.Header().Set("Cache-Control", "private, no-store")
	return c.drawer.Render(w, r, http.StatusOK, "kit", head, v)
}

// textRow is about how many bytes of a text stand in a row on a phone.
const textRow = 90

// kitView is what the page shows of a kit.
func (c *Console) kitView(words *page.Context, k kits.Kit, outlet partner.Outlet, link kpi.LinkCode) kitView {
	e := k.Entry
	v := kitView{
		ID: e.ID, Hashtag: k.Challenge.Hashtag, Author: e.Author, Caption: contest.Untag(e.Caption), Focus: k.Focus, Chosen: k.Chosen, Outlet: outlet,
		Until: words.Day(k.Grant.Until.Add(-1), k.Challenge.Location()), Width: e.Photo.Width, Height: e.Photo.Height,
		Photo: words.Picture(e.Photo, "(min-width: 56rem) 40rem, 100vw", words.Alt(e.Caption, e.Author)),
		Path:  kitPath(e.ID), Back: partnerPath, Code: "link", Address: words.Absolute("/t/" + string(link)),
	}
	v.Scan = v.Path + "/" + string(outlet) + "/qr.png"
	for _, o := range k.Allowed() {
		v.Outlets = append(v.Outlets, kitOutlet{o, v.Path + "?outlet=" + string(o), o == outlet})
	}
	for _, size := range partner.SizesOf(outlet) {
		p := kitPicture{Size: size, File: pictureFile(k, size), Preview: v.Photo.Src, Alt: v.Photo.Alt, Free: size.Height == 0}
		p.Src = fmt.Sprintf("%s/%s/%s.jpg?at=%d-%d", v.Path, outlet, size.Name, k.Focus.X, k.Focus.Y)
		p.Wide, p.High = kits.Pixels(k, size)
		p.Smaller = !p.Free && p.Wide < size.Width
		v.Pictures = append(v.Pictures, p)
	}
	for _, lang := range page.Langs {
		text := c.kitTelling(c.in(words, lang), k, outlet, v.Address)
		v.Texts = append(v.Texts, kitText{lang, text, strings.Count(text, "\n") + 1 + len(text)/textRow})
	}
	return v
}

// in is a page's context in another language.
func (c *Console) in(words *page.Context, lang page.Lang) *page.Context {
	other := *words
	other.Lang = lang
	return &other
}

// kitPicture is one picture of a kit.
func (c *Console) kitPicture(w http.ResponseWriter, r *http.Request) error {
	k, err := c.kit(r)
	if err != nil {
		return err
	}
	name, jpeg := strings.CutSuffix(r.PathValue("picture"), ".jpg")
	sizes := partner.SizesOf(partner.Outlet(r.PathValue("outlet")))
	i := slices.IndexFunc(sizes, func(s partner.Size) bool { return s.Name == name && jpeg })
	if i < 0 {
		return fmt.Errorf("picture %q of kit %s: %w", r.PathValue("picture"), k.Entry.ID, store.ErrNotFound)
	}
	return absent(c.Kits.Pictures(r.Context(), me(r), k, sizes[i:i+1], c.kitCredit(c.drawer.Context(r), k), func(p kits.Picture) error {
		h := w.Header()
		h.Set("Content-Type", "image/jpeg")
		h.Set("Content-Length", strconv.Itoa(len(p.Content)))
		h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s"`, pictureFile(k, p.Size)))
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Cache-Control", "private, no-store")
		_, err := w.Write(p.Content)
		return err
	}))
}

// kitQR is the code of an outlet's link.
func (c *Console) kitQR(w http.ResponseWriter, r *http.Request) error {
	k, err := c.kit(r)
	if err != nil {
		return err
	}
	outlet := partner.Outlet(r.PathValue("outlet"))
	if !slices.Contains(k.Allowed(), outlet) {
		return fmt.Errorf("code of kit %s for %q: %w", k.Entry.ID, outlet, store.ErrNotFound)
	}
	link, err := c.kitLink(r, k, outlet)
	if err != nil {
		return err
	}
	code, err := scanned(c.drawer.Context(r).Absolute("/t/" + string(link)))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-qr.png"`, outlet))
	h.Set("Cache-Control", "private, no-store")
	_, err = w.Write(code)
	return err
}

// setFocus moves the point that pictures are cut around, or lets go of it.
func (c *Console) setFocus(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.EntryID(r.PathValue("id"))
	if err := c.moveFocus(r, me(r), id); err != nil {
		return absent(err)
	}
	return c.see(w, r, kitPath(id)+"?"+url.Values{"outlet": {r.PostForm.Get("outlet")}}.Encode())
}

func (c *Console) moveFocus(r *http.Request, me access.Staff, id contest.EntryID) error {
	if r.PostForm.Has("drop") {
		return c.Kits.DropFocus(r.Context(), me, id)
	}
	x, errX := strconv.Atoi(r.PostForm.Get("x"))
	y, errY := strconv.Atoi(r.PostForm.Get("y"))
	if err := errors.Join(errX, errY); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	err := c.Kits.SetFocus(r.Context(), me, id, partner.Focus{X: x, Y: y})
	if errors.Is(err, kits.ErrFocus) {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return err
}
