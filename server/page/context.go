package page

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/contest"
)

// Context is what every template of one page can ask: its language, its address, its words.
type Context struct {
	Lang Lang
	Head Head
	// Content is the page, drawn, for the layout around it.
	Content template.HTML

	page     *Renderer
	path     string
	query    url.Values
	explicit bool // the language was asked for by ?lang=, so links keep it
}

// Frame is what a template receives: the page's context and its own view.
type Frame struct {
	*Context
	View any
}

// Context returns the context of the page that a request asks for.
func (p *Renderer) Context(r *http.Request) *Context {
	_, explicit := explicitLang(r)
	return &Context{Lang: LangOf(r), page: p, path: r.URL.Path, query: r.URL.Query(), explicit: explicit}
}

// Words returns the context of what is no page, but has words in a language: a letter, a table.
func (p *Renderer) Words(lang Lang) *Context { return &Context{Lang: lang, page: p} }

// With hands a template a part of the view.
func (c *Context) With(view any) Frame { return Frame{c, view} }

// T says a message in the page's language, its placeholders filled from pairs of name and value.
func (c *Context) T(key string, pairs ...any) string {
	return c.page.messages.Say(c.Lang, key, pairs...)
}

// N says how many: the message key.one or key.other, with {n} the grouped number.
func (c *Context) N(key string, n any, pairs ...any) string {
	form, text := ".other", grouped(n)
	if text == "1" {
		form = ".one"
	}
	return c.T(key+form, append([]any{"n", text}, pairs...)...)
}

// Has reports whether there is a message with the key.
func (c *Context) Has(key string) bool { return c.page.messages.Has(key) }

// Text is the text in the page's language.
func (c *Context) Text(t contest.Text) string { return t.In(string(c.Lang)) }

// Number writes an integer with its thousands grouped.
func (c *Context) Number(n any) string { return grouped(n) }

// grouped writes an integer with its thousands grouped by commas, as both languages do.
func grouped(n any) string {
	digits := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Href is a link to one of our own pages. It keeps the language that was asked for.
func (c *Context) Href(to string) string {
	if !c.explicit {
		return to
	}
	return withLang(to, c.Lang)
}

// Switch is this page in another language, its other parameters kept.
func (c *Context) Switch(lang Lang) string {
	q := url.Values{}
	for k, v := range c.query {
		if k != "lang" {
			q[k] = v
		}
	}
	to := c.path
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return withLang(to, lang)
}

func withLang(to string, lang Lang) string {
	to, fragment, hash := strings.Cut(to, "#")
	separator := "?"
	if strings.Contains(to, "?") {
		separator = "&"
	}
	to += separator + "lang=" + string(lang)
	if hash {
		to += "#" + fragment
	}
	return to
}

// Langs are the languages a reader can switch to.
func (c *Context) Langs() []Lang { return Langs }

// Absolute is a path's full address; what is one already stays as it is.
func (c *Context) Absolute(to string) string {
	if !strings.HasPrefix(to, "/") {
		return to
	}
	return c.page.public.String() + to
}

// Canonical is the page's one address: without parameters, save a language that was asked for and what makes it a page of its own.
func (c *Context) Canonical() string { return c.Absolute(c.Href(c.path + c.Head.Query)) }

// Alternate is the page's address in the language.
func (c *Context) Alternate(lang Lang) string { return c.Absolute(withLang(c.path+c.Head.Query, lang)) }

// Default is the page's address without a language.
func (c *Context) Default() string { return c.Absolute(c.path + c.Head.Query) }

// Asset is the address of one of our own files; it changes with the file.
func (c *Context) Asset(name string) string { return assetPath(name) }
