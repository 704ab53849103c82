package localindex

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
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
		return search.Result{}, failed("search "+q.Challenge, err)
	}
	return r, nil
}

func (x *Index) search(ctx context.Context, q search.Query, terms search.Terms) (search.Result, error) {
	pinned, err := x.numbered(ctx, q.Challenge, terms.Number)
	if err != nil {
		return search.Result{}, err
	}
	f := finder{db: x.read, challenge: q.Challenge, match: strict(terms.Texts), tags: ranges(terms.Tags)}
	if len(pinned) > 0 {
		f.but = pinned[0].Number
	} else if f.match, err = x.forgiving(ctx, f, terms.Texts); err != nil {
		return search.Result{}, err
	}
	// The pinned hit is the first of the first page; the others are counted behind it.
	all := slices.Clone(pinned[min(q.Offset, len(pinned)):])
	others, err := f.find(ctx, max(q.Offset-len(pinned), 0), q.Limit+1)
	if err != nil {
		return search.Result{}, err
	}
	all = append(all, others...)
	return search.Result{Hits: all[:min(q.Limit, len(all))], More: len(all) > q.Limit}, nil
}

// numbered returns the entry with the number, if there is one.
func (x *Index) numbered(ctx context.Context, challenge string, number uint32) ([]search.Hit, error) {
	if number == 0 {
		return nil, nil
	}
	return hits(x.read.QueryContext(ctx,
		`SELECT id, number FROM document WHERE challenge = ? AND number = ? LIMIT 1`, challenge, number))
}

// finder asks for the documents of a challenge that have certain tags and match an FTS5 expression.
type finder struct {
	db        *sql.DB
	challenge string
	match     string // empty where only tags are asked for
	tags      []keys
	but       uint32 // an entry's number that was found already; 0 for none
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

// tagged asks that a document has a tag in each range of the JSON list @tags; most queries have none.
const tagged = ` AND (@tags = '[]' OR NOT EXISTS (SELECT 1 FROM json_each(@tags) AS wanted WHERE NOT EXISTS (
	SELECT 1 FROM tag AS other WHERE other.document = d.rowid
	AND other.key BETWEEN wanted.value ->> 'low' AND wanted.value ->> 'high')))`

// byText finds by words, best first: a word counts less in a city, which many entries share.
const byText = `SELECT d.id, d.number FROM text JOIN document AS d ON d.rowid = text.rowid
	WHERE text MATCH @match AND d.challenge = @challenge AND d.number <> @but` + tagged + `
	ORDER BY bm25(text, 2, 2, 1), d.number LIMIT @limit OFFSET @offset`

// byTag finds by a hashtag (and others) alone. It reads the index in the order of numbers, and stops at the limit.
const byTag = `SELECT d.id, d.number FROM tag AS first JOIN document AS d ON d.rowid = first.document
	WHERE first.challenge = @challenge AND first.key = @low AND first.number <> @but` + tagged + `
	ORDER BY first.number LIMIT @limit OFFSET @offset`

// byTagPrefix finds the hashtag itself, and behind it longer ones.
const byTagPrefix = `SELECT d.id, d.number FROM (
	SELECT document, min(key <> @low) AS longer FROM tag
	WHERE challenge = @challenge AND key BETWEEN @low AND @high AND number <> @but GROUP BY document
	) AS first JOIN document AS d ON d.rowid = first.document WHERE true` + tagged + `
	ORDER BY first.longer, d.number LIMIT @limit OFFSET @offset`

func (f finder) find(ctx context.Context, offset, limit int) ([]search.Hit, error) {
	query, tags, arguments := byText, f.tags, []any{sql.Named("match", f.match)}
	if f.match == "" {
		first := f.tags[0]
		query, tags, arguments = byTagPrefix, f.tags[1:], []any{sql.Named("low", first.Low), sql.Named("high", first.High)}
		if first.Low == first.High {
			query, arguments = byTag, arguments[:1]
		}
	}
	list, err := json.Marshal(tags)
	if err != nil {
		return nil, err
	}
	return hits(f.db.QueryContext(ctx, query, append(arguments,
		sql.Named("challenge", f.challenge), sql.Named("but", f.but), sql.Named("tags", string(list)),
		sql.Named("limit", limit), sql.Named("offset", offset))...))
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

// hits reads the rows of a query.
func hits(rows *sql.Rows, err error) ([]search.Hit, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []search.Hit
	for rows.Next() {
		var h search.Hit
		if err := rows.Scan(&h.ID, &h.Number); err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, rows.Err()
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
