package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Limits of what a site's form takes.
const (
	maxSiteName = 80 // code points
	maxOrigins  = 20 // of one site; each is compared for every request
)

type sitesView struct {
	frame
	Form      form
	Invalid   []string
	Sites     []siteLine
	Campaigns []contest.Campaign
	Fresh     *contest.Site // just registered, or its secret just drawn: the secret is shown this once
	Rotated   bool          // there is a former secret that counts for a day
	Audience  string        // what its tokens name
}

type siteLine struct {
	contest.Site
	CampaignName string
	Since        string
}

func (c *Console) sites(w http.ResponseWriter, r *http.Request) error {
	return c.drawSites(w, r, http.StatusOK, sitesView{Form: form{Values: url.Values{"campaign": r.URL.Query()["campaign"]}}})
}

func (c *Console) drawSites(w http.ResponseWriter, r *http.Request, status int, v sitesView) error {
	var err error
	if v.frame, err = c.around(r, "sites"); err != nil {
		return err
	}
	if v.Campaigns, err = c.Campaigns.Campaigns(r.Context()); err != nil {
		return fmt.Errorf("list campaigns: %w", err)
	}
	list, err := c.Campaigns.Sites(r.Context())
	if err != nil {
		return fmt.Errorf("list sites: %w", err)
	}
	words := c.drawer.Context(r)
	for _, site := range list {
		line := siteLine{Site: site, Since: words.Day(site.CreatedAt, c.now().Location())}
		for _, campaign := range v.Campaigns {
			if campaign.ID == site.Campaign {
				line.CampaignName = words.Text(campaign.Name)
			}
		}
		v.Sites = append(v.Sites, line)
	}
	v.Form.words, v.Audience = words, words.Absolute("")
	v.Invalid = v.Form.Invalid("campaign", "site_name", "origins")
	return c.draw(w, r, status, "sites", words.T("sites"), v)
}

func (c *Console) createSite(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed, bad := r.PostForm, faults{}
	name, campaign, origins := strings.TrimSpace(typed.Get("site_name")), typed.Get("campaign"), lines(typed.Get("origins"))
	if name == "" {
		bad.add("site_name", "required")
	}
	if len([]rune(name)) > maxSiteName {
		bad.add("site_name", "too_long", "max", maxSiteName)
	}
	if campaign == "" {
		bad.add("campaign", "required")
	}
	checkOrigins(origins, bad)
	if len(bad) > 0 {
		return c.drawSites(w, r, http.StatusUnprocessableEntity, sitesView{Form: form{Values: typed, faults: bad}})
	}
	site, err := c.Campaigns.CreateSite(r.Context(), contest.CampaignID(campaign), name, origins)
	switch {
	case errors.Is(err, access.ErrOrigin), errors.Is(err, campaigns.ErrNoOrigin):
		bad.add("origins", "required")
	case errors.Is(err, store.ErrConflict):
		bad.add("origins", "taken")
	case err != nil:
		return err
	default:
		// No redirect: the secret is shown once and stands in no address.
		return c.drawSites(w, r, http.StatusCreated, sitesView{Fresh: &site, Form: form{Values: url.Values{}}})
	}
	return c.drawSites(w, r, http.StatusUnprocessableEntity, sitesView{Form: form{Values: typed, faults: bad}})
}

// checkOrigins says which line is no web origin.
func checkOrigins(origins []string, bad faults) {
	if len(origins) == 0 {
		bad.add("origins", "required")
	}
	if len(origins) > maxOrigins {
		bad.add("origins", "too_many", "max", maxOrigins)
	}
	for _, typed := range origins {
		if _, err := access.ParseOrigin(typed); err != nil {
			bad.add("origins", "invalid", "origin", typed)
		}
	}
}

type siteView struct {
	frame
	Site contest.Site
}

func (c *Console) siteOf(r *http.Request) (contest.Site, error) {
	list, err := c.Campaigns.Sites(r.Context())
	if err != nil {
		return contest.Site{}, err
	}
	id := contest.SiteID(r.PathValue("id"))
	for _, site := range list {
		if site.ID == id {
			return site, nil
		}
	}
	return contest.Site{}, fmt.Errorf("site %s: %w", id, store.ErrNotFound)
}

func (c *Console) deleteSiteForm(w http.ResponseWriter, r *http.Request) error {
	return c.askAboutSite(w, r, "site_delete", "site.delete")
}

// askAboutSite draws the page that asks before something is done to a site.
func (c *Console) askAboutSite(w http.ResponseWriter, r *http.Request, template, title string) error {
	site, err := c.siteOf(r)
	if err != nil {
		return err
	}
	around, err := c.around(r, "sites")
	if err != nil {
		return err
	}
	return c.draw(w, r, http.StatusOK, template, c.drawer.Context(r).T(title), siteView{around, site})
}

func (c *Console) siteSecretForm(w http.ResponseWriter, r *http.Request) error {
	return c.askAboutSite(w, r, "site_secret", "site.rotate")
}

func (c *Console) rotateSiteSecret(w http.ResponseWriter, r *http.Request) error {
	site, err := c.Campaigns.RotateSecret(r.Context(), contest.SiteID(r.PathValue("id")))
	if err != nil {
		return err
	}
	// No redirect: the secret is shown once and stands in no address.
	return c.drawSites(w, r, http.StatusOK, sitesView{Fresh: &site, Rotated: true, Form: form{Values: url.Values{}}})
}

func (c *Console) deleteSite(w http.ResponseWriter, r *http.Request) error {
	site, err := c.siteOf(r)
	if err != nil {
		return err
	}
	if err := c.Campaigns.DeleteSite(r.Context(), site.ID); err != nil {
		return err
	}
	return c.see(w, r, "/console/sites?done=site_deleted")
}
