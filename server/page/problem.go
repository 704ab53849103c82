package page

import (
	"net/http"
	"strconv"
)

type problem struct {
	Status int
	Code   string
}

// problemCode names the words of an error page.
func problemCode(m Messages, status int) string {
	code := strconv.Itoa(status)
	switch {
	case m.Has("problem." + code + ".title"):
		return code
	case status < http.StatusInternalServerError:
		return "400"
	}
	return "500"
}
