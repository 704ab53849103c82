package api

// ReadChallenge reads a challenge.
func ReadChallenge(v Value) Challenge {
	rules, capture, totals := v.Get("rules"), v.Get("rules").Get("capture"), v.Get("totals")
	c := Challenge{
		Slug: v.Get("slug").String(), Hashtag: v.Get("hashtag").String(),
		Title: words(v.Get("title")), Brief: words(v.Get("brief")),
		TimeZone: v.Get("time_zone").String(), Now: moment(v.Get("now")),
		Entries: window(v.Get("entries")), Votes: window(v.Get("votes")),
		EntriesPerFan: rules.Get("entries_per_fan").Int(), VotesPerPeriod: rules.Get("votes_per_period").Int(),
		Period: rules.Get("period").String(), Guests: rules.Get("guests").Bool(),
		CaptureRequired: capture.Get("required").Bool(),
		Cities:          choices(v.Get("cities")), Partners: choices(v.Get("partners")),
		TotalEntries: totals.Get("entries").Int(), TotalVotes: totals.Get("votes").Int(),
	}
	for _, camera := range capture.Get("cameras").List() {
		c.Cameras = append(c.Cameras, camera.String())
	}
	for _, consent := range v.Get("consents").List() {
		c.Consents = append(c.Consents, Consent{consent.Get("id").String(), words(consent.Get("text"))})
	}
	return c
}

// ReadEntry reads one entry.
func ReadEntry(v Value) Entry {
	return Entry{
		ID: v.Get("id").String(), Status: v.Get("status").String(), Reason: v.Get("reason").String(),
		Note: v.Get("note").String(), Caption: v.Get("caption").String(), Author: v.Get("author").String(),
		City: v.Get("city").String(), Partner: v.Get("partner").String(),
		Number: v.Get("number").Int(), Score: v.Get("score").Int(), Rank: v.Get("rank").Int(),
		Mine: v.Get("mine").Bool(), Voted: v.Get("voted").Bool(), Photo: photo(v.Get("photo")),
	}
}

func entries(v Value) []Entry {
	var list []Entry
	for _, e := range v.List() {
		list = append(list, ReadEntry(e))
	}
	return list
}

// ReadPage reads a page of entries.
func ReadPage(v Value) Page { return Page{entries(v.Get("entries")), v.Get("next").String()} }

// ReadBoard reads the board's snapshot.
func ReadBoard(v Value) Board {
	b := Board{Entries: v.Get("entries").Int(), Votes: v.Get("votes").Int()}
	for _, r := range v.Get("rows").List() {
		b.Rows = append(b.Rows, BoardRow{
			Rank: r.Get("rank").Int(), Number: r.Get("number").Int(), Score: r.Get("score").Int(),
			Entry: r.Get("entry").String(), Caption: r.Get("caption").String(), Author: r.Get("author").String(),
			City: r.Get("city").String(), Photo: photo(r.Get("photo")),
		})
	}
	return b
}

// ReadMe reads what the server knows of the fan.
func ReadMe(v Value) Me {
	fan := v.Get("fan")
	m := Me{
		Name: fan.Get("name").String(), Guest: fan.Get("guest").Bool(),
		Entries: entries(v.Get("entries")), VotesLeft: v.Get("votes_left").Int(),
	}
	for _, id := range v.Get("voted").List() {
		m.Voted = append(m.Voted, id.String())
	}
	return m
}

// ReadStanding reads the places of the fan's entries.
func ReadStanding(v Value) Standing {
	s := Standing{RetryAfter: v.Get("retry_after").Int()}
	for _, p := range v.Get("entries").List() {
		s.Places = append(s.Places, Place{
			Entry: p.Get("entry").String(), Rank: p.Get("rank").Int(), Of: p.Get("of").Int(),
			Score: p.Get("score").Int(), Behind: p.Get("behind").Int(),
		})
	}
	return s
}

// ReadVote reads the answer to a vote.
func ReadVote(v Value) Vote {
	return Vote{v.Get("entry").String(), v.Get("voted").Bool(), v.Get("score").Int(), v.Get("votes_left").Int()}
}

// ReadProblem reads a refusal. A body that is none, such as a proxy's page, has no code.
func ReadProblem(body string) Problem {
	v, _ := Parse(body)
	return Problem{v.Get("code").String(), v.Get("params")}
}

func words(v Value) Words   { return Words{v.Get("zh-CN").String(), v.Get("en").String()} }
func moment(v Value) Millis { return ParseTime(v.String()) }
func window(v Value) Window { return Window{moment(v.Get("opens")), moment(v.Get("closes"))} }

func choices(v Value) []Choice {
	var list []Choice
	for _, c := range v.List() {
		list = append(list, Choice{c.Get("id").String(), words(c.Get("name"))})
	}
	return list
}

func photo(v Value) Photo {
	p := Photo{Width: v.Get("width").Int(), Height: v.Get("height").Int(), ThumbHash: v.Get("thumbhash").String()}
	for _, s := range v.Get("sizes").List() {
		p.Sizes = append(p.Sizes, Size{
			s.Get("name").String(), s.Get("url").String(), s.Get("width").Int(), s.Get("height").Int(),
		})
	}
	c := v.Get("capture")
	p.Capture = Capture{
		moment(c.Get("taken_at")), c.Get("make").String(), c.Get("model").String(), c.Get("lens").String(),
		c.Get("exposure").String(), c.Get("aperture").String(), c.Get("iso").String(),
	}
	return p
}
