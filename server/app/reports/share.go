package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Limits of links to a report.
const (
	MaxLabel = 80
	maxLinks = 50 // of a campaign, that hold: each reader has one of their own, so that it can be taken back
)

// Days are how long a link may be made to last. None lasts for ever: it is passed on, and nobody remembers it.
var Days = []int{7, 30, 90, 365}

// tokenLength is that of 256 bits in base64url.
const tokenLength = 43

// FieldError says what is wrong with one field of a form: "required", "too_long", "too_many".
type FieldError struct{ Field, Code string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// Share makes a link at which a campaign's report can be read without an account, for so many days. Its token is returned this
// once. A *FieldError says what is wrong with the wish.
func (s *Service) Share(ctx context.Context, staff contest.StaffID, id contest.CampaignID, label string, days int) (token string, err error) {
	label = strings.TrimSpace(label)
	switch {
	case label == "":
		return "", &FieldError{"report_label", "required"}
	case utf8.RuneCountInString(label) > MaxLabel:
		return "", &FieldError{"report_label", "too_long"}
	case !slices.Contains(Days, days):
		return "", &FieldError{"report_days", "required"}
	}
	token = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock("report links/" + string(id)); err != nil { // two that take the last room
			return err
		}
		links, err := tx.ReportLinks(id)
		if err != nil {
			return err
		}
		if len(holding(links, tx)) >= maxLinks {
			return &FieldError{"report_label", "too_many"}
		}
		l, err := tx.CreateReportLink(store.ReportLink{
			Hash: access.HashToken(token), Campaign: id, Label: label, Staff: staff, ExpiresAt: tx.Now().AddDate(0, 0, days),
		})
		if err != nil {
			return err
		}
		return tx.Audit(shareAct(staff, "report.share", l))
	})
	return token, err
}

func holding(links []store.ReportLink, tx *store.Tx) []store.ReportLink {
	return slices.DeleteFunc(links, func(l store.ReportLink) bool { return !l.Holds(tx.Now()) })
}

func shareAct(staff contest.StaffID, action string, l store.ReportLink) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "campaign/" + string(l.Campaign), Note: l.Label}
}

// Revoke ends a campaign's link; store.ErrNotFound where none of that identifier was open. Nobody reads the report there any more,
// because every reading asks the database.
func (s *Service) Revoke(ctx context.Context, staff contest.StaffID, id contest.CampaignID, link string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		l, err := tx.RevokeReportLink(id, link)
		if err != nil {
			return err
		}
		return tx.Audit(shareAct(staff, "report.revoke", l))
	})
}

// Links lists the links to a campaign's report that hold, the newest first.
func (s *Service) Links(ctx context.Context, id contest.CampaignID) (links []store.ReportLink, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.ReportLinks(id)
		links = holding(all, tx)
		return err
	})
	return links, err
}

// Mails reports whether letters can be sent.
func (s *Service) Mails() bool { return s.notices.Writes() }

// Shared returns the report that a token opens, as the public may see it; store.ErrNotFound where it opens none, or none any more.
func (s *Service) Shared(ctx context.Context, token string) (Closing, error) {
	if len(token) != tokenLength {
		return Closing{}, fmt.Errorf("open shared report: %w", store.ErrNotFound)
	}
	var l store.ReportLink
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		l, err = tx.ReportLinkByHash(access.HashToken(token))
		return err
	})
	if err == nil && !l.Holds(s.now()) {
		err = fmt.Errorf("open shared report: %w", store.ErrNotFound)
	}
	if err != nil {
		return Closing{}, err
	}
	c, err := s.Closing(ctx, l.Campaign)
	if err != nil {
		return Closing{}, err
	}
	return c.Public(), nil
}
