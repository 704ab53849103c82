package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/demo"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// startDemo launches the demo challenge, serves a page of another origin that embeds it, and lets its fans enter and
// vote through the public API.
func (s *server) startDemo(ctx context.Context, out io.Writer) (*http.Server, error) {
	campaign, err := prepareDemo(ctx, s.app.campaigns)
	if err != nil {
		return nil, fmt.Errorf("prepare demo: %w", err)
	}
	trade, err := prepareTrade(ctx, s.app, campaign)
	if err != nil {
		return nil, fmt.Errorf("prepare the demo's shop: %w", err)
	}
	if err := rememberDemo(ctx, s.app, campaign, trade); err != nil {
		return nil, fmt.Errorf("tell the demo's history: %w", err)
	}
	listener, err := listen(net.JoinHostPort(s.bindHost(), "8090"), true)
	if err != nil {
		return nil, fmt.Errorf("serve demo host page: %w", err)
	}
	public := s.config.public
	origin := "http://" + net.JoinHostPort(public.Hostname(), fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
	if err := register(ctx, s.app.campaigns, campaign, origin); err != nil {
		return nil, errors.Join(fmt.Errorf("register demo host page: %w", err), listener.Close())
	}
	host := &http.Server{Handler: demo.HostPage(public.String()), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime}
	s.work.Go(func() {
		if err := host.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("demo host page stopped", "err", err)
		}
	})
	s.work.Go(func() {
		config := demo.Config{BaseURL: s.loopback(), Origin: public.String(), Trade: trade, Post: s.app.tellOf(campaign), Logger: s.log}
		if err := demo.Run(ctx, config); err != nil && ctx.Err() == nil {
			s.log.Error("demo fans stopped", "err", err)
		}
	})
	fmt.Fprintf(out, "  The demo challenge          %s/c/%s\n  A web page that embeds it   %s\n  All challenges              %s\n  The console                 %s/console\n\n",
		public, demo.Slug, origin, public, public)
	return host, nil
}

// bindHost is the interface that the host page listens on: the server's own.
func (s *server) bindHost() string {
	host, _, err := net.SplitHostPort(s.config.addr)
	if err != nil {
		return ""
	}
	return host
}

// loopback is the server's own address as this machine reaches it.
func (s *server) loopback() string {
	host, port, err := net.SplitHostPort(s.config.addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// prepareDemo makes and launches the demo challenge, unless the data folder has it.
func prepareDemo(ctx context.Context, c *campaigns.Service) (contest.CampaignID, error) {
	old, err := c.ChallengeBySlug(ctx, demo.Slug)
	if err == nil {
		return old.Campaign, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	campaign, err := c.CreateCampaign(ctx, "", demo.Campaign())
	if err != nil {
		return "", err
	}
	if err := c.SavePlan(ctx, "", campaign.ID, campaign.Name, demo.Plan(time.Now()), kpi.StartingPlan().Hash()); err != nil {
		return "", err
	}
	kind, text := demo.Consent()
	consent, err := c.SaveConsent(ctx, kind, text)
	if err != nil {
		return "", err
	}
	challenge := demo.Challenge(time.Now())
	challenge.Campaign, challenge.Consents = campaign.ID, []contest.ConsentID{consent.ID}
	if challenge, err = c.Create(ctx, challenge); err != nil {
		return "", err
	}
	problems, err := c.Launch(ctx, challenge.ID, challenge.Hash())
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("the demo challenge has problems: %v", problems)
	}
	return campaign.ID, err
}

// prepareTrade makes the campaign's tracked links, and opens its shop, whose key is another one at each start.
func prepareTrade(ctx context.Context, a *application, campaign contest.CampaignID) (demo.Trade, error) {
	if _, err := a.links.CreateMissing(ctx, "", campaign, "/c/"+demo.Slug); err != nil {
		return demo.Trade{}, err
	}
	made, err := a.links.Overview(ctx, campaign)
	if err != nil {
		return demo.Trade{}, err
	}
	var trade demo.Trade
	for _, l := range made.Links {
		trade.Links = append(trade.Links, string(l.Code))
	}
	shops, err := a.orders.Shops(ctx, campaign)
	if err != nil {
		return demo.Trade{}, err
	}
	shop := kpi.Shop{Campaign: campaign, Name: "Demo", Kind: kpi.APIShop}
	if len(shops) > 0 {
		shop, trade.ShopKey, err = a.orders.RotateSecret(ctx, "", shops[0].ID, "")
	} else {
		shop, trade.ShopKey, err = a.orders.OpenShop(ctx, "", shop, "")
	}
	trade.Shop = string(shop.ID)
	return trade, err
}

// rememberDemo tells what the demo's visitors did before it was started, and launches its plan, unless that is done.
func rememberDemo(ctx context.Context, a *application, id contest.CampaignID, trade demo.Trade) error {
	campaign, err := a.campaigns.Planned(ctx, id)
	if err != nil || campaign.Plan.Launched() {
		return err
	}
	challenge, err := a.campaigns.ChallengeBySlug(ctx, demo.Slug)
	if err != nil {
		return err
	}
	codes, err := demoLinks(ctx, a, id)
	if err != nil {
		return err
	}
	counted, bought := demo.History(campaign.Plan.Plan, time.Now())
	if err := sellDemo(ctx, a, trade, codes, bought); err != nil {
		return err
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error { return countDemo(tx, challenge, codes, counted) })
	if err != nil {
		return err
	}
	findings, err := a.campaigns.LaunchPlan(ctx, "", id, campaign.Plan.Hash())
	if err == nil && !kpi.Cleared(findings) {
		err = fmt.Errorf("the demo's plan is not cleared: %v", findings)
	}
	return err
}

// demoLinks are the codes of the demo's tracked links by whom their clicks are due to.
func demoLinks(ctx context.Context, a *application, id contest.CampaignID) (map[kpi.Credit]kpi.LinkCode, error) {
	made, err := a.links.Overview(ctx, id)
	if err != nil {
		return nil, err
	}
	codes := map[kpi.Credit]kpi.LinkCode{}
	for _, l := range made.Links {
		codes[kpi.Credit{Channel: l.Channel, Partner: l.Partner}] = l.Code
	}
	return codes, nil
}

// countDemo counts what visitors did among the campaign's numbers, and their clicks at the links as well. A start that was interrupted
// behind it counts nothing again.
func countDemo(tx *store.Tx, challenge contest.Challenge, codes map[kpi.Credit]kpi.LinkCode, counted []demo.Counted) error {
	counts := make([]store.Count, len(counted))
	clicks, last := map[kpi.LinkCode]int64{}, map[kpi.LinkCode]time.Time{}
	for i, c := range counted {
		counts[i] = store.Count{Campaign: challenge.Campaign, N: c.N, Cell: kpi.Cell{
			Quarter: c.Quarter, Challenge: challenge.ID, Channel: c.Credit.Channel, Partner: c.Credit.Partner, Metric: c.Metric,
		}}
		if code := codes[c.Credit]; code != "" && c.Metric == kpi.Clicks {
			clicks[code] += c.N
			last[code] = c.Quarter.Start() // they come in order
		}
	}
	for _, code := range slices.Sorted(maps.Keys(clicks)) {
		if err := tx.ClickedBefore(code, clicks[code], last[code]); err != nil {
			return err
		}
	}
	return tx.CountOnce("history of "+string(challenge.Campaign), counts...)
}

// sellDemo tells the demo's shop's orders of the past as the shop would have, each of somebody who had come by a link a while before.
func sellDemo(ctx context.Context, a *application, trade demo.Trade, codes map[kpi.Credit]kpi.LinkCode, bought []demo.Bought) error {
	key, err := a.links.ClickKey(ctx)
	if err != nil {
		return err
	}
	for i, b := range bought {
		click := kpi.SignClick(key, kpi.Click{Link: codes[b.Credit], At: b.At.Add(-10 * time.Minute)}, uint32(i))
		event, err := json.Marshal(map[string]any{"type": "order.paid", "timestamp": b.At, "data": map[string]any{
			"order": b.Number, "amount": b.Amount, "currency": "CNY", "placed_at": b.At, "ff": click,
		}})
		if err != nil {
			return fmt.Errorf("write order %s: %w", b.Number, err)
		}
		if _, err := a.orders.Call(ctx, kpi.ShopID(trade.Shop), trade.ShopKey, b.Number, event); err != nil {
			return err
		}
	}
	return nil
}

// tellOf tells of posts that the demo's partners published, each once.
func (a *application) tellOf(campaign contest.CampaignID) func(context.Context, demo.Post, string) error {
	return func(ctx context.Context, p demo.Post, entry string) error {
		_, err := a.partners.Tell(ctx, partners.Told{
			Campaign: campaign, Partner: p.Partner, Entry: contest.EntryID(entry), Pasted: p.Address, Reach: p.Reach,
			Scope: "demo", IdempotencyKey: p.Address,
		})
		return err
	}
}

// register lets pages of the origin embed the demo, unless they may already.
func register(ctx context.Context, c *campaigns.Service, campaign contest.CampaignID, origin string) error {
	_, err := c.Embedder(ctx, origin, campaign)
	if !errors.Is(err, campaigns.ErrOriginNotRegistered) {
		return err
	}
	_, err = c.CreateSite(ctx, campaign, "Demo host page", []string{origin})
	return err
}
