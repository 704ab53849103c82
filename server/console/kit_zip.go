package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/app/kits"
	"fanfare/server/app/links"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/partner"
)

// kitZip is the whole kit as one file: a folder for each outlet with its pictures, words, link and code.
func (c *Console) kitZip(w http.ResponseWriter, r *http.Request) error {
	k, err := c.kit(r)
	if err != nil {
		return err
	}
	codes, err := c.kitLinks(r, k, k.Allowed()...)
	if err != nil {
		return err
	}
	var sizes []partner.Size
	for _, o := range k.Allowed() {
		sizes = append(sizes, partner.SizesOf(o)...)
	}
	words := c.drawer.Context(r)
	return absent(c.sendZip(w, r, zipped{name: kitName(k), at: c.now()}, func(z *zipped) error {
		err := c.Kits.Pictures(r.Context(), me(r), k, sizes, c.kitCredit(words, k), func(p kits.Picture) error {
			return z.file(string(p.Outlet)+"/"+pictureFile(k, p.Size), p.Content)
		})
		if err != nil {
			return err
		}
		return c.kitWords(z, words, k, codes)
	}))
}

// kitWords adds what is no picture.
func (c *Console) kitWords(z *zipped, words *page.Context, k kits.Kit, codes map[partner.Outlet]kpi.Link) error {
	var rights strings.Builder
	for _, lang := range page.Langs {
		in := c.in(words, lang)
		fmt.Fprintf(&rights, "%s\n%s\n%s\n\n", c.creditLine(in, k), c.instructions(in, k), in.T("kit.rights.more", "address", words.Absolute(page.EntryPath(k.Entry.ID))))
	}
	err := z.file("rights.txt", []byte(rights.String()))
	for _, o := range k.Allowed() {
		address, folder := words.Absolute("/t/"+string(codes[o].Code)), string(o)+"/"
		for _, lang := range page.Langs {
			text := c.kitTelling(c.in(words, lang), k, o, address)
			err = errors.Join(err, z.file(folder+"text."+string(lang)+".txt", []byte(text+"\n")))
		}
		code, drawn := scanned(address)
		err = errors.Join(err, drawn, z.file(folder+"link.txt", []byte(address+"\n")), z.file(folder+"qr.png", code))
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
	return words.T("kit.instructions", "outlets", words.Outlets(k.Allowed()), "day", words.Day(k.Grant.Until.Add(-1), k.Challenge.Location()))
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
