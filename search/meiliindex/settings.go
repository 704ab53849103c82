package meiliindex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
)

// settings returns the settings of an index that say what is found. Identifiers and hashtags are filtered exactly and never
// searched as words, so no typo can reach them.
//
// The language of each field is named, not guessed: from a caption of ten words the server guesses another than from a
// query of one, and then splits them differently. For Chinese only "cmn" has an effect, "chi" and "zho" have none.
func settings() *meilisearch.Settings {
	return &meilisearch.Settings{
		SearchableAttributes: []string{"caption", "caption_zh", "author", "author_zh", "city", "city_zh"},
		FilterableAttributes: []string{"challenge", "number", "tags"},
		SortableAttributes:   []string{"number"},
		DisplayedAttributes:  []string{"id", "number"},
		RankingRules:         []string{"words", "typo", "exactness", "proximity", "attribute", "sort"},
		LocalizedAttributes: []*meilisearch.LocalizedAttributes{
			{AttributePatterns: []string{"*_zh"}, Locales: []string{"cmn"}},
			{AttributePatterns: []string{"caption", "author", "city"}, Locales: []string{"eng"}},
		},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled:             true,
			MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 4, TwoTypos: 255}, // never two
			DisableOnAttributes: []string{"caption_zh", "author_zh", "city_zh", "tags", "id", "challenge"},
			DisableOnNumbers:    true,
		},
		Pagination:         &meilisearch.Pagination{MaxTotalHits: search.MaxOffset + search.MaxLimit + 1},
		ProximityPrecision: meilisearch.ByWord,
		PrefixSearch:       ptr("indexingTime"),
		FacetSearch:        false, // nobody searches for facets, and it costs time with every batch
	}
}

// unset are settings that would change what is found. They are empty or off.
var unset = []string{
	"distinctAttribute", "stopWords", "synonyms", "dictionary", "separatorTokens", "nonSeparatorTokens", "facetSearch",
}

func ptr[T any](v T) *T { return &v }

// configure gives an index its settings and reads them back: the client leaves out of a request what is false or empty,
// and then the server keeps what it has.
func (x *Index) configure(ctx context.Context, name string) error {
	index := x.admin.Index(name)
	err := x.run(ctx, "configure "+name, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return index.UpdateSettingsWithContext(ctx, settings())
	})
	if err != nil {
		return err
	}
	err = x.run(ctx, "configure "+name, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return index.UpdateFacetSearchWithContext(ctx, false)
	})
	if err != nil {
		return err
	}
	return x.verifySettings(ctx, name)
}

// errSettings says that somebody changed the settings, or that the server does not know them all.
var errSettings = errors.New("settings are not Fanfare's")

// CheckSettings returns an error that names the settings of the index that are not Fanfare's.
func (x *Index) CheckSettings(ctx context.Context) error { return x.verifySettings(ctx, x.name) }

func (x *Index) verifySettings(ctx context.Context, name string) error {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	got, err := x.admin.Index(name).GetSettingsWithContext(within)
	if err != nil {
		return failure(ctx, "read settings of "+name, err)
	}
	wrong, err := differing(got, settings())
	if err != nil {
		return fmt.Errorf("read settings of %s: %w", name, err)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("index %s: %w: %s", name, errSettings, strings.Join(wrong, ", "))
	}
	return nil
}

// differing names the settings that differ.
func differing(got, want *meilisearch.Settings) ([]string, error) {
	a, err := canonical(got)
	if err != nil {
		return nil, err
	}
	b, err := canonical(want)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(b))
	return slices.DeleteFunc(append(names, unset...), func(name string) bool { return reflect.DeepEqual(a[name], b[name]) }), nil
}

// canonical is the settings that are neither false nor empty, with those in order whose order means nothing.
func canonical(s *meilisearch.Settings) (map[string]any, error) {
	c := *s
	c.FilterableAttributes = slices.Sorted(slices.Values(c.FilterableAttributes))
	c.SortableAttributes = slices.Sorted(slices.Values(c.SortableAttributes))
	if c.TypoTolerance != nil {
		typo := *c.TypoTolerance
		typo.DisableOnAttributes = slices.Sorted(slices.Values(typo.DisableOnAttributes))
		typo.DisableOnWords = append([]string{}, typo.DisableOnWords...)
		c.TypoTolerance = &typo
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	err = json.Unmarshal(text, &values)
	return values, err
}
