package demo

import "net/http"

// HostPage serves the page of another organisation that embeds the demo challenge from the server at embedBase, such as
// "http://127.0.0.1:8080".
func HostPage(embedBase string) http.Handler {
	return http.NotFoundHandler()
}
