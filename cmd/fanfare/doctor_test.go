package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"fanfare/media/blob/blobtest"
	"fanfare/server/bus/bustest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// examine runs the doctor and returns its report's lines by subject, of several the first that is not well.
func (i *installation) examine() (lines map[string]string, err error) {
	i.t.Helper()
	out, err := command(i.t, append([]string{"doctor", "--data", i.data}, i.flags...)...)
	lines = map[string]string{}
	for line := range strings.SplitSeq(out, "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "→" {
			if before := lines[fields[1]]; before == "" || strings.HasPrefix(before, "ok") {
				lines[fields[1]] = line
			}
		}
	}
	return lines, err
}

// diagnosed holds that the doctor's only line of a level other than ok has that subject.
func (i *installation) diagnosed(level, subject string) {
	i.t.Helper()
	lines, err := i.examine()
	if failed := level == "FAIL"; failed != errors.Is(err, errFound) {
		i.t.Errorf("%s: the doctor's verdict is %v", subject, err)
	}
	for name, line := range lines {
		bad := !strings.HasPrefix(line, "ok")
		if name == "disk" {
			continue // is this machine's own
		}
		if bad != (name == subject) || bad && !strings.HasPrefix(line, level) {
			i.t.Errorf("want %q for %s alone, got %q", level, subject, line)
		}
	}
	if _, ok := lines[subject]; subject != "" && !ok {
		i.t.Errorf("the doctor says nothing of %s", subject)
	}
}

// healthy is an installation with a photo that serves nobody.
func healthy(t *testing.T) *installation {
	i := install(t, nil)
	i.published(i.guest(), "a photo")
	i.close()
	i.fanfare("rebuild")
	return i
}

func TestTheDoctorFindsNothingWithOneFolderAndForecastsItsDisk(t *testing.T) {
	i := healthy(t)
	i.diagnosed("ok", "")
	lines, _ := i.examine()
	if !strings.Contains(lines["disk"], "free, ") {
		t.Errorf("no forecast: %q", lines["disk"])
	}
}

func TestTheDoctorFindsNoDatabaseAndMakesNone(t *testing.T) {
	data := t.TempDir()
	i := &installation{t: t, data: data}
	if lines, err := i.examine(); !errors.Is(err, errFound) || !strings.HasPrefix(lines["database"], "FAIL") {
		t.Errorf("without a database: %v, %v", err, lines)
	}
	if _, err := os.Stat(filepath.Join(data, "fanfare.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the doctor made a database")
	}
}

func TestTheDoctorNamesWhatWasGivenUp(t *testing.T) {
	i := healthy(t)
	i.inspect(func(s *store.Store) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		update := func(ctx context.Context, fn func(job.Tx) error) error {
			return s.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
		}
		queue := job.NewQueue(update, func(job.Job, error) { cancel() })
		queue.Handle("render", 1, time.Minute, func(context.Context, job.Job) error { return job.Permanent(errors.New("no")) })
		err := update(ctx, func(tx job.Tx) error { return queue.Insert(tx, job.Job{Kind: "render", Key: "e_none"}) })
		queue.Run(ctx)
		return err
	})
	i.diagnosed("warn", "queue")
}

func TestTheDoctorNamesWebhooksThatTakeNothing(t *testing.T) {
	i := healthy(t)
	var hook store.Webhook
	change := func(fn func(*store.Tx) error) {
		i.inspect(func(s *store.Store) error { return s.Update(t.Context(), fn) })
	}
	change(func(tx *store.Tx) (err error) {
		hook, err = tx.CreateWebhook(store.Webhook{Address: "https://hooks.example/x", Kinds: []string{"entry.won"}, Secret: "s"})
		return err
	})
	i.diagnosed("ok", "")
	change(func(tx *store.Tx) error { _, err := tx.WebhookFails(hook.ID); return err })
	i.diagnosed("warn", "webhooks")
	change(func(tx *store.Tx) error { _, err := tx.StopWebhook(hook.ID, "failing"); return err })
	i.diagnosed("warn", "webhooks")
	change(func(tx *store.Tx) error {
		_, err := tx.StopWebhook(hook.ID, "staff")
		return errors.Join(err, tx.StartWebhook(hook.ID))
	})
	i.diagnosed("ok", "")
}

func TestTheDoctorNamesEachServerThatIsAway(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, MinIO and NATS; run without -short")
	}
	db, media, bus := storetest.StartPostgres(t, "fsync=on", "full_page_writes=on"), blobtest.StartMinIO(t, t.TempDir()), bustest.StartNATS(t)
	i := install(t, nil, "--db", db.NewDatabase(t), "--media", media.URL("fanfare"), "--bus", bus.URL(), "--secrets", testKeys(t))
	i.close()
	i.fanfare("rebuild")
	i.diagnosed("warn", "layout") // each replica would have a search index of its own
	i.flags = append(i.flags, "--bus", "mem:")
	i.diagnosed("ok", "")

	client, err := minio.New(media.Addr, &minio.Options{Creds: credentials.NewStaticV4(blobtest.AccessKey, blobtest.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	public := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::fanfare/*"]}]}`
	for _, policy := range []struct{ text, level, subject string }{{public, "FAIL", "privacy"}, {"", "ok", ""}} {
		if err := client.SetBucketPolicy(t.Context(), "fanfare", policy.text); err != nil {
			t.Fatal(err)
		}
		i.diagnosed(policy.level, policy.subject)
	}
	media.Stop()
	i.diagnosed("FAIL", "photos")
	media.Start(t)
	if err := db.Stop(); err != nil {
		t.Fatal(err)
	}
	i.diagnosed("FAIL", "database")
	if err := db.Start(); err != nil {
		t.Fatal(err)
	}
	i.flags = append(i.flags, "--bus", bus.URL(), "--search", "meilisearch://127.0.0.1:1", "--secrets", testKeys(t))
	bus.Stop()
	lines, err := i.examine()
	if !errors.Is(err, errFound) || !strings.HasPrefix(lines["bus"], "FAIL") || !strings.HasPrefix(lines["search"], "FAIL") {
		t.Errorf("without bus and search: %v, %v", err, lines)
	}
}

func TestTheDoctorNamesADatabaseThatForgets(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL; run without -short")
	}
	db := storetest.StartPostgres(t) // without fsync
	i := install(t, nil, "--db", db.NewDatabase(t))
	i.close()
	i.fanfare("rebuild")
	i.diagnosed("FAIL", "durability")
}

func TestTheDoctorNamesSecretsThatOthersCanRead(t *testing.T) {
	i := healthy(t)
	path := testKeys(t)
	i.flags = append(i.flags, "--secrets", path)
	i.diagnosed("ok", "")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	i.diagnosed("warn", "secrets")
}
