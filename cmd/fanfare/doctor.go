package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fanfare/media/blob"
	"fanfare/server/app/upkeep"
	"fanfare/server/job"
	"fanfare/server/store"
)

// doctorTime bounds each look of the doctor: a backend that is silent for longer is down.
const doctorTime = 20 * time.Second

// examination is one look at a configured installation, which may be serving.
type examination struct {
	config config
	report report
	store  *store.Store // nil where the database cannot be reached
	bucket *blob.Bucket // nil where the photos cannot be reached
}

// doctor examines each backend, the disks and the table of work, and says the remedy of what is not well.
func doctor(ctx context.Context, c config, out io.Writer) (err error) {
	c.log = slog.New(slog.DiscardHandler) // the findings say it
	x := &examination{config: c, report: report{out: out}}
	x.setUp()
	var closers []func() error
	defer func() {
		for _, closeIt := range closers {
			err = errors.Join(err, closeIt())
		}
	}()
	for _, look := range []struct {
		subject, remedy string
		part            func(*backends, context.Context, config) error
		at              func(context.Context, *backends) error
	}{
		{"database", "see that --db names it, that it runs, and that FANFARE_DB_PASSWORD is right", (*backends).openExisting, x.database},
		{"photos", "see that --media names the store, that it runs, and that its keys are right", (*backends).openMedia, x.media},
		{"search", "see that --search names the server, that it runs, and that FANFARE_MEILISEARCH_KEY is right", (*backends).openSearch, x.search},
		{"bus", "see that --bus names the server, that it runs, and that its token or password is right", (*backends).openBus, x.bus},
		{"mail", "see that --smtp names the server, that it takes this machine's connections, and that FANFARE_SMTP_PASSWORD is right", (*backends).openMail, x.mail},
		{"sign-in", "see that --oidc names the issuer exactly as it calls itself, and that this machine reaches it", (*backends).openIssuer, x.issuer},
	} {
		bounded, cancel := context.WithTimeout(ctx, doctorTime)
		b, err := openParts(bounded, c, look.part)
		if err == nil {
			closers = append(closers, b.close)
			err = look.at(bounded, b)
		}
		cancel()
		if err != nil {
			x.report.tell(upkeep.Finding{Level: upkeep.Fail, Subject: look.subject, Text: err.Error(), Remedy: look.remedy})
		}
	}
	if x.store != nil {
		closers = append([]func() error{func() error { x.store.Close(); return nil }}, closers...)
		x.queue(ctx)
		x.webhooks(ctx)
	}
	x.disks(ctx)
	return x.report.verdict()
}

// setUp looks at the configuration itself.
func (x *examination) setUp() {
	kind := func(url string) string { scheme, _, _ := strings.Cut(url, ":"); return scheme }
	c := x.config
	x.report.tell(upkeep.Layout{DB: kind(c.db), Media: kind(c.media), Search: kind(c.search), Bus: kind(c.bus)}.Judge())
	if c.public.Scheme == "https" && len(c.proxies) == 0 {
		x.report.tell(upkeep.Finding{Level: upkeep.Warn, Subject: "proxy", Text: "the public address is https and no proxy is trusted: cookies are not marked secure, and limits see the proxy's address alone",
			Remedy: "name the proxy's addresses with --trusted-proxies"})
	}
	if c.secrets.file == "" {
		return
	}
	if info, err := os.Stat(c.secrets.file); err == nil && info.Mode().Perm()&0o077 != 0 {
		x.report.tell(upkeep.Finding{Level: upkeep.Warn, Subject: "secrets", Text: fmt.Sprintf("%s can be read by others (%v)", c.secrets.file, info.Mode().Perm()), Remedy: "chmod 600 " + c.secrets.file})
	}
}

// database looks at the database.
func (x *examination) database(ctx context.Context, b *backends) error {
	version, err := engine(ctx, b)
	if err != nil {
		return err
	}
	s, err := store.Open(b.write, b.read, b.dialect, ignoreChanges)
	if err != nil {
		return err
	}
	x.store = s
	x.report.tell(upkeep.Good("database", "%s answers", version))
	if err := s.CheckDurability(ctx); err != nil {
		x.report.tell(upkeep.Finding{Level: upkeep.Fail, Subject: "durability", Text: err.Error(), Remedy: "mend that setting and restart the database"})
	} else {
		x.report.tell(upkeep.Good("durability", "what was acknowledged outlives a power loss"))
	}
	if err := x.schema(ctx, s); err != nil || b.dialect == store.SQLite {
		return err
	}
	return x.postgres(ctx, b)
}

// engine names the database's program.
func engine(ctx context.Context, b *backends) (version string, err error) {
	query, name := "SELECT sqlite_version()", "SQLite "
	if b.dialect == store.Postgres {
		query, name = "SELECT current_setting('server_version')", "PostgreSQL "
	}
	err = b.read.QueryRowContext(ctx, query).Scan(&version)
	return name + version, err
}

func (x *examination) schema(ctx context.Context, s *store.Store) error {
	version, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	f := upkeep.Good("tables", "version %d, as this program's", version)
	switch known := store.SchemaVersion(); {
	case version > known:
		f = upkeep.Finding{Level: upkeep.Fail, Subject: "tables", Text: fmt.Sprintf("version %d, and this program knows %d", version, known), Remedy: "run the newer Fanfare"}
	case version < known:
		f = upkeep.Finding{Level: upkeep.Warn, Subject: "tables", Text: fmt.Sprintf("version %d, and this program's is %d", version, known), Remedy: "fanfare serve of this program brings them up; back up first"}
	}
	x.report.tell(f)
	return nil
}

// postgres looks at what only PostgreSQL has: a clock, connections and a network of its own.
func (x *examination) postgres(ctx context.Context, b *backends) error {
	var theirs, used, most int64
	var encrypted, remote bool
	asked := time.Now()
	err := b.read.QueryRowContext(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").Scan(&theirs)
	if err != nil {
		return err
	}
	ours := asked.Add(time.Since(asked) / 2) // the answer was on its way for as long as the question
	x.report.tell(upkeep.JudgeClock(ours.Sub(time.UnixMilli(theirs))))
	err = b.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
		current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
		COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
		NOT COALESCE(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', true)`).Scan(&used, &most, &encrypted, &remote)
	if err != nil {
		return err
	}
	f := upkeep.Good("connections", "%d of %d in use", used, most)
	if used > most*4/5 {
		f.Level, f.Remedy = upkeep.Warn, "raise max_connections: a replica uses up to 25"
	}
	x.report.tell(f)
	if remote && !encrypted {
		x.report.tell(upkeep.Finding{Level: upkeep.Warn, Subject: "encryption", Text: "the database is on another machine and the connection to it is not encrypted", Remedy: "add sslmode=verify-full to --db"})
	}
	return nil
}

// media puts an object, reads it and deletes it, and looks from outside whether strangers can.
func (x *examination) media(ctx context.Context, b *backends) error {
	if err := b.readyMedia(ctx); err != nil {
		return err
	}
	key, content := blob.Temporary+"doctor-"+strings.ToLower(rand.Text()), []byte("doctor")
	object, err := b.bucket.Put(ctx, key, bytes.NewReader(content), int64(len(content)))
	if err == nil {
		err = errors.Join(b.bucket.Verify(ctx, key, object.SHA256), b.bucket.Delete(ctx, key))
	}
	if err != nil {
		return err
	}
	x.bucket = b.bucket
	x.report.tell(upkeep.Good("photos", "%s takes, returns and removes an object", x.config.media))
	if b.mediaExposed == nil {
		return nil
	}
	exposed, err := b.mediaExposed(ctx)
	if err != nil {
		return err
	}
	if exposed {
		x.report.tell(upkeep.Finding{Level: upkeep.Fail, Subject: "privacy", Text: "strangers can read the bucket: originals tell where photos were taken", Remedy: "remove the bucket's public policy, and keep the store off the internet"})
		return nil
	}
	x.report.tell(upkeep.Good("privacy", "the bucket refuses strangers"))
	return nil
}

// search looks at the index and, where the driver knows more, at its server.
func (x *examination) search(ctx context.Context, b *backends) error {
	stale, err := b.index.Stale(ctx)
	if err != nil {
		return err
	}
	name := x.config.search
	if server, ok := b.index.(interface {
		Version(context.Context) (string, error)
	}); ok {
		version, err := server.Version(ctx)
		if err != nil {
			return err
		}
		name = "Meilisearch " + version
	}
	if stale {
		x.report.tell(upkeep.Finding{Level: upkeep.Warn, Subject: "search", Text: name + " answers, and its index is not filled", Remedy: "a running server fills it by itself; or run: fanfare rebuild"})
		return nil
	}
	if err := b.index.Check(ctx); err != nil {
		return err
	}
	x.report.tell(upkeep.Good("search", "%s answers", name))
	if server, ok := b.index.(interface{ CheckSettings(context.Context) error }); ok {
		if err := server.CheckSettings(ctx); err != nil {
			x.report.tell(upkeep.Finding{Level: upkeep.Warn, Subject: "search", Text: err.Error(), Remedy: "run: fanfare rebuild"})
		}
	}
	return nil
}

func (x *examination) bus(ctx context.Context, b *backends) error {
	if err := b.bus.Check(ctx); err != nil {
		return err
	}
	x.report.tell(upkeep.Good("bus", "%s answers", x.config.bus))
	return nil
}

// mail signs in at the mail server.
func (x *examination) mail(ctx context.Context, b *backends) error {
	if b.mail == nil {
		x.report.tell(upkeep.Good("mail", "none is configured: no challenge can ask for a confirmed mail address"))
		return nil
	}
	if _, err := x.config.disposableDomains(); err != nil {
		return err
	}
	if err := b.mail.Check(ctx); err != nil {
		return err
	}
	x.report.tell(upkeep.Good("mail", "%s takes letters", b.mail))
	return nil
}

// issuer asks the issuer of OpenID Connect for its documents.
func (x *examination) issuer(ctx context.Context, b *backends) error {
	if b.issuer == nil {
		return nil
	}
	if err := b.issuer.Check(ctx); err != nil {
		return err
	}
	x.report.tell(upkeep.Good("sign-in", "%s answers", b.issuer.Address()))
	return nil
}

// queue looks at the table of work.
func (x *examination) queue(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	update := func(ctx context.Context, fn func(job.Tx) error) error {
		return x.store.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
	}
	counts, err := job.NewQueue(update, func(job.Job, error) {}).Stats(ctx)
	if err != nil {
		x.report.tell(upkeep.Finding{Level: upkeep.Fail, Subject: "queue", Text: err.Error(), Remedy: "mend the database first"})
		return
	}
	for _, f := range upkeep.JudgeQueue(counts) {
		x.report.tell(f)
	}
}

// webhooks looks at the programs that are told of what happens, where there are any.
func (x *examination) webhooks(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	var s hookState
	err := x.store.View(ctx, func(tx *store.Tx) (err error) {
		s, err = readHooks(tx)
		return err
	})
	f := upkeep.Good("webhooks", "%d on, %d messages waiting", s.on, s.waiting)
	switch {
	case err != nil:
		f = upkeep.Finding{Level: upkeep.Fail, Subject: "webhooks", Text: err.Error(), Remedy: "mend the database first"}
	case s.failing > 0:
		f = upkeep.Finding{Level: upkeep.Warn, Subject: "webhooks", Text: fmt.Sprintf("%d of %d take no messages, the first since %s; %d messages waiting", s.failing, s.on, s.since.Format(time.DateTime), s.waiting),
			Remedy: "see what their programs answer at /console/webhooks; one that takes nothing for five days is turned off"}
	case s.off > 0:
		f = upkeep.Finding{Level: upkeep.Warn, Subject: "webhooks", Text: fmt.Sprintf("%d off, and nobody turned them off", s.off),
			Remedy: "turn them on at /console/webhooks, or delete them there"}
	case s.on == 0:
		return
	}
	x.report.tell(f)
}

// disks forecasts every disk that holds a part of the installation.
func (x *examination) disks(ctx context.Context) {
	type disk struct {
		folder       string
		rows, photos int64
	}
	seen := map[uint64]*disk{}
	var order []*disk
	for _, part := range x.parts(ctx) {
		number, err := diskOf(part.folder)
		if err != nil {
			continue // the backend's own finding says what is wrong
		}
		d := seen[number]
		if d == nil {
			d = &disk{folder: part.folder}
			seen[number], order = d, append(order, d)
		}
		d.rows, d.photos = d.rows+part.rows, d.photos+part.photos
	}
	var pace upkeep.Pace
	if x.store != nil {
		var err error
		if pace, err = upkeep.PaceOf(ctx, x.store); err != nil {
			x.report.tell(upkeep.Finding{Level: upkeep.Fail, Subject: "disk", Text: err.Error(), Remedy: "mend the database first"})
			return
		}
	}
	for _, d := range order {
		free, total, err := diskSpace(d.folder)
		if err == nil {
			x.report.tell(upkeep.JudgeDisk(d.folder, upkeep.Disk{Total: total, Free: free}, pace.Growth(d.rows, d.photos)))
		}
	}
}

// part is a folder of the installation, with the bytes of rows and photos in it.
type part struct {
	folder       string
	rows, photos int64
}

// parts are the folders on disks that are seen from here.
func (x *examination) parts(ctx context.Context) []part {
	parts := []part{{folder: x.config.data}}
	if _, file, err := scheme("db", x.config.db, "sqlite"); err == nil {
		p := part{folder: filepath.Dir(file)}
		if info, err := os.Stat(file); err == nil {
			p.rows = info.Size()
		}
		parts = append(parts, p)
	}
	if _, folder, err := scheme("media", x.config.media, "dir"); err == nil && x.bucket != nil {
		if bytes, err := upkeep.MediaSize(ctx, x.bucket); err == nil {
			parts = append(parts, part{folder: folder, photos: bytes})
		}
	}
	return parts
}
