package meiliindex

import (
	"context"
	"fmt"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
)

// minApart is the length from which a phrase that nobody wrote may be taken apart: two words of two characters.
const minApart = 4

// Search finds what has all terms of the query, with a typo forgiven in longer words. Where nothing has, it asks again
// with long phrases taken apart. Of words and phrases the server reads the first ten.
func (x *Index) Search(ctx context.Context, q search.Query) (search.Result, error) {
	terms := search.Parse(q.Text)
	within, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	q = q.Within()
	result, any, err := x.walk(within, tiers(q.Challenge, terms, phrase), q)
	if err == nil && !any {
		result, _, err = x.walk(within, tiers(q.Challenge, terms, apart), q)
	}
	return result, failure(ctx, "search "+q.Challenge, err)
}

// tier is a part of the hits. All of one tier come before those of the next, and no document is in two.
type tier struct {
	text   string
	filter []string
}

// tiers are the parts of what has all terms: the entry with the number, then the very hashtag where longer ones are meant
// as well, then the rest. There are none for a query that asks for nothing.
func tiers(challenge string, terms search.Terms, write func(search.Text) string) []tier {
	rest := tier{filter: []string{"challenge = " + quoted(challenge)}}
	var all []tier
	if terms.Number != 0 {
		all = append(all, rest.and(fmt.Sprintf("number = %d", terms.Number)))
		rest = rest.and(fmt.Sprintf("number != %d", terms.Number))
	}
	rest.text = written(terms.Texts, write)
	if rest.text == "" && len(terms.Tags) == 0 {
		return all
	}
	for i, tag := range terms.Tags {
		is := "tags = " + quoted(tag.Key)
		switch {
		case !tag.Open:
			rest = rest.and(is)
		case rest.text == "" && i == 0: // with anything else the hits come by the best match alone
			all = append(all, rest.and(is))
			rest = rest.and("tags STARTS WITH "+quoted(tag.Key), "NOT "+is)
		default:
			rest = rest.and("tags STARTS WITH " + quoted(tag.Key))
		}
	}
	return append(all, rest)
}

func (t tier) and(conditions ...string) tier {
	t.filter = append(t.filter[:len(t.filter):len(t.filter)], conditions...)
	return t
}

// quoted writes a value of a filter.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// written is the query for all texts. The server takes its last word as the beginning of longer ones, unless something
// follows.
func written(texts []search.Text, write func(search.Text) string) string {
	var all []string
	open := false
	for _, text := range texts {
		if part := write(text); part != "" {
			all = append(all, part)
			open = text.Open
		}
	}
	query := strings.Join(all, " ")
	if query != "" && !open {
		query += " "
	}
	return query
}

// phrase writes a word, or the characters of a run in their order.
func phrase(text search.Text) string {
	if !findable(strings.Join(text.Tokens, "")) {
		return ""
	}
	if !text.Unspaced {
		return text.Tokens[0]
	}
	return `"` + strings.Join(clusters(text.Tokens), " ") + `"`
}

// apart writes the characters of a long run in any order.
func apart(text search.Text) string {
	if !text.Unspaced || len(text.Tokens) < minApart {
		return phrase(text)
	}
	return strings.Join(clusters(text.Tokens), " ")
}

// walk collects a page from the tiers, and reports whether they have any hit at all.
func (x *Index) walk(ctx context.Context, tiers []tier, q search.Query) (page search.Result, any bool, err error) {
	offset := q.Offset
	for _, t := range tiers {
		hits, total, err := x.find(ctx, t, offset, q.Limit+1-len(page.Hits))
		if err != nil {
			return search.Result{}, false, err
		}
		any = any || total > 0
		offset = max(0, offset-total)
		if page.Hits = append(page.Hits, hits...); len(page.Hits) > q.Limit {
			return search.Result{Hits: page.Hits[:q.Limit], More: true}, true, nil
		}
	}
	return page, any, nil
}

// find returns hits of a tier and how many it has in all.
func (x *Index) find(ctx context.Context, t tier, offset, limit int) (hits []search.Hit, total int, err error) {
	answer, err := x.ask(ctx, &meilisearch.SearchRequest{
		Query: t.text, Filter: t.filter, Offset: int64(offset), Limit: int64(limit), MatchingStrategy: meilisearch.All,
		Sort: []string{"number:asc"}, AttributesToRetrieve: []string{"id", "number"}, Locales: []string{"cmn", "eng"},
	})
	if err != nil {
		return nil, 0, err
	}
	for _, h := range answer.Hits {
		var r record
		if err := h.DecodeInto(&r); err != nil {
			return nil, 0, err
		}
		hits = append(hits, search.Hit{ID: r.ID, Number: r.Number})
	}
	return hits, int(answer.EstimatedTotalHits), nil
}

// ask sends a query with the key that can only search. A key that is refused is looked up again once: the server may
// have another master key since, or have lost all.
func (x *Index) ask(ctx context.Context, request *meilisearch.SearchRequest) (*meilisearch.SearchResponse, error) {
	for again := false; ; again = true {
		used, err := x.haveSearchKey(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := x.searcher.Index(x.name).SearchWithContext(ctx, request.Query, request)
		if again || !refused(err) {
			return answer, err
		}
		x.searchKey.CompareAndSwap(used, nil)
	}
}
