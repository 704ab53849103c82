package s3blob

import (
	"sync"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// nobody signs nothing.
var nobody = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)

// options are what both clients have in common.
func (s *Store) options(c *credentials.Credentials) *minio.Options {
	return &minio.Options{
		Creds: c, Secure: s.config.TLS, Transport: s.transport, Region: s.config.Region, MaxRetries: attempts,
	}
}

// keys hands the client the keys as they are now.
type keys struct {
	access, secret func() string

	mu   sync.Mutex // guards what follows
	last credentials.Value
}

func newKeys(access, secret func() string) *credentials.Credentials {
	return credentials.New(&keys{access: access, secret: secret})
}

func (k *keys) now() credentials.Value {
	return credentials.Value{AccessKeyID: k.access(), SecretAccessKey: k.secret(), SignerType: credentials.SignatureV4}
}

// IsExpired implements credentials.Provider: keys are old when there are others.
func (k *keys) IsExpired() bool {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last != now
}

// Retrieve implements credentials.Provider.
func (k *keys) Retrieve() (credentials.Value, error) {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = now
	return now, nil
}

// RetrieveWithCredContext implements credentials.Provider.
func (k *keys) RetrieveWithCredContext(*credentials.CredContext) (credentials.Value, error) {
	return k.Retrieve()
}
