package blob_test

import (
	"fmt"
	"testing"

	"fanfare/media/blob"
	"fanfare/media/blob/blobtest"
	"fanfare/media/blob/dirblob"
	"fanfare/media/blob/s3blob"
)

func TestBlobConformance(t *testing.T) {
	t.Run("dir", func(t *testing.T) {
		blobtest.Run(t, func(t *testing.T) blob.Driver {
			d, err := dirblob.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Close() })
			return d
		})
	})
	t.Run("minio", func(t *testing.T) { runS3(t, blobtest.StartMinIO(t, t.TempDir())) })
	t.Run("versitygw", func(t *testing.T) { runS3(t, blobtest.StartVersityGW(t, t.TempDir())) })
}

// runS3 runs the suite with a bucket for each case, under a prefix in every second.
func runS3(t *testing.T, server *blobtest.Server) {
	buckets := 0
	blobtest.Run(t, func(t *testing.T) blob.Driver {
		buckets++
		url := server.URL(fmt.Sprintf("bucket-%d", buckets))
		if buckets%2 == 0 {
			url += "&prefix=fan/fare"
		}
		c, err := s3blob.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		s, err := s3blob.New(c, func() string { return blobtest.AccessKey }, func() string { return blobtest.SecretKey })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		if err := s.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
