package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fanfare/media/blob/blobtest"
	"fanfare/server/app/upkeep"
	"fanfare/server/job"
	"fanfare/server/store/storetest"
)

// testKeys writes the keys of the tests' object stores, and of the search server where there is one.
func testKeys(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets")
	content := fmt.Sprintf("%s=%s\n%s=%s\n%s=%s\n", s3AccessKey, blobtest.AccessKey, s3SecretKey, blobtest.SecretKey,
		meilisearchKey, os.Getenv("FANFARE_TEST_MEILISEARCH_KEY"))
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// searchServer is a URL of an index of its own on the search server of the tests, "" where there is none.
func searchServer(t *testing.T) string {
	address := strings.TrimPrefix(os.Getenv("FANFARE_TEST_MEILISEARCH"), "http://")
	if address == "" {
		return ""
	}
	return "meilisearch://" + address + "?index=" + strings.ToLower(t.Name())
}

// grown is an installation with photos and votes that serves nobody.
func grown(t *testing.T, flags ...string) *installation {
	t.Helper()
	i := install(t, nil, flags...)
	for _, id := range i.publishedPhotos(3) {
		i.vote("PUT", id, i.guest())
		i.vote("PUT", id, i.guest())
	}
	i.close()
	return i
}

// A campaign that outgrows one machine moves by changing four URLs, and back.
func TestACopyMovesAnInstallationToServersAndBack(t *testing.T) {
	i := grown(t)
	began := i.tables()
	db, media, keys := storetest.StartPostgres(t, "fsync=on", "full_page_writes=on"), blobtest.StartMinIO(t, t.TempDir()), testKeys(t)
	moved := &installation{t: t, data: t.TempDir(), flags: []string{"--db", db.NewDatabase(t), "--media", media.URL("moved"), "--secrets", keys}}
	to := []string{"--to-db", moved.flags[1], "--to-media", moved.flags[3], "--to-secrets", keys}
	if server := searchServer(t); server != "" {
		moved.flags = append(moved.flags, "--search", server)
		to = append(to, "--to-search", server)
	} else {
		t.Log("FANFARE_TEST_MEILISEARCH names no server: the search index is not copied to one")
		moved.flags = append(moved.flags, "--search", "local:"+filepath.Join(moved.data, "index.db"))
		to = append(to, "--to-search", "local:"+filepath.Join(moved.data, "index.db"))
	}
	mustRun(t, append(i.from(), to...)...)
	same(t, began, moved.tables())
	moved.fanfare("verify")
	r := moved.replica("")
	r.start()
	i.sameBoard(r.url)
	r.stop()

	back := &installation{t: t, data: filepath.Join(t.TempDir(), "back")}
	mustRun(t, append(moved.from(), "--from-secrets", keys, "--to-data", back.data)...)
	same(t, moved.tables(), back.tables())
	back.fanfare("verify")
}

// from is the command that copies the installation, without its target.
func (i *installation) from() []string {
	args := []string{"copy", "--from-data", i.data}
	for n := 0; n < len(i.flags); n += 2 {
		if i.flags[n] == "--db" || i.flags[n] == "--media" {
			args = append(args, "--from-"+i.flags[n][2:], i.flags[n+1])
		}
	}
	return args
}

// sameBoard holds a server's board against the database.
func (i *installation) sameBoard(url string) {
	i.t.Helper()
	votes := map[string]int64{}
	for _, row := range i.tables()["tallies"] {
		votes[row[0].(string)] = row[3].(int64)
	}
	shown := map[string]int64{}
	for _, row := range boardOf(i.t, url).Rows {
		shown[string(row.Entry)] = row.Score
	}
	if !maps.Equal(shown, votes) {
		i.t.Errorf("the board shows %v, the database has %v", shown, votes)
	}
}

func TestACopyThatWasCutOffGoesOnAndASecondOneHasNothingToDo(t *testing.T) {
	i := grown(t)
	target := filepath.Join(t.TempDir(), "target")
	cutOff(t, "table tallies", append(i.from(), "--to-data", target)...)
	out := mustRun(t, append(i.from(), "--to-data", target)...)
	if !strings.Contains(out, "table entries: 3 rows, 3 of them were there") {
		t.Errorf("it began anew")
	}
	again := mustRun(t, append(i.from(), "--to-data", target)...)
	if !strings.Contains(again, "photos: 0 objects copied") {
		t.Errorf("it copied photos twice")
	}
	same(t, i.tables(), (&installation{t: t, data: target}).tables())
}

func TestOnlyWhatHasATargetIsCopied(t *testing.T) {
	i := grown(t)
	folder := filepath.Join(t.TempDir(), "photos")
	out := mustRun(t, append(i.from(), "--to-media", "dir:"+folder)...)
	if strings.Contains(out, "table") || strings.Contains(out, "search index") {
		t.Errorf("more than the photos was copied:\n%s", out)
	}
	i.flags = append(i.flags, "--media", "dir:"+folder)
	i.fanfare("verify")
}

func TestPhotosCopiedAheadLeaveLittleToDoAndWithdrawnOnesGo(t *testing.T) {
	i := install(t, nil)
	fan := i.guest()
	entries := []string{i.published(fan, "stays"), i.published(fan, "goes")}
	folder := filepath.Join(t.TempDir(), "photos")
	final := append(i.from(), "--to-media", "dir:"+folder)
	mustRun(t, append(final, "--ahead")...)
	if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + entries[1], token: fan}); r.Status >= 300 {
		t.Fatalf("withdraw: %d %s", r.Status, r.Text)
	}
	i.eventually("the photos are removed", func() bool {
		stats, err := i.app.queue.Stats(t.Context())
		return err == nil && stats["purge"] == job.Stats{}
	})
	i.close()
	if out := mustRun(t, final...); !strings.Contains(out, "photos: 0 objects copied") {
		t.Errorf("photos were copied twice:\n%s", out)
	}
	for _, path := range filesBelow(t, folder) {
		if strings.Contains(path, entries[1]) {
			t.Errorf("a withdrawn photo is at the target: %s", path)
		}
	}
	if _, err := command(t, append(i.from(), "--to-data", t.TempDir(), "--ahead")...); err == nil {
		t.Error("rows were copied ahead")
	}
}

func TestACopyRefusesWhatIsServed(t *testing.T) {
	i := grown(t)
	r := i.replica("")
	r.start()
	if _, err := command(t, append(i.from(), "--to-data", t.TempDir())...); !errors.Is(err, errServed) {
		t.Errorf("from a served database: %v", err)
	}
	_, folder := backedUp(t)
	if _, err := command(t, append([]string{"restore", folder, "--data", i.data}, i.flags...)...); !errors.Is(err, errServed) {
		t.Errorf("into a served database: %v", err)
	}
}

func TestACopyRefusesATargetThatHoldsSomethingElse(t *testing.T) {
	i, other := grown(t), grown(t)
	before := other.tables()
	to := []string{"--to-db", "sqlite:" + filepath.Join(other.data, "fanfare.db")}
	for n, flag := range other.flags {
		if flag == "--db" {
			to[1] = other.flags[n+1]
		}
	}
	if _, err := command(t, append(i.from(), to...)...); !errors.Is(err, upkeep.ErrForeign) {
		t.Errorf("into another database: got %v, want ErrForeign", err)
	}
	same(t, before, other.tables())
	if _, err := command(t, append(i.from(), "--to-media", "dir:"+filepath.Join(other.data, "media"))...); !errors.Is(err, upkeep.ErrForeign) {
		t.Errorf("into another bucket: got %v, want ErrForeign", err)
	}
}

func TestACopySaysWhatIsWrongWithItsFlags(t *testing.T) {
	i := grown(t)
	for want, args := range map[string][]string{
		"nothing to copy": i.from(),
		"are the same":    append(i.from(), "--to-media", "dir:"+filepath.Join(i.data, "media")),
		"no such file":    {"copy", "--from-data", t.TempDir(), "--to-data", t.TempDir()},
		"valid schemes":   append(i.from(), "--to-media", "ftp://example.org"),
	} {
		if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
