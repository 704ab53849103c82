package access

import (
	"context"
	"net/http"
	"time"
)

// StaffSessionLength is how long a sign-in lasts.
const StaffSessionLength = 12 * time.Hour

// tripLength is how long a browser may take at the issuer.
const tripLength = 5 * time.Minute

// The cookies' names. Over HTTPS the __Host- prefix ties them to this very host (RFC 6265bis §4.1.3.2).
const (
	staffCookie  = "fanfare_staff"
	tripCookie   = "fanfare_trip"
	secureCookie = "__Host-"
)

// SetStaffCookie gives the browser its staff session. The cookie is unreadable to scripts and is not sent cross-site.
func SetStaffCookie(w http.ResponseWriter, r *http.Request, session string) {
	http.SetCookie(w, cookie(r, staffCookie, session, int(StaffSessionLength.Seconds())))
}

// ClearStaffCookie takes the staff session from the browser.
func ClearStaffCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(r, staffCookie, "", -1))
}

// StaffCookie returns the staff session that a request carries, or "".
func StaffCookie(r *http.Request) string { return cookieOf(r, staffCookie) }

// SetTripCookie lets the browser show, when it comes back from the issuer, that it was the one that went.
func SetTripCookie(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, cookie(r, tripCookie, token, int(tripLength.Seconds())))
}

// ClearTripCookie takes that from it.
func ClearTripCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(r, tripCookie, "", -1))
}

// TripCookie returns what a browser shows that comes back from the issuer, or "".
func TripCookie(r *http.Request) string { return cookieOf(r, tripCookie) }

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

func cookie(r *http.Request, name, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode,
	}
}

func cookieName(r *http.Request, name string) string {
	if secure(r) {
		return secureCookie + name
	}
	return name
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
