package partners

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/links"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// maxPosts is how many posts of one entry a partner tells of: three on each outlet.
const maxPosts = 21

// Told is a post that a partner tells of.
type Told struct {
	Campaign contest.CampaignID
	Partner  kpi.PartnerID
	Entry    contest.EntryID
	Pasted   string // the post's address, or what an app gave to share
	Reach    int64  // how many it reached; 0 for what nobody knows yet
	Staff    contest.StaffID
	// Scope and IdempotencyKey name the telling: what was told before under the same name is there once. Both are empty where people tell.
	Scope, IdempotencyKey string
}

// hash tells one telling from others.
func (t Told) hash() (string, error) {
	t.Staff = "" // who asks again may have another key
	said, err := json.Marshal(t)
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:]), err
}

// Tell keeps a post. Errors: *FieldError, *RightsError, store.ErrNotFound where the entry is not the partner's, store.ErrKeyReused.
func (s *Service) Tell(ctx context.Context, t Told) (r partner.Repost, err error) {
	hash, err := t.hash()
	if err != nil {
		return r, fmt.Errorf("tell of a post: %w", err)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, t.Entry); err != nil {
			return err
		}
		if t.IdempotencyKey == "" {
			r, err = s.keep(tx, t)
			return err
		}
		known, found, err := tx.Idempotent(t.Scope, t.IdempotencyKey, hash)
		if err != nil {
			return err
		}
		if found {
			r, err = tx.Repost(partner.RepostID(known))
			return err
		}
		if r, err = s.keep(tx, t); err != nil {
			return err
		}
		return tx.SaveIdempotent(t.Scope, t.IdempotencyKey, hash, string(r.ID))
	})
	return r, err
}

// lock keeps an entry's reposts as they are until the commit: a post that is told of while its fan takes the permission back is asked to
// be taken down by whichever of the two is second, and a partner's word is not written over.
func lock(tx *store.Tx, id contest.EntryID) error { return tx.Lock("reposts/" + string(id)) }

// keep holds a post to the fan's grant and stores it with its link.
func (s *Service) keep(tx *store.Tx, t Told) (r partner.Repost, err error) {
	post, err := s.parse(t.Pasted)
	if err != nil {
		return r, err
	}
	if t.Reach < 0 || t.Reach > kpi.MaxAmount {
		return r, &FieldError{"reach", "number"}
	}
	o, err := opened(tx, t.Campaign, t.Partner, t.Entry)
	if err != nil {
		return r, err
	}
	if refusal := partner.May(o.Entry, o.Grant, post.Outlet, tx.Now()); refusal != "" {
		return r, &RightsError{refusal, post.Outlet, o.Allowed()}
	}
	if err := room(tx, t, post); err != nil {
		return r, err
	}
	link, err := links.KitLink(tx, links.Kit{Campaign: t.Campaign, Partner: t.Partner, Entry: o.Entry, Staff: t.Staff}, post.Outlet)
	if err != nil {
		return r, err
	}
	r, err = tx.CreateRepost(partner.Repost{
		Campaign: t.Campaign, Challenge: o.Entry.Challenge, Entry: t.Entry, Partner: t.Partner, Outlet: post.Outlet, Address: post.Address,
		Link: link.Code, Grant: o.Grant.Version, Staff: t.Staff,
	}, o.Entry.Number, post.Key)
	if err == nil && t.Reach > 0 {
		err = tx.SetRepostReach(r.ID, t.Reach, t.Staff)
	}
	if err != nil {
		return r, err
	}
	return r, errors.Join(s.tell(tx, news.RepostMade, r, o.Entry.Fan), tx.Audit(act(t.Staff, "repost.tell", r)))
}

// parse reads the address of a post elsewhere: a tracked link of ours that somebody pasted in its place is none.
func (s *Service) parse(pasted string) (partner.Post, error) {
	if strings.TrimSpace(pasted) == "" {
		return partner.Post{}, &FieldError{"address", "required"}
	}
	post, err := partner.ParsePost(pasted)
	if err != nil {
		return post, &FieldError{"address", "no_post"}
	}
	if u, err := url.Parse(post.Address); err != nil || u.Hostname() == s.own {
		return post, &FieldError{"address", "own"}
	}
	return post, nil
}

// room refuses a post that is there, and more posts than one entry has.
func room(tx *store.Tx, t Told, post partner.Post) error {
	_, err := tx.RepostOf(t.Entry, post.Key)
	if err == nil {
		return &FieldError{"address", "taken"}
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	there, err := tx.RepostsOf(t.Entry)
	n := 0
	for _, r := range there {
		if r.Partner == t.Partner {
			n++
		}
	}
	if err == nil && n >= maxPosts {
		return &FieldError{"address", "too_many"}
	}
	return err
}

func (s *Service) tell(tx *store.Tx, kind news.Kind, r partner.Repost, fan contest.FanID) error {
	return s.news.Tell(tx, news.Item{
		Kind: kind, Campaign: r.Campaign, Challenge: r.Challenge, Entry: r.Entry, Fan: fan, Partner: r.Partner, Repost: r.ID,
	})
}

func act(staff contest.StaffID, action string, r partner.Repost) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "repost/" + string(r.ID), Note: string(r.Partner) + " → " + r.Address}
}

// alter changes a repost that somebody may: partners their own, marketers all of the campaign.
func (s *Service) alter(ctx context.Context, me access.Staff, campaign contest.CampaignID, id partner.RepostID, do func(*store.Tx, partner.Repost) error) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Repost(id)
		if err != nil {
			return err
		}
		if r.Campaign != campaign || me.Role == access.Partner && (r.Campaign != me.Campaign || r.Partner != me.Partner) {
			return fmt.Errorf("repost %s: %w", id, store.ErrNotFound)
		}
		if err := lock(tx, r.Entry); err != nil {
			return err
		}
		if r, err = tx.Repost(id); err != nil { // as it is behind the lock
			return err
		}
		return do(tx, r)
	})
}

// SetGone notes that a post was taken down, or that this was a mistake.
func (s *Service) SetGone(ctx context.Context, me access.Staff, campaign contest.CampaignID, id partner.RepostID, gone bool) error {
	return s.alter(ctx, me, campaign, id, func(tx *store.Tx, r partner.Repost) error {
		if gone == !r.TakenDown.IsZero() {
			return nil
		}
		if !gone {
			r.TakenDown = time.Time{}
			return errors.Join(tx.SaveRepost(r), tx.Audit(act(me.ID, "repost.back", r)))
		}
		r.TakenDown = tx.Now()
		return errors.Join(tx.SaveRepost(r), s.tell(tx, news.RepostGone, r, ""), tx.Audit(act(me.ID, "repost.gone", r)))
	})
}

// SetReach notes how many people a post reached, as it was typed. Errors: *FieldError.
func (s *Service) SetReach(ctx context.Context, me access.Staff, campaign contest.CampaignID, id partner.RepostID, typed string) error {
	reach, err := kpi.ParseTyped(typed, 0)
	if err != nil || reach < 0 || reach > kpi.MaxAmount {
		return &FieldError{"reach", "number"}
	}
	return s.alter(ctx, me, campaign, id, func(tx *store.Tx, r partner.Repost) error { return tx.SetRepostReach(r.ID, reach, me.ID) })
}
