package console

import (
	"archive/zip"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/kits"
	"fanfare/server/app/links"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/partner"
)

// kitZip is the whole kit as one file: a folder for each outlet with its pictures, words, link and code. It is written while it is
// made; what fails on the way breaks off, so that nobody takes a part for the whole.
func (c *Console) kitZip(w http.ResponseWriter, r *http.Request) error {
	k, err := c.kit(r)
	if err != nil {
		return err
	}
	codes, err := c.kitLinks(r, k, k.Allowed()...)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	b := bundle{Writer: zip.NewWriter(w), root: kitName(k) + "/", at: c.now()}
	var sizes []partner.Size
	for _, o := range k.Allowed() {
		sizes = append(sizes, partner.SizesOf(o)...)
	}
	begun := false
	me, _ := access.StaffFrom(r.Context())
	err = c.Kits.Pictures(r.Context(), me, k, sizes, c.kitCredit(words, k), func(p kits.Picture) error {
		if !begun {
			begun = true
			zipHead(w.Header(), kitName(k))
		}
		return b.file(string(p.Outlet)+"/"+pictureFile(k, p.Size), zip.Store, p.Content)
	})
	if err == nil {
		err = c.kitWords(b, words, k, codes)
	}
	if err == nil {
		err = b.Close()
	}
	if err != nil && begun {
		c.Log.WarnContext(r.Context(), "kit broke off", "entry", k.Entry.ID, "err", err)
		panic(http.ErrAbortHandler)
	}
	return absent(err)
}

func zipHead(h http.Header, name string) {
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.zip"`, name))
	h.Set("Cache-Control", "private, no-store")
}

// bundle is an archive in the making.
type bundle struct {
	*zip.Writer
	root string
	at   time.Time
}

func (b bundle) file(name string, method uint16, content []byte) error {
	w, err := b.CreateHeader(&zip.FileHeader{Name: b.root + name, Method: method, Modified: b.at})
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write %s into kit: %w", name, err)
	}
	return nil
}

// kitWords adds what is no picture.
func (c *Console) kitWords(b bundle, words *page.Context, k kits.Kit, codes map[partner.Outlet]kpi.Link) error {
	var rights strings.Builder
	for _, lang := range page.Langs {
		in := c.in(words, lang)
		fmt.Fprintf(&rights, "%s\n%s\n%s\n\n", c.creditLine(in, k), c.instructions(in, k), in.T("kit.rights.more", "address", words.Absolute(page.EntryPath(k.Entry.ID))))
	}
	err := b.file("rights.txt", zip.Deflate, []byte(rights.String()))
	for _, o := range k.Allowed() {
		address, folder := words.Absolute("/t/"+string(codes[o].Code)), string(o)+"/"
		for _, lang := range page.Langs {
			text := c.kitTelling(c.in(words, lang), k, o, address)
			err = errors.Join(err, b.file(folder+"text."+string(lang)+".txt", zip.Deflate, []byte(text+"\n")))
		}
		code, drawn := scanned(address)
		err = errors.Join(err, drawn, b.file(folder+"link.txt", zip.Deflate, []byte(address+"\n")), b.file(folder+"qr.png", zip.Store, code))
	}
	return err
}

// scanned is the code of a tracked link, whose address says that it was scanned.
func scanned(address string) ([]byte, error) {
	return page.QRImage(address + "?" + url.Values{"utm_medium": {kpi.PrintedMedium}}.Encode())
}

// kitName is what a kit's file is called: by the challenge and the entry's number, which every computer can write.
func kitName(k kits.Kit) string {
	return fmt.Sprintf("%s-%d-kit", k.Challenge.Slug, k.Entry.Number)
}

// pictureFile is what a picture of a kit is called.
func pictureFile(k kits.Kit, s partner.Size) string {
	name := fmt.Sprintf("%s-%d-%s-%s", k.Challenge.Slug, k.Entry.Number, s.Outlet, s.Name)
	if s.Height > 0 {
		name += "-" + s.Shape()
	}
	return name + ".jpg"
}

// kitLinks are the kit's tracked links for outlets.
func (c *Console) kitLinks(r *http.Request, k kits.Kit, outlets ...partner.Outlet) (map[partner.Outlet]kpi.Link, error) {
	return c.Links.KitLinks(r.Context(), links.Kit{Campaign: k.Campaign, Partner: k.Partner, Entry: k.Entry, Staff: staffOf(r)}, outlets)
}

// kitLink is the kit's tracked link for an outlet.
func (c *Console) kitLink(r *http.Request, k kits.Kit, o partner.Outlet) (kpi.LinkCode, error) {
	made, err := c.kitLinks(r, k, o)
	return made[o].Code, err
}

// kitTelling is the text of a post on an outlet in the words' language.
func (c *Console) kitTelling(words *page.Context, k kits.Kit, o partner.Outlet, link string) string {
	return o.Write(partner.Telling{
		Caption: k.Entry.Caption, Credit: c.creditLine(words, k), Tags: append([]string{k.Challenge.Hashtag}, k.Entry.Tags...), Link: link,
	})
}

// creditLine says whose photo it is, and where.
func (c *Console) creditLine(words *page.Context, k kits.Kit) string {
	if city := words.ChoiceName(k.Challenge.Cities, k.Entry.City); city != "" {
		return words.T("kit.credit_in", "author", k.Entry.Author, "city", city)
	}
	return words.T("kit.credit", "author", k.Entry.Author)
}

// instructions say on which outlets the photo may be shown, and until when.
func (c *Console) instructions(words *page.Context, k kits.Kit) string {
	var outlets []string
	for _, o := range k.Allowed() {
		outlets = append(outlets, words.T("outlet."+string(o)))
	}
	return words.T("kit.instructions", "outlets", strings.Join(outlets, words.T("list.comma")), "day", words.Day(k.Grant.Until.Add(-1), k.Challenge.Location()))
}

// kitCredit is what the pictures say of themselves.
func (c *Console) kitCredit(words *page.Context, k kits.Kit) kits.Credit {
	e, zh, en := k.Entry, c.in(words, page.Chinese), c.in(words, page.English)
	return kits.Credit{
		Creator: e.Author, Line: e.Author + " / " + k.Challenge.Hashtag, Copyright: "© " + e.Author, Source: k.Challenge.Hashtag,
		Instructions: c.instructions(en, k) + "\n" + c.instructions(zh, k), Address: words.Absolute(page.EntryPath(e.ID)), Keywords: e.Tags,
		Captions: []kits.Caption{
			{Lang: string(page.Chinese), Text: sentence(contest.Untag(e.Caption), c.creditLine(zh, k))},
			{Lang: string(page.English), Text: sentence(contest.Untag(e.Caption), c.creditLine(en, k))},
		},
	}
}

// sentence puts a credit behind a caption, which may be empty.
func sentence(caption, credit string) string { return strings.TrimSpace(caption + "\n" + credit) }
