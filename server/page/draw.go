package page

import (
	"html/template"
	"io"
	"strings"
)

// Draw writes a page that stands in a file instead of behind an address: the template content within the template around. Both
// stand in files whose names begin with "_". Nothing is written when a template fails.
func (p *Renderer) Draw(out io.Writer, lang Lang, around, content string, head Head, view any) error {
	c := p.Words(lang)
	c.Head = head
	body, err := p.execute(content, c.With(view))
	if err != nil {
		return err
	}
	c.Content = template.HTML(body) // which its own template escaped
	if body, err = p.execute(around, c.With(view)); err != nil {
		return err
	}
	_, err = io.Copy(out, strings.NewReader(body))
	return err
}
