package localindex

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"fanfare/search"
)

// Search finds what has all terms of the query. Where nothing has, it asks again with typos forgiven and long phrases
// taken apart.
func (x *Index) Search(ctx context.Context, q search.Query) (search.Result, error) {
	terms := search.Parse(q.Text)
	if terms.Empty() {
		return search.Result{}, nil
	}
	r, err := x.search(ctx, q.Within(), terms)
	if err != nil {
		return search.Result{}, fmt.Errorf("search %s: %w", q.Challenge, err)
	}
	return r, nil
}

func (x *Index) search(ctx context.Context, q search.Query, terms search.Terms) (search.Result, error) {
	pinned, err := x.numbered(ctx, q.Challenge, terms.Number)
	if err != nil {
		return search.Result{}, err
	}
	f := finder{db: x.read, challenge: q.Challenge, tags: ranges(terms.Tags), but: pinned}
	if f.match = strict(terms.Texts); len(pinned) == 0 {
		if f.match, err = x.forgiving(ctx, f, terms.Texts); err != nil {
			return search.Result{}, err
		}
	}
	// The pinned hit is the first of the first page; the others are counted behind it.
	first := pinned[min(q.Offset, len(pinned)):]
	offset := max(q.Offset-len(pinned), 0)
	hits, err := f.find(ctx, offset, q.Limit+1)
	if err != nil {
		return search.Result{}, err
	}
	hits = append(first, hits...)
	return search.Result{Hits: hits[:min(q.Limit, len(hits))], More: len(hits) > q.Limit}, nil
}

// numbered returns the entry with the number, if there is one.
func (x *Index) numbered(ctx context.Context, challenge string, number uint32) ([]search.Hit, error) {
	if number == 0 {
		return nil, nil
	}
	return list(x.read.QueryContext(ctx,
		`SELECT id, number FROM document WHERE challenge = ? AND number = ? LIMIT 1`, challenge, number))
}

// finder asks for the documents of a challenge that have certain tags and match an FTS5 expression.
type finder struct {
	db        *sql.DB
	challenge string
	match     string // empty where only tags are asked for
	tags      []keys
	but       []search.Hit // found already
}

// keys is a range of tags' keys, both ends within. Its order in JSON is what the statements read.
type keys struct {
	Low  string `json:"low"`
	High string `json:"high"`
}

// ranges returns what the tags stand for: a key, or all that begin with it.
func ranges(tags []search.Tag) []keys {
	all := make([]keys, len(tags))
	for i, tag := range tags {
		all[i] = keys{tag.Key, tag.Key}
		if tag.Open {
			all[i].High += "\U0010FFFF"
		}
	}
	return all
}

// tagged asks that a document d has a tag in each range of the JSON list @tags.
const tagged = ` AND NOT EXISTS (SELECT 1 FROM json_each(@tags) AS wanted WHERE NOT EXISTS (
	SELECT 1 FROM tag AS t WHERE t.document = d.rowid
	AND t.key BETWEEN wanted.value ->> 'low' AND wanted.value ->> 'high'))`

// byText finds by words, best first: a word counts more in a short caption, and less in a city, which many share.
const byText = `SELECT d.id, d.number FROM text JOIN document AS d ON d.rowid = text.rowid
	WHERE text MATCH @match AND d.challenge = @challenge AND d.id <> @but` + tagged + `
	ORDER BY bm25(text, 2, 2, 1), d.number LIMIT @limit OFFSET @offset`

// byTag finds by hashtags alone: the very hashtag before longer ones.
const byTag = `SELECT d.id, d.number FROM tag AS first JOIN document AS d ON d.rowid = first.document
	WHERE first.challenge = @challenge AND first.key BETWEEN @low AND @high AND d.id <> @but` + tagged + `
	GROUP BY d.rowid ORDER BY min(first.key <> @low), d.number LIMIT @limit OFFSET @offset`

func (f finder) find(ctx context.Context, offset, limit int) ([]search.Hit, error) {
	tags, err := json.Marshal(f.tags)
	if err != nil {
		return nil, err
	}
	but := ""
	if len(f.but) > 0 {
		but = f.but[0].ID
	}
	arguments := []any{
		sql.Named("challenge", f.challenge), sql.Named("but", but), sql.Named("tags", string(tags)),
		sql.Named("limit", limit), sql.Named("offset", offset),
	}
	if f.match != "" {
		return list(f.db.QueryContext(ctx, byText, append(arguments, sql.Named("match", f.match))...))
	}
	first := f.tags[0]
	return list(f.db.QueryContext(ctx, byTag, append(arguments, sql.Named("low", first.Low), sql.Named("high", first.High))...))
}

// any reports whether a document of the challenge matches the expression, whatever its tags.
func (f finder) any(ctx context.Context, match string) (bool, error) {
	var one int
	err := f.db.QueryRowContext(ctx, `SELECT 1 FROM text JOIN document AS d ON d.rowid = text.rowid
		WHERE text MATCH ? AND d.challenge = ? LIMIT 1`, match, f.challenge).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func list(rows *sql.Rows, err error) ([]search.Hit, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hits []search.Hit
	for rows.Next() {
		var h search.Hit
		if err := rows.Scan(&h.ID, &h.Number); err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, rows.Err()
}

// strict is the FTS5 expression for all texts just as they are; empty for none.
func strict(texts []search.Text) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = exactly(text)
	}
	return strings.Join(all, " AND ")
}

// exactly is a phrase of the text's tokens, or a prefix.
func exactly(text search.Text) string {
	phrase := quote(strings.Join(text.Tokens, " "))
	if text.Open {
		phrase += "*"
	}
	return phrase
}

// quote makes an FTS5 string, in which nothing has a meaning of its own.
func quote(tokens string) string { return `"` + strings.ReplaceAll(tokens, `"`, `""`) + `"` }
