package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// rotateSecret draws a new secret for a site and prints it this once.
func rotateSecret(ctx context.Context, c config, id string, out io.Writer) error {
	return with(ctx, c, c.log, func(_ *backends, app *application) error {
		site, err := app.campaigns.RotateSecret(ctx, contest.SiteID(id))
		if errors.Is(err, store.ErrNotFound) {
			return errors.Join(err, listSites(ctx, app, out))
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "The new secret of %s, shown only now:\n%s\nThe former one is accepted for %.0f hours more.\n", site.Name, site.Secret, campaigns.SecretOverlap.Hours())
		return nil
	})
}

func listSites(ctx context.Context, app *application, out io.Writer) error {
	sites, err := app.campaigns.Sites(ctx)
	fmt.Fprintf(out, "There are %d sites:\n", len(sites))
	for _, site := range sites {
		fmt.Fprintf(out, "  %s  %s\n", site.ID, site.Name)
	}
	return err
}
