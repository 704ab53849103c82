// Package page draws what browsers show as documents: layout, components, the words in both languages, and the public
// pages. It knows how a challenge looks; it refuses to know where its data comes from and who may see it.
//
// Every page is html/template over a typed view, without inline scripts, styles or event handlers, so that a strict
// Content-Security-Policy holds. The console draws its own pages with the same layout (Renderer.Extend).
package page

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"text/template/parse"

	"fanfare/server/contest"
)

//go:embed all:templates messages
var files embed.FS

// Renderer draws the pages of one installation. It is safe for concurrent use.
type Renderer struct {
	public   *url.URL
	photos   string // origin of photos; empty where it is the pages' own
	messages Messages
	shared   *template.Template // what all pages may use
	all      *template.Template // that, and the pages
	pages    map[string]bool
}

// New returns the renderer of the public pages. publicURL is the installation's address as visitors see it
// ("https://photos.example.org"); absolute links and pictures are formed from it.
func New(publicURL string) (*Renderer, error) {
	public, err := url.Parse(strings.TrimRight(publicURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("parse public address: %w", err)
	}
	empty := &Renderer{public: public, messages: Messages{}, shared: template.New("")}
	return empty.Extend(files)
}

// PhotosAt returns a renderer whose photos have an origin of their own ("https://photos.example.net"); empty for none.
func (p *Renderer) PhotosAt(origin string) *Renderer {
	at := *p
	at.photos = origin
	return &at
}

// Extend returns a renderer that has the templates and the words of fsys as well: messages/zh-CN.json and
// messages/en.json, templates/*.html. A template file whose name begins with "_" is shared by all pages and may define
// anew what the layout offers ("nav"); every other file is a page, named after the file, and defines "content".
func (p *Renderer) Extend(fsys fs.FS) (*Renderer, error) {
	words, err := LoadMessages(fsys)
	if err != nil {
		return nil, err
	}
	joined, err := p.messages.with(words)
	if err != nil {
		return nil, err
	}
	shared, err := p.shared.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone templates: %w", err)
	}
	names, err := fs.Glob(fsys, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, name := range names {
		if !strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		if _, err := shared.ParseFS(fsys, name); err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
	}
	all, err := shared.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone templates: %w", err)
	}
	pages := map[string]bool{}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		page := strings.TrimSuffix(path.Base(name), ".html")
		if err := addPage(all, fsys, name, page); err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		pages[page] = true
	}
	return &Renderer{p.public, p.photos, joined, shared, all, pages}, nil
}

// content is the name of the template that a page's file defines.
const content = "content"

// addPage adds a page's file to the templates of all, so that the layout is kept once and not once a page: content gets the page's name.
func addPage(all *template.Template, fsys fs.FS, file, page string) error {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	defined := map[string]*parse.Tree{}
	tree := parse.New(path.Base(file))
	tree.Mode = parse.SkipFuncCheck // template checks the functions when it runs them
	if _, err := tree.Parse(string(text), "", "", defined); err != nil {
		return err
	}
	if defined[content] == nil {
		return fmt.Errorf("template %q is not defined", content)
	}
	for name, tree := range defined {
		if name == content {
			name = contentOf(page)
		}
		if parse.IsEmptyTree(tree.Root) {
			continue // what stands around the definitions
		}
		if all.Lookup(name) != nil {
			return fmt.Errorf("template %q is defined elsewhere", name)
		}
		if _, err := all.AddParseTree(name, tree); err != nil {
			return err
		}
	}
	return nil
}

func contentOf(page string) string { return content + " of " + page }

// Say returns a message in a language; Context.T does in the page's own.
func (p *Renderer) Say(lang Lang, key string, pairs ...any) string {
	return p.messages.Say(lang, key, pairs...)
}

// Head is what a page says about itself. Title and Description are shown as they are, already in the page's language.
type Head struct {
	Title       string
	Description string
	// Image is the address of the picture that stands for the page where it is shared; empty for none.
	Image       string
	ImageWidth  int
	ImageHeight int
	ImageAlt    string
	NoIndex     bool
	Styles      []string        // paths of the page's own stylesheets
	Scripts     []string        // paths of the page's own scripts
	Class       string          // of the body
	Feeds       []string        // paths of the page's feeds, without their formats
	Query       string          // that makes it a page of its own, with its question mark; empty where its path says which it is
	Entry       contest.EntryID // that the page shows to sites which unfold links to it; empty on other pages
}

// Render writes the named page with the status. Nothing is written when it returns an error.
func (p *Renderer) Render(w http.ResponseWriter, r *http.Request, status int, name string, head Head, view any) error {
	c := p.Context(r)
	c.Head = head
	body, err := p.part(name, contentOf(name), c.With(view))
	if err == nil {
		c.Content = template.HTML(body) // which the page's own template escaped
		body, err = p.part(name, "layout", c.With(view))
	}
	return p.write(w, r, c, status, body, err)
}

// Part writes a part of the named page alone, for a browser that shows the rest. Nothing is written when it returns an error.
func (p *Renderer) Part(w http.ResponseWriter, r *http.Request, name, part string, view any) error {
	c := p.Context(r)
	body, err := p.part(name, part, c.With(view))
	return p.write(w, r, c, http.StatusOK, body, err)
}

func (p *Renderer) part(page, part string, f Frame) (string, error) {
	if !p.pages[page] {
		return "", fmt.Errorf("render page %q: no such page", page)
	}
	body, err := p.execute(part, f)
	if err != nil {
		return "", fmt.Errorf("render page %q: %w", page, err)
	}
	return body, nil
}

func (p *Renderer) execute(template string, f Frame) (string, error) {
	var b strings.Builder
	if err := p.all.ExecuteTemplate(&b, template, f); err != nil {
		return "", fmt.Errorf("draw %q: %w", template, err)
	}
	return b.String(), nil
}

func (p *Renderer) write(w http.ResponseWriter, r *http.Request, c *Context, status int, body string, err error) error {
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(c.Lang))
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write([]byte(body)) // a visitor who has gone is no fault of the page
	}
	return nil
}
