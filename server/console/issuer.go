package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/store"
)

func (c *Console) issuerRoutes(add adder) {
	add(anyone, http.MethodGet, issuerPath, c.goEnter)
	add(anyone, http.MethodPost, joinIssuerPath, c.goJoin)
	add(anyone, http.MethodGet, IssuerReturn, c.comeBack)
	add(signedIn, http.MethodPost, accountPath+"/identities", c.goLink)
	add(signedIn, http.MethodPost, accountPath+"/identities/drop", c.unlink)
}

// issuerPath leads to the issuer. It is a link and no form: a form may lead nowhere but to us (Content-Security-Policy).
const issuerPath = "/console/sign-in/issuer"

// joinIssuerPath leads to the issuer to accept an invitation. It is no link: whoever is signed in there would join by opening it.
const joinIssuerPath = "/console/join/issuer"

// IssuerReturn is where the issuer sends people back to.
const IssuerReturn = issuerPath + "/return"

// goEnter sends the browser to the issuer to sign in.
func (c *Console) goEnter(w http.ResponseWriter, r *http.Request) error {
	trip, err := c.Staff.GoEnter(r.Context())
	if err != nil {
		return c.notVouched(w, r, err)
	}
	access.SetTripCookie(w, r, trip.Token)
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, trip.Address, http.StatusSeeOther)
	return nil
}

// goJoin leads somebody to the issuer who accepts an invitation.
func (c *Console) goJoin(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	trip, err := c.Staff.GoJoin(r.Context(), r.PostForm.Get("token"))
	if err != nil {
		return c.notVouched(w, r, err)
	}
	return c.drawTrip(w, r, frame{}, trip)
}

// notVouched says why the issuer lets nobody in.
func (c *Console) notVouched(w http.ResponseWriter, r *http.Request, err error) error {
	problem, status := "", http.StatusUnprocessableEntity
	_, taken := errors.AsType[*staff.FieldError](err)
	switch {
	case errors.Is(err, staff.ErrLinkUsed), taken:
		return c.drawEnded(w, r, joinLink)
	case errors.Is(err, staff.ErrNoAccount):
		problem = "issuer.nobody"
	case errors.Is(err, staff.ErrIdentityTaken):
		problem = "issuer.taken"
	case errors.Is(err, staff.ErrNoSession):
		problem = "sign_in.again"
	case errors.Is(err, access.ErrIdentity):
		problem = "issuer.refused"
	case errors.Is(err, access.ErrIssuer):
		problem, status = "issuer.away", http.StatusServiceUnavailable
	default:
		return err
	}
	if problem == "issuer.refused" || problem == "issuer.away" {
		c.Log.WarnContext(r.Context(), "nobody could sign in by the issuer", "err", err)
	}
	return c.drawSignIn(w, r, status, "sign_in", problem, url.Values{})
}

// comeBack judges what the browser brings from the issuer.
func (c *Console) comeBack(w http.ResponseWriter, r *http.Request) error {
	token, query := access.TripCookie(r), r.URL.Query()
	access.ClearTripCookie(w, r)
	brought := access.Return{State: query.Get("state"), Code: query.Get("code"), Issuer: query.Get("iss")}
	entry, linked, err := c.Staff.ComeBack(r.Context(), token, brought, staffOf(r), c.visit(r))
	if _, signedIn := access.StaffFrom(r.Context()); err != nil && signedIn && !errors.Is(err, store.ErrNotFound) {
		return c.notLinked(w, r, err)
	}
	if err != nil {
		return c.notVouched(w, r, err)
	}
	if linked {
		return c.see(w, r, accountPath+"?done=identity_linked")
	}
	return c.enter(w, r, entry)
}

// notLinked says to somebody who is signed in why the issuer does not sign them in from now on.
func (c *Console) notLinked(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case errors.Is(err, staff.ErrIdentityTaken):
		return c.see(w, r, accountPath+"?done=identity_taken")
	case errors.Is(err, access.ErrIssuer), errors.Is(err, access.ErrIdentity), errors.Is(err, staff.ErrNoSession):
		c.Log.WarnContext(r.Context(), "nobody could be linked with the issuer", "err", err)
		return c.see(w, r, accountPath+"?done=identity_refused")
	}
	return c.notVouched(w, r, err)
}

type tripView struct {
	frame
	Issuer  string
	Address string
}

// drawTrip leads on to the issuer. The page goes on by itself, because a form that ends elsewhere is refused by browsers.
func (c *Console) drawTrip(w http.ResponseWriter, r *http.Request, around frame, trip staff.Trip) error {
	access.SetTripCookie(w, r, trip.Token)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Refresh", "0;url="+trip.Address)
	return c.draw(w, r, http.StatusOK, "issuer", c.Staff.Issuer(), tripView{around, c.Staff.Issuer(), trip.Address})
}

// goLink leads somebody to the issuer, by whom they want to sign in from then on.
func (c *Console) goLink(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	trip, err := c.Staff.GoLink(r.Context(), staffOf(r), c.proof(r))
	if errors.Is(err, access.ErrIssuer) {
		return c.notLinked(w, r, err)
	}
	if err != nil {
		return c.notTaken(w, r, "identity", err)
	}
	around, err := c.around(r, "account")
	if err != nil {
		return err
	}
	return c.drawTrip(w, r, around, trip)
}

func (c *Console) unlink(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := r.PostForm
	if err := c.Staff.Unlink(r.Context(), staffOf(r), typed.Get("issuer"), typed.Get("subject"), c.proof(r)); err != nil {
		return c.notTaken(w, r, "unlink-"+typed.Get("subject"), err)
	}
	return c.see(w, r, accountPath+"?done=identity_unlinked")
}
