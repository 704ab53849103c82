package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// waysBack are routes for the addresses that only forms are sent to. A form that was refused is drawn there, and whoever then turns to the
// other language or loads the page anew only reads the address: they are led to the page above it.
func (c *Console) waysBack(table []Route) (more []Route) {
	read := make(map[string]bool)
	for _, route := range table {
		if route.Method == http.MethodGet {
			read[route.Pattern] = true
		}
	}
	for _, route := range table {
		if route.Roles == nil || read[route.Pattern] {
			continue
		}
		above := path.Dir(route.Pattern)
		for !read[above] {
			above = path.Dir(above)
		}
		more = append(more, Route{http.MethodGet, route.Pattern, route.Roles, false, c.handle(c.back(above))})
	}
	return more
}

// back leads to a page by its pattern, of the same things as the request is about.
func (c *Console) back(pattern string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		parts := strings.Split(pattern, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				parts[i] = url.PathEscape(r.PathValue(strings.TrimSuffix(name, "}")))
			}
		}
		return c.see(w, r, strings.Join(parts, "/"))
	}
}
