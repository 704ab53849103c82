package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/notices"
)

// wishesLimit bounds how often fans choose their letters.
var wishesLimit = limit{perIdentity: 60, perAddress: 6000, window: 10 * time.Minute}

// letterOperations are how fans choose which letters about their entries they get.
func (s *site) letterOperations(api huma.API) {
	read := signed(operation(http.MethodGet, "/me/letters", "read-letters", "Which letters about their entries the fan gets"))
	huma.Register(api, read, s.readLetters)
	choose := signed(operation(http.MethodPut, "/me/letters", "choose-letters", "Choose which letters about their entries the fan gets, who asked for them; with none the mail address is deleted"))
	choose.Middlewares = huma.Middlewares{s.limited(choose, wishesLimit)}
	huma.Register(api, choose, s.putLetters)
	stop := signed(operation(http.MethodDelete, "/me/letters", "stop-letters", "End all letters about the fan's entries, and have the mail address deleted"))
	stop.DefaultStatus = http.StatusNoContent
	stop.Middlewares = huma.Middlewares{s.limited(stop, wishesLimit)}
	huma.Register(api, stop, s.stopLetters)
}

type wishesBody struct {
	Asked bool     `json:"asked" doc:"Whether the fan asked for letters, with a mail address that is confirmed"`
	Can   bool     `json:"can" doc:"Whether this server sends letters at all"`
	Kinds []string `json:"kinds" doc:"Of the letters that the fan gets"`
}

type wishesOutput struct{ Body wishesBody }

func (s *site) readLetters(ctx context.Context, in *struct{ Bearer }) (*wishesOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	w, err := s.Notices.FanWishes(ctx, session.Fan.ID)
	out := &wishesOutput{wishesBody{Asked: w.Asked, Can: s.Notices.Writes(), Kinds: []string{}}}
	for _, wish := range w.Kinds {
		if w.Asked && wish.Wanted {
			out.Body.Kinds = append(out.Body.Kinds, string(wish.Kind))
		}
	}
	return out, s.answer(ctx, err)
}

// lettersOf says in a word whether a fan gets letters.
func (s *site) lettersOf(ctx context.Context, session access.Session) (string, error) {
	if !s.Notices.Writes() {
		return "", nil
	}
	w, err := s.Notices.FanWishes(ctx, session.Fan.ID)
	if w.Asked {
		return "on", err
	}
	return "off", err
}

type chooseLettersInput struct {
	Bearer
	Body struct {
		Kinds []string `json:"kinds" maxItems:"5" enum:"received,published,rejected,won,reposted"`
	}
}

func (s *site) putLetters(ctx context.Context, in *chooseLettersInput) (*wishesOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	wanted := make([]notices.Kind, len(in.Body.Kinds))
	for i, kind := range in.Body.Kinds {
		wanted[i] = notices.Kind(kind)
	}
	if err := s.Notices.ChooseForFan(ctx, session.Fan.ID, wanted); err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.readLetters(ctx, &struct{ Bearer }{in.Bearer})
}

func (s *site) stopLetters(ctx context.Context, in *struct{ Bearer }) (*struct{}, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Notices.ChooseForFan(ctx, session.Fan.ID, nil))
}
