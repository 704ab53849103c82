package campaigns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// ErrNoOrigin says that a site was registered without a usable web origin.
var ErrNoOrigin = errors.New("no web origin")

// Sites lists the registered sites of all campaigns.
func (s *Service) Sites(ctx context.Context) (list []contest.Site, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		campaigns, err := tx.Campaigns()
		for _, c := range campaigns {
			sites, sitesErr := tx.Sites(c.ID)
			list, err = append(list, sites...), errors.Join(err, sitesErr)
		}
		return err
	})
	return list, err
}

// CreateSite registers a site for a campaign and draws its secret. Origins are addresses as people type them; one that
// holds no web origin is access.ErrOrigin, none at all ErrNoOrigin.
func (s *Service) CreateSite(ctx context.Context, campaign contest.CampaignID, name string, origins []string) (contest.Site, error) {
	site := contest.Site{Campaign: campaign, Name: strings.TrimSpace(name), Secret: access.NewToken()}
	for _, typed := range origins {
		origin, err := access.ParseOrigin(typed)
		if err != nil {
			return contest.Site{}, fmt.Errorf("origin %q: %w", typed, err)
		}
		site.Origins = append(site.Origins, origin)
	}
	if len(site.Origins) == 0 {
		return contest.Site{}, ErrNoOrigin
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock("sites"); err != nil { // an origin is a campaign's once
			return err
		}
		for _, origin := range site.Origins {
			others, err := tx.SitesByOrigin(origin)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(others, func(o contest.Site) bool { return o.Campaign == campaign }) {
				return fmt.Errorf("origin %q: %w", origin, store.ErrConflict)
			}
		}
		var err error
		if site, err = tx.CreateSite(site); err != nil {
			return err
		}
		return tx.Audit(siteAct("site.create", site))
	})
	s.forgetRegister()
	return site, err
}

// SecretOverlap is how long a site's former secret counts beside its new one: time to put the new one in place.
const SecretOverlap = 24 * time.Hour

// RotateSecret draws a new secret for a site. Tokens signed with the former one are accepted for SecretOverlap more; the
// one before that ends now.
func (s *Service) RotateSecret(ctx context.Context, id contest.SiteID) (site contest.Site, err error) {
	secret := access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock("sites"); err != nil { // two at once would each take the other's secret for the former one
			return err
		}
		if site, err = tx.Site(id); err != nil {
			return err
		}
		site.OldSecret, site.OldUntil, site.Secret = site.Secret, tx.Now().Add(SecretOverlap), secret
		return errors.Join(tx.SaveSite(site), tx.Audit(siteAct("site.secret", site)))
	})
	s.forgetRegister()
	return site, err
}

// DeleteSite takes a site off the register. Its pages can no longer open sessions or boards.
func (s *Service) DeleteSite(ctx context.Context, id contest.SiteID) error {
	defer s.forgetRegister()
	return s.store.Update(ctx, func(tx *store.Tx) error {
		site, err := tx.Site(id)
		if err != nil {
			return err
		}
		return errors.Join(tx.DeleteSite(id), tx.Audit(siteAct("site.delete", site)))
	})
}

// siteAct is what was done to a site.
func siteAct(action string, site contest.Site) store.Act {
	return store.Act{Action: action, Object: "site/" + string(site.ID), Note: site.Name + ": " + strings.Join(site.Origins, ", ")}
}

// ErrOriginNotRegistered says that a page of this origin may not embed the challenge.
var ErrOriginNotRegistered = errors.New("origin is not registered")

// Embedder returns the site whose pages on that origin may embed a challenge of the campaign. Our own pages are the
// zero Site.
func (s *Service) Embedder(ctx context.Context, origin string, campaign contest.CampaignID) (site contest.Site, err error) {
	if origin == s.public {
		return contest.Site{}, nil
	}
	sites, err := s.sitesOn(ctx, origin)
	if err != nil {
		return contest.Site{}, err
	}
	for _, site := range sites {
		if site.Campaign == campaign {
			return site, nil
		}
	}
	return contest.Site{}, fmt.Errorf("%q: %w", origin, ErrOriginNotRegistered)
}

// Registered reports whether any site is registered on the origin; our own counts.
func (s *Service) Registered(ctx context.Context, origin string) (bool, error) {
	if origin == s.public {
		return true, nil
	}
	sites, err := s.sitesOn(ctx, origin)
	return len(sites) > 0, err
}

// How long, and of how many origins, the register is remembered: every call from a page asks it.
const (
	registerMemory = 3 * time.Second
	maxOrigins     = 10_000
)

// remembered are the sites on an origin as the register had them.
type remembered struct {
	sites []contest.Site
	until time.Time
}

func (s *Service) sitesOn(ctx context.Context, origin string) (sites []contest.Site, err error) {
	if origin == "" || origin == "null" {
		return nil, nil
	}
	s.mu.RLock()
	known, ok := s.register[origin]
	s.mu.RUnlock()
	if ok && time.Now().Before(known.until) {
		return known.sites, nil
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		sites, err = tx.SitesByOrigin(origin)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.register) >= maxOrigins {
		clear(s.register)
	}
	s.register[origin] = remembered{sites, time.Now().Add(registerMemory)}
	return sites, nil
}

// forgetRegister lets a change of the register count at once in this process.
func (s *Service) forgetRegister() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.register)
}
