package access

import (
	"context"
	"net/http"
	"time"
)

// StaffSessionLength is how long a sign-in lasts.
const StaffSessionLength = 12 * time.Hour

// The cookie's names. Over HTTPS the __Host- prefix ties it to this very host (RFC 6265bis §4.1.3.2).
const (
	staffCookie       = "fanfare_staff"
	staffCookieSecure = "__Host-fanfare_staff"
)

// SetStaffCookie gives the browser its staff session. The cookie is unreadable to scripts and is not sent cross-site.
func SetStaffCookie(w http.ResponseWriter, r *http.Request, session string) {
	http.SetCookie(w, cookie(r, session, int(StaffSessionLength.Seconds())))
}

// ClearStaffCookie takes the staff session from the browser.
func ClearStaffCookie(w http.ResponseWriter, r *http.Request) { http.SetCookie(w, cookie(r, "", -1)) }

// StaffCookie returns the staff session that a request carries, or "".
func StaffCookie(r *http.Request) string {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

func cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(r), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode,
	}
}

func cookieName(r *http.Request) string {
	if secure(r) {
		return staffCookieSecure
	}
	return staffCookie
}

type secureKey struct{}

// secure reports whether the browser spoke HTTPS: to us, or to a trusted proxy in front (WithHTTPS).
func secure(r *http.Request) bool {
	https, _ := r.Context().Value(secureKey{}).(bool)
	return https || r.TLS != nil
}

// WithHTTPS marks a request that reached a trusted proxy, or our public address, over HTTPS.
func WithHTTPS(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), secureKey{}, true))
}
