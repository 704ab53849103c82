package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"fanfare/server/app/keys"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

// keyRoutes are those of API keys.
func (c *Console) keyRoutes(add adder) {
	add(administrators, http.MethodGet, "/console/keys", c.keys)
	add(administrators, http.MethodPost, "/console/keys", c.makeKey)
	add(administrators, http.MethodPost, "/console/keys/{id}/revoke", c.revokeKey)
}

type keysView struct {
	frame
	Form      form
	Invalid   []string
	Shown     string // the bearer of the key that was just made, this once
	Example   string // how a program uses it
	Keys      []keyLine
	Ended     []keyLine // revoked and expired ones
	Campaigns []contest.Campaign
}

// keyLine is a key in the list.
type keyLine struct {
	store.Key
	Campaign string // its name; empty for all
	Since    string
	Used     page.Moment
	Ends     page.Moment
}

// Scopes are what the form lets a key be used for.
func (v keysView) Scopes() ticks {
	var names []string
	for _, s := range keys.Scopes {
		names = append(names, string(s))
	}
	return v.Form.Ticks("key_scope", names...)
}

// Days are how long the form lets a key last.
func (v keysView) Days() choice {
	var days []string
	for _, n := range keys.Days {
		days = append(days, strconv.Itoa(n))
	}
	return v.Form.Choice("key_days", days...)
}

// firstKey is what the form begins with: a key that reads, for a year.
var firstKey = url.Values{"key_scope": {string(keys.NumbersRead), string(keys.PlanRead)}, "key_days": {"365"}}

func (c *Console) keys(w http.ResponseWriter, r *http.Request) error {
	return c.drawKeys(w, r, http.StatusOK, keysView{Form: form{Values: firstKey}})
}

func (c *Console) drawKeys(w http.ResponseWriter, r *http.Request, status int, v keysView) (err error) {
	if v.frame, err = c.around(r, "keys"); err != nil {
		return err
	}
	all, campaigns, err := c.Keys.All(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v.Form.words, v.Invalid, v.Campaigns = words, v.Form.Invalid("key_name", "key_scope", "key_campaign", "key_days"), campaigns
	for _, k := range all {
		line := keyLine{
			Key: k, Campaign: campaignName(words, campaigns, k.Campaign), Since: words.Day(k.CreatedAt, c.now().Location()),
			Used: words.Moment(k.LastUsedAt, c.now(), c.now().Location()), Ends: words.Moment(k.ExpiresAt, c.now(), c.now().Location()),
		}
		if k.Holds(c.now()) {
			v.Keys = append(v.Keys, line)
		} else {
			v.Ended = append(v.Ended, line)
		}
	}
	return c.draw(w, r, status, "keys", words.T("api_keys"), v)
}

// campaignName is a campaign's name, empty for none.
func campaignName(words *page.Context, campaigns []contest.Campaign, id contest.CampaignID) string {
	i := slices.IndexFunc(campaigns, func(c contest.Campaign) bool { return c.ID == id })
	if i < 0 {
		return string(id)
	}
	return words.Text(campaigns[i].Name)
}

// makeKey makes a key and shows its bearer. No redirect: it is shown once and stands in no address.
func (c *Console) makeKey(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := r.PostForm
	wish := keys.Wish{Name: typed.Get("key_name"), Campaign: contest.CampaignID(typed.Get("key_campaign")), Days: -1}
	if days, err := strconv.Atoi(typed.Get("key_days")); err == nil {
		wish.Days = days
	}
	for _, scope := range typed["key_scope"] {
		wish.Scopes = append(wish.Scopes, keys.Scope(scope))
	}
	_, bearer, err := c.Keys.Make(r.Context(), staffOf(r), wish)
	if wrong, ok := errors.AsType[*keys.FieldError](err); ok {
		bad := faults{}
		bad.add(wrong.Field, wrong.Code, "max", keys.MaxName)
		return c.drawKeys(w, r, http.StatusUnprocessableEntity, keysView{Form: form{Values: typed, faults: bad}})
	}
	if err != nil {
		return err
	}
	example := `curl -H "Authorization: Bearer ` + bearer + `" ` + c.drawer.Context(r).Absolute("/api/v1/campaigns")
	return c.drawKeys(w, r, http.StatusCreated, keysView{Form: form{Values: firstKey}, Shown: bearer, Example: example})
}

func (c *Console) revokeKey(w http.ResponseWriter, r *http.Request) error {
	if err := c.Keys.Revoke(r.Context(), staffOf(r), r.PathValue("id")); err != nil {
		return err
	}
	return c.see(w, r, "/console/keys?done=key_revoked")
}
