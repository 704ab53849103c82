package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/store"
)

type challengeFormView struct {
	frame
	Form      form
	ID        contest.ChallengeID // empty for a new one
	Title     string
	Launched  bool
	Frozen    []string // the rules in words, where they can no longer be edited
	Campaigns []contest.Campaign
	Campaign  contest.Text // of a challenge that exists
	Zones     []string
	Consents  []string // kinds
	Invalid   []string // fields
}

func challengePath(id contest.ChallengeID) string { return "/console/challenges/" + string(id) }

func (c *Console) challengeOf(r *http.Request) (contest.Challenge, error) {
	return c.Campaigns.Challenge(r.Context(), contest.ChallengeID(r.PathValue("id")))
}

func (c *Console) newChallenge(w http.ResponseWriter, r *http.Request) error {
	v := challengeFormView{Form: form{Values: newValues(c.now(), c.drawer)}}
	v.Form.Values["campaign"] = r.URL.Query()["campaign"]
	return c.drawChallengeForm(w, r, http.StatusOK, contest.Challenge{}, v)
}

func (c *Console) editChallenge(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	consents, err := c.Campaigns.Consents(r.Context(), ch.Consents)
	if err != nil {
		return err
	}
	v := challengeFormView{Form: form{Values: challengeValues(ch, consents)}}
	if !ch.Launched() {
		v.Form.faults = faults{}
		for _, p := range ch.Validate(c.now()) {
			v.Form.faults.add(p.Field, p.Code)
		}
	}
	return c.drawChallengeForm(w, r, http.StatusOK, ch, v)
}

func (c *Console) drawChallengeForm(w http.ResponseWriter, r *http.Request, status int, ch contest.Challenge, v challengeFormView) error {
	var err error
	if v.frame, err = c.around(r, "challenges"); err != nil {
		return err
	}
	if v.Campaigns, err = c.Campaigns.Campaigns(r.Context()); err != nil {
		return fmt.Errorf("list campaigns: %w", err)
	}
	for _, campaign := range v.Campaigns {
		if campaign.ID == ch.Campaign {
			v.Campaign = campaign.Name
		}
	}
	words := c.drawer.Context(r)
	v.Form.words, v.ID, v.Launched = words, ch.ID, ch.Launched()
	v.Zones, v.Consents, v.Invalid = commonZones, consentKinds, v.Form.Invalid(challengeFields...)
	v.Title = words.T("challenge.new")
	if v.ID != "" {
		v.Title = words.T("challenge.edit", "hashtag", ch.Hashtag)
	}
	if v.Launched {
		v.Frozen = words.Rules(ch)
	}
	return c.draw(w, r, status, "challenge_form", v.Title, v)
}

func (c *Console) createChallenge(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	f := challengeForm{r.PostForm, faults{}}
	var ch contest.Challenge
	f.words(&ch)
	f.campaign()
	err := c.fillDraft(r.Context(), &f, &ch)
	if err == nil && len(f.faults) == 0 {
		var made contest.Challenge
		if made, err = c.create(r.Context(), &f, ch); err == nil {
			ch = made
		}
	}
	return c.saved(w, r, f, ch, err)
}

func (c *Console) saveChallenge(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	f := challengeForm{r.PostForm, faults{}}
	f.words(&ch)
	if ch.Launched() {
		c.checkWords(&f, ch)
	} else {
		err = c.fillDraft(r.Context(), &f, &ch)
	}
	if err == nil && len(f.faults) == 0 {
		err = c.Campaigns.Save(r.Context(), ch)
	}
	return c.saved(w, r, f, ch, err)
}

// saved goes on to the challenge, or shows the form again with what is wrong and all that was typed.
func (c *Console) saved(w http.ResponseWriter, r *http.Request, f challengeForm, ch contest.Challenge, err error) error {
	if errors.Is(err, store.ErrConflict) {
		f.faults.add("slug", "taken")
		err = nil
	}
	if err != nil {
		return err
	}
	if len(f.faults) == 0 {
		return c.see(w, r, challengePath(ch.ID)+"?done=saved")
	}
	v := challengeFormView{Form: form{Values: f.values, faults: f.faults}}
	return c.drawChallengeForm(w, r, http.StatusUnprocessableEntity, ch, v)
}

// fillDraft reads everything that a launch will freeze, and keeps the consent texts.
func (c *Console) fillDraft(ctx context.Context, f *challengeForm, ch *contest.Challenge) error {
	f.terms(ch)
	texts := f.consents()
	blocking(ch.Validate(c.now()), f.faults)
	if len(f.faults) > 0 {
		return nil
	}
	ch.Consents = nil
	for _, kind := range consentKinds {
		text, ok := texts[kind]
		if !ok {
			continue
		}
		consent, err := c.Campaigns.SaveConsent(ctx, kind, text)
		if err != nil {
			return fmt.Errorf("save consent %s: %w", kind, err)
		}
		ch.Consents = append(ch.Consents, consent.ID)
	}
	return nil
}

// checkWords holds what may still change after launch to what the launch asked of it.
func (c *Console) checkWords(f *challengeForm, ch contest.Challenge) {
	for _, p := range ch.Validate(c.now()) {
		if p.Field == "hashtag" || p.Field == "title" || p.Field == "brief" {
			f.faults.add(p.Field, p.Code)
		}
	}
}

// create makes the draft in the campaign chosen in the form, or in a new one: with the name typed, or with the challenge's
// title. A draft that is refused leaves no campaign behind.
func (c *Console) create(ctx context.Context, f *challengeForm, ch contest.Challenge) (contest.Challenge, error) {
	name := f.both("campaign_name")
	if ch.Campaign = contest.CampaignID(f.text("campaign")); ch.Campaign != "" && name == (contest.Text{}) {
		return c.Campaigns.Create(ctx, ch)
	}
	if name == (contest.Text{}) {
		name = ch.Title
	}
	return c.Campaigns.CreateWithCampaign(ctx, name, ch)
}
