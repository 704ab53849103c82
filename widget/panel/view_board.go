package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/board"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
	"fanfare/widget/thumbhash"
	"fanfare/widget/wire"
)

func (p *Panel) boardName() text.Key {
	if p.settled() {
		return text.Result
	}
	return text.Board
}

func (p *Panel) viewBoard() *m.Node {
	if p.boardless() || !p.wide() && p.section() != tabBoard {
		return nil
	}
	pane := p.pane(tabBoard).Add(
		m.El("div.choice").Add(p.viewBoards(), m.El("p.pulse !pulse").Text(p.pulseWords())), p.viewMeans(), p.viewFriends())
	if p.scope == rising {
		pane.Add(p.el("p.hint", text.RisingHint))
	}
	if len(p.board.Rows) == 0 && (p.boardSeen || p.board.Entries == 0) {
		return pane.Add(p.state("div !board-empty", p.emptyBoard()))
	}
	rows := m.El("ol.rows !board role=list").Label(p.boardTitle()).Bool("aria-busy", !p.boardSeen)
	if p.board.Kind == board.Picked {
		rows.Class("rows picked")
	}
	expected := min(int(p.board.Entries), boardRows)
	if p.board.Kind == board.Groups {
		rows.Add(p.viewGroups()...)
		expected = 0
	} else {
		ids := entriesOf(&p.board)
		for _, r := range p.board.Rows {
			rows.Add(p.viewRow(r, ids))
		}
	}
	for range expected - len(p.board.Rows) {
		rows.Add(m.El("li.row aria-hidden=true")) // room for rows on their way, so that nothing below jumps
	}
	return pane.Add(rows, p.viewNear())
}

// viewNear is the fan's own entry among its neighbours, where the board ends before them.
func (p *Panel) viewNear() *m.Node {
	if len(p.near.Rows) == 0 {
		return nil
	}
	rows := m.El("ol.rows.picked.near !near role=list").Label(p.t(text.Near))
	ids := entriesOf(&p.near)
	for _, r := range p.near.Rows {
		if r.Rank > boardRows {
			rows.Add(p.viewRow(r, ids))
		}
	}
	return rows
}

// boardTitle is what the board shown is called.
func (p *Panel) boardTitle() string {
	if p.scope == "" {
		return p.t(p.boardName())
	}
	return p.scopeName(p.scope)
}

func (p *Panel) emptyBoard() text.Key {
	switch {
	case !p.boardSeen:
		return text.Loading
	case kindOf(p.scope) == ofFriends:
		return text.FriendsEmpty
	case p.scope == rising:
		return text.RisingEmpty
	case p.scope != "":
		return text.ScopeEmpty
	case p.now() < p.challenge.Entries.Opens:
		return text.GallerySoon
	case p.now() >= p.challenge.Entries.Closes:
		return text.NobodyEntered
	}
	return text.BoardEmpty
}

// viewRow is a row among the entries that can be walked through.
func (p *Panel) viewRow(r *board.Row, among []string) *m.Node {
	class := "row"
	if p.hero(r) {
		class = "row hero r" + strconv.Itoa(r.Rank)
	}
	if r.Rose {
		class += " rose"
	}
	if p.isMine(r.Entry) {
		class += " own"
	}
	return m.El("li !row data-flip").Named(p.rowName(r)).Class(class).At("data-entry", r.Entry).Add(
		p.viewRank(r.Rank),
		p.viewOpen(r.Caption, r.Author, func() { p.look(r.Entry, among) }).Add(p.viewThumb(r)),
		m.El("div.words").Add(para("cap", r.Caption), para("by", r.Author)),
		p.viewVote(r.Entry, r.Caption, r.Author, p.votesOn(r)), p.viewUnfriend(r))
}

// rowName names a row on its board alone: a row moves because it rose or fell, and not because another board is looked at.
func (p *Panel) rowName(r *board.Row) string { return p.scope + " " + strconv.FormatUint(r.Number, 10) }

// viewRank is a rank in its place, which stays where there is none.
func (p *Panel) viewRank(rank int) *m.Node {
	if rank == 0 {
		return m.El("span.rank aria-hidden=true")
	}
	return m.El("span.rank !rank role=img").Label(p.tn(text.Rank, int64(rank))).Text(text.Number(int64(rank)))
}

// votesOf is a score as it is shown; empty where it may not be, or is not known.
func (p *Panel) votesOf(score int64) string {
	if !p.scores() || score < 0 {
		return ""
	}
	return text.Number(score)
}

// votesOn is what a row says of its votes.
func (p *Panel) votesOn(r *board.Row) string {
	votes := p.votesOf(int64(r.Score))
	if p.scope == rising && votes != "" {
		votes = "+" + votes
	}
	return votes
}

// viewOpen is a picture's button.
func (p *Panel) viewOpen(caption, author string, open func()) *m.Node {
	return m.El("button.pic !open type=button").Label(p.by(text.OpenPhoto, caption, author)).On("click", open)
}

func entriesOf(b *board.Board) []string {
	ids := make([]string, len(b.Rows))
	for i, r := range b.Rows {
		ids[i] = r.Entry
	}
	return ids
}

// viewThumb is the row's picture: the square one, for the first rows the photo itself.
func (p *Panel) viewThumb(r *board.Row) *m.Node {
	if e := p.entries[r.Entry]; p.hero(r) && e != nil && len(e.Photo.Sizes) > 0 {
		return p.viewPhoto(&e.Photo, "(min-width: 800px) 400px, 100vw")
	}
	return m.El("img alt= width=160 height=160 decoding=async").
		Style("background-color", thumbhash.Average(r.ThumbHash)).At("src", p.media(r.Thumb))
}

// viewPhoto is a whole photo in the size that fits. Its place is kept by its proportions before it is there.
func (p *Panel) viewPhoto(photo *api.Photo, sizes string) *m.Node {
	set, src := "", ""
	for i := range photo.Sizes {
		s := &photo.Sizes[i]
		if s.Name == "square" {
			continue
		}
		url := p.media(s.URL)
		if set != "" {
			set += ", "
		}
		set += url + " " + strconv.FormatInt(s.Width, 10) + "w"
		if src == "" || s.Name == "1024" {
			src = url
		}
	}
	return m.El("img alt= loading=lazy decoding=async").
		At("width", strconv.FormatInt(photo.Width, 10)).At("height", strconv.FormatInt(photo.Height, 10)).
		Style("background-color", thumbhash.Average(photo.ThumbHash)).
		At("sizes", sizes).At("srcset", set).At("src", src)
}

// media is a picture's whole address. Frames name pictures relative to the server's media, replies by their path.
func (p *Panel) media(url string) string {
	switch {
	case url == "" || len(url) > 4 && url[:4] == "http":
		return url
	case url[0] == '/':
		return p.opt.Base + url
	}
	return p.opt.Base + "/m/" + url
}

// boardless tells that neither numbers nor an order of votes can be seen, so that there is no board to look at.
func (p *Panel) boardless() bool { return p.overall.Shows == wire.ShowsNothing }

// scores reports whether numbers of votes can be seen.
func (p *Panel) scores() bool { return p.overall.Shows == wire.ShowsScores }

// viewVote is the heart with the votes, where they can be seen, or with what was gained: a button where a vote can be cast.
func (p *Panel) viewVote(id, caption, author, votes string) *m.Node {
	voteFor, takeBack := text.VoteFor, text.TakeBack
	switch {
	case votes == "":
		voteFor, takeBack = text.VoteForUncounted, text.TakeBackUncounted
	case votes[0] == '+':
		voteFor, takeBack = text.VoteForGained, text.TakeBackGained
	}
	number := m.El("span.score !score").Text(votes)
	if own := p.isMine(id); own || !p.mayVote() {
		flat := m.El("span.vote.flat").Add(icon(iconHeart), number)
		if own {
			flat.Add(p.el("span.chip", text.Yours))
		}
		return flat
	}
	cast := p.votes.cast[id]
	if p.votes.jury {
		return p.viewPoints(id, caption, author)
	}
	if cast && p.challenge.Final {
		return m.El("span.vote.flat.cast role=img").Label(p.t(text.Voted)).Add(icon(iconHeart), number)
	}
	k := voteFor
	if cast {
		k = takeBack
	}
	class := "vote"
	if p.votes.sure == id {
		class = "vote sure"
	}
	return m.El("button !vote type=button").Class(class).Bool("aria-pressed", cast).Label(p.say.Say(k, "caption", caption, "author", author, "n", votes)).
		On("click", func() { p.vote(id) }).Add(icon(iconHeart), number)
}

// viewPoints is where a juror chooses how many points a photo gets; none takes them back.
func (p *Panel) viewPoints(id, caption, author string) *m.Node {
	given := p.votes.points[id]
	list := m.El("select.points !points").Label(p.by(text.PointsFor, caption, author)).Value(text.Number(given)).
		Flag("disabled", p.votes.busy[id]).Note("change", func(e *m.Event) {
		p.give(id, whole(e.Value))
	})
	for n := range p.challenge.JuryPoints + 1 {
		words := p.tn(text.Points, n)
		if n == 0 && given == 0 {
			words = p.t(text.Rate)
		}
		list.Add(m.El("option").At("value", text.Number(n)).Text(words))
	}
	return list
}

// whole reads digits.
func whole(s string) int64 {
	var n int64
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}
