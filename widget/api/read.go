package api

import "fanfare/widget/wire"

// ReadChallenge reads a challenge.
func ReadChallenge(v *Value) *Challenge {
	rules, totals := v.At("rules"), v.At("totals")
	capture := rules.At("capture")
	c := &Challenge{
		Slug: v.Text("slug"), Hashtag: v.Text("hashtag"), Title: words(v.At("title")), Brief: words(v.At("brief")),
		TimeZone: v.Text("time_zone"), Now: moment(v, "now"), Entries: window(v.At("entries")), Votes: window(v.At("votes")),
		Grace:  Millis(rules.Int("grace_seconds") * 1000),
		PerFan: rules.Int("entries_per_fan"),
		Period: rules.Text("period"), CaptureRequired: capture.True("required"),
		Cities: choices(v, "cities"), Partners: choices(v, "partners"),
		TotalEntries: totals.Int("entries"), TotalVotes: totals.Int("votes"),
		Mode: v.At("tally").Text("mode"), PerPeriod: rules.Int("votes_per_period"), Final: rules.True("votes_final"),
		JuryPoints: rules.Int("jury_points"), AuditEnds: moment(v, "audit_ends"), CertifiedAt: moment(v, "certified_at"),
		Shows: shows(v.At("tally")), Padded: padded(v.At("tally").Text("mode")),
	}
	c.Cameras, c.Voters, c.Boards = texts(capture, "cameras"), texts(rules, "voters"), texts(v, "boards")
	v.Each("consents", func(v *Value) { c.Consents = append(c.Consents, Consent{ID: v.Text("id"), Text: words(v.At("text"))}) })
	return c
}

// ReadReposting reads what a fan may allow partners; nil where it is nothing.
func ReadReposting(v *Value) *Reposting {
	if v.Text("consent") == "" {
		return nil
	}
	return &Reposting{Consent: v.Text("consent"), Text: words(v.At("text")), Outlets: texts(v, "outlets"), Months: texts(v, "months")}
}

// texts reads a list of strings or numbers.
func texts(v *Value, name string) (list []string) {
	v.Each(name, func(v *Value) { list = append(list, v.String()) })
	return list
}

// ReadRights reads what a fan allows; nil where nothing is said of it.
func ReadRights(v *Value) *Rights {
	if v == nil || v.kind != 'o' {
		return nil
	}
	return &Rights{Outlets: texts(v, "outlets"), Until: v.Text("until"), Over: v.True("over")}
}

// ReadSaid reads all that the fan of an entry said about reposts, the newest first.
func ReadSaid(v *Value) []Said {
	var list []Said
	v.Each("history", func(v *Value) {
		if r := ReadRights(v); r != nil {
			list = append(list, Said{*r, moment(v, "at")})
		}
	})
	return list
}

// ReadEntry reads one entry, or a row of the board, which has an entry's fields under other names.
func ReadEntry(v *Value) *Entry {
	e := &Entry{
		ID: v.Text("id"), Status: v.Text("status"), Reason: v.Text("reason"), Note: v.Text("note"),
		Caption: v.Text("caption"), Author: v.Text("author"), City: v.Text("city"),
		Number: v.Int("number"), Score: v.Int("score"), Rank: v.Int("rank"), Voted: v.True("voted"), Mine: v.True("mine"),
	}
	e.Own = Own{
		MayAppeal: v.True("may_appeal"), Appealed: v.True("appealed"), Declined: v.True("appeal_declined"),
		OriginalAsked: v.True("original_asked"), OriginalSent: v.True("original_sent"),
	}
	if r := v.At("under_review"); r != nil && r.kind == 'o' {
		e.Own.Review = &Review{r.Int("votes"), r.Int("excluded"), r.True("may_complain"), r.True("complained"), r.Text("answer")}
	}
	e.Own.Rights = ReadRights(v.At("rights"))
	readPhoto(&e.Photo, v.At("photo"))
	return e
}

// ReadPage reads a page of entries.
func ReadPage(v *Value) (entries []*Entry, next string) { return readEntries(v), v.Text("next") }

// ReadBoard reads the board's snapshot.
func ReadBoard(v *Value) *Board {
	b := &Board{Scope: v.Text("scope"), Entries: v.Int("entries"), Votes: v.Int("votes"), Shows: shows(v), AsAt: moment(v, "as_at")}
	v.Each("rows", func(v *Value) {
		e := ReadEntry(v)
		e.ID, e.Status = v.Text("entry"), "published"
		b.Rows = append(b.Rows, Row{e, v.Text("group"), v.Int("members")})
	})
	return b
}

// ReadMe reads what the server knows of the fan.
func ReadMe(v *Value) *Me {
	fan := v.At("fan")
	m := &Me{Name: fan.Text("name"), Guest: fan.True("guest"), Entries: readEntries(v), VotesLeft: v.Int("votes_left"), Class: fan.Text("class"), Letters: v.Text("letters"), Points: map[string]int64{}}
	for _, e := range m.Entries {
		e.Mine = true
	}
	if b := v.At("banned"); b != nil && b.kind == 'o' {
		m.Banned = &Ban{Reason: b.Text("reason"), Note: b.Text("note"), MayAppeal: b.True("may_appeal"), Appealed: b.True("appealed"), Declined: b.True("appeal_declined")}
	}
	m.Missing = texts(v, "missing")
	v.Each("voted", func(id *Value) {
		m.Voted = append(m.Voted, id.String())
		m.Points[id.String()] = v.At("points").Int(id.String())
	})
	return m
}

func readEntries(v *Value) []*Entry {
	var list []*Entry
	v.Each("entries", func(v *Value) { list = append(list, ReadEntry(v)) })
	return list
}

// ReadStanding reads the places of the fan's entries, by entry, and after how many seconds it is worth asking again.
func ReadStanding(v *Value) (places map[string]*Place, retryAfter int64) {
	places = map[string]*Place{}
	v.Each("entries", func(v *Value) {
		places[v.Text("entry")] = &Place{v.Int("rank"), v.Int("of"), v.Int("behind"), v.True("final"), v.Int("top_percent")}
	})
	return places, v.Int("retry_after")
}

// shows reads what can be seen of the votes.
func shows(v *Value) wire.Shows {
	switch v.Text("shows") {
	case "order":
		return wire.ShowsOrder
	case "nothing":
		return wire.ShowsNothing
	}
	return wire.ShowsScores
}

func words(v *Value) Words                { return Words{ZH: v.Text("zh-CN"), EN: v.Text("en")} }
func moment(v *Value, name string) Millis { return ParseTime(v.Text(name)) }
func window(v *Value) Window              { return Window{moment(v, "opens"), moment(v, "closes")} }

func choices(v *Value, name string) []Choice {
	var list []Choice
	v.Each(name, func(v *Value) { list = append(list, Choice{ID: v.Text("id"), Name: words(v.At("name"))}) })
	return list
}

func readPhoto(p *Photo, v *Value) {
	p.Width, p.Height, p.ThumbHash = v.Int("width"), v.Int("height"), v.Text("thumbhash")
	v.Each("sizes", func(v *Value) {
		p.Sizes = append(p.Sizes, Size{Name: v.Text("name"), URL: v.Text("url"), Width: v.Int("width")})
	})
	c := v.At("capture")
	p.Capture = Capture{
		TakenAt: moment(c, "taken_at"), Make: c.Text("make"), Model: c.Text("model"), Lens: c.Text("lens"),
		Exposure: c.Text("exposure"), Aperture: c.Text("aperture"), ISO: c.Text("iso"),
	}
	if place := c.At("place"); place.Text("lat") != "" {
		p.Capture.Place = place.Text("lat") + "°, " + place.Text("lon") + "°"
	}
}

// padded tells whether a mode of counting conceals the number of votes.
func padded(mode string) bool { return mode != "" && mode != "live" }
