package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// Assets are the files that the pages link as /assets/{name}: page.css, charts.css, page.js, collect.js, favicon.svg.
func Assets() fs.FS {
	sub, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is embedded: it is there
	}
	return sub
}

// versions are the first bytes of each asset's hash, so that a changed file has another address.
var versions = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	entries, err := fs.ReadDir(Assets(), ".")
	if err != nil {
		panic(err) // as above
	}
	for _, e := range entries {
		b, err := fs.ReadFile(Assets(), e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		m[e.Name()] = hex.EncodeToString(sum[:4])
	}
	return m
})

// assetPath is an asset's address. Those of this package carry a version, so they may be cached for good.
func assetPath(name string) string {
	if v := versions()[name]; v != "" {
		return "/assets/" + name + "?v=" + v
	}
	return "/assets/" + name
}
