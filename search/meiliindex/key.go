package meiliindex

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/meilisearch/meilisearch-go"
)

// haveSearchKey finds the key that can only search this index, or makes it. It is empty for a server without keys.
func (x *Index) haveSearchKey(ctx context.Context) (*string, error) {
	if key := x.searchKey.Load(); key != nil {
		return key, nil
	}
	key, err := x.findSearchKey(ctx)
	if err != nil {
		return nil, err
	}
	x.searchKey.Store(&key)
	return &key, nil
}

func (x *Index) findSearchKey(ctx context.Context) (string, error) {
	uid := searchKeyID(x.name)
	key, err := x.admin.GetKeyWithContext(ctx, uid)
	if code(err) == noKey {
		key, err = x.admin.CreateKeyWithContext(ctx, &meilisearch.Key{
			UID: uid, Name: "Fanfare: search " + x.name, Description: "Made by Fanfare. It can search and nothing else.",
			Actions: []string{"search"}, Indexes: []string{x.name},
		})
	}
	if code(err) == keyExists { // another replica was faster
		key, err = x.admin.GetKeyWithContext(ctx, uid)
	}
	if code(err) == keysUnguarded && x.adminKey() == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return key.Key, nil
}

// searchKeyID names the key by the index, so that all replicas have one. It is a UUID of version 8, made from a hash.
func searchKeyID(index string) string {
	h := sha256.Sum256([]byte("fanfare search " + index))
	h[6] = h[6]&0x0f | 0x80
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
