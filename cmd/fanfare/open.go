package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/media/blob/s3blob"
	"fanfare/search"
	"fanfare/search/localindex"
	"fanfare/search/meiliindex"
	"fanfare/server/access"
	"fanfare/server/bus"
	"fanfare/server/bus/membus"
	"fanfare/server/bus/natsbus"
	"fanfare/server/console"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

// backends are the four engines behind an installation. This file is the only place that names their drivers.
type backends struct {
	write, read *sql.DB
	dialect     store.Dialect
	bucket      *blob.Bucket
	// prepareMedia makes an object store ready, and mediaExposed reports whether strangers can read it; nil for a folder.
	prepareMedia func(context.Context) error
	mediaExposed func(context.Context) (bool, error)
	index        search.Index
	bus          bus.Bus
	mail         *outbound.Mail // nil where none is configured
	issuer       *access.OpenID // likewise
	closers      []func() error
}

// open opens the four backends that the configuration names.
func open(ctx context.Context, c config) (*backends, error) {
	if err := os.MkdirAll(filepath.Join(c.data, "tmp"), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	return openParts(ctx, c, (*backends).openDatabase, (*backends).openMedia, (*backends).openSearch, (*backends).openBus, (*backends).openMail, (*backends).openIssuer)
}

// openParts opens some of the backends, for commands that need no others.
func openParts(ctx context.Context, c config, parts ...func(*backends, context.Context, config) error) (*backends, error) {
	b := &backends{}
	for _, part := range parts {
		if err := part(b, ctx, c); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	return b, nil
}

// close closes what was opened, the last first.
func (b *backends) close() error {
	var errs []error
	for i := len(b.closers) - 1; i >= 0; i-- {
		errs = append(errs, b.closers[i]())
	}
	b.closers = nil
	return errors.Join(errs...)
}

func (b *backends) openDatabase(_ context.Context, c config) error {
	kind, file, err := scheme("db", c.db, "sqlite", "postgres")
	if err != nil {
		return err
	}
	if kind == "sqlite" {
		b.dialect = store.SQLite
		b.write, b.read, err = b.sqlite(file, "FULL")
		return err
	}
	b.dialect = store.Postgres
	if b.write, b.read, err = store.OpenPostgres(c.db, c.application, c.secrets.of(dbPassword)); err != nil {
		return fmt.Errorf("--db: %w", err)
	}
	b.closers = append(b.closers, b.write.Close, b.read.Close)
	return nil
}

// sqlite opens one file twice: a single writing connection and a few reading ones.
func (b *backends) sqlite(file, synchronous string) (write, read *sql.DB, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make folder of database: %w", err)
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(" + synchronous + ")", "foreign_keys(1)", "temp_store(MEMORY)",
		"journal_size_limit(67108864)", // the log of a busy hour is given back to the disk
		"secure_delete(1)",             // what was erased does not stay behind in freed pages
	}}
	writing := url.Values{"_txlock": {"immediate"}, "_pragma": append(pragmas["_pragma"],
		"wal_autocheckpoint(4000)", // a page that many commits write is moved once for all of them; half of what the store lets the log grow to
		"cache_size(-16384)",       // in KiB: the inner pages of a table of millions of votes, of which each vote asks for another leaf
	)}
	reading := url.Values{"_pragma": append(pragmas["_pragma"], "query_only(1)")}
	if write, err = sql.Open("sqlite", sqliteName(file, writing)); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", file, err)
	}
	write.SetMaxOpenConns(1)
	b.closers = append(b.closers, write.Close)
	if err := write.Ping(); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", file, err)
	}
	if read, err = sql.Open("sqlite", sqliteName(file, reading)); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", file, err)
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	b.closers = append(b.closers, read.Close)
	return write, read, nil
}

func sqliteName(file string, query url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// readyMedia makes the object store ready to be written to.
func (b *backends) readyMedia(ctx context.Context) error {
	if b.prepareMedia == nil {
		return nil
	}
	return b.prepareMedia(ctx)
}

func (b *backends) openMedia(_ context.Context, c config) error {
	kind, folder, err := scheme("media", c.media, "dir", "s3")
	if err != nil {
		return err
	}
	if kind == "s3" {
		return b.openS3(c)
	}
	driver, err := dirblob.Open(folder)
	if err != nil {
		return err
	}
	b.closers = append(b.closers, driver.Close)
	b.bucket = blob.NewBucket(driver)
	return nil
}

// openS3 opens a bucket of an S3 store and asks it nothing yet: one that is away is no reason not to start, for nothing
// but photos depends on it.
func (b *backends) openS3(c config) error {
	place, err := s3blob.Parse(c.media)
	if err != nil {
		return fmt.Errorf("--media: %w", err)
	}
	driver, err := s3blob.New(place, c.secrets.of(s3AccessKey), c.secrets.of(s3SecretKey))
	if err != nil {
		return fmt.Errorf("--media: %w", err)
	}
	b.closers = append(b.closers, driver.Close)
	b.bucket, b.prepareMedia, b.mediaExposed = blob.NewBucket(driver), driver.Prepare, driver.Exposed
	return nil
}

// openSearch opens the index. It can be rebuilt, so the embedded one need not reach the disk with every commit.
func (b *backends) openSearch(ctx context.Context, c config) error {
	kind, file, err := scheme("search", c.search, "local", "meilisearch")
	if err != nil {
		return err
	}
	if kind == "meilisearch" {
		address, err := meiliindex.Parse(c.search)
		if err != nil {
			return fmt.Errorf("--search: %w", err)
		}
		index := meiliindex.Open(address, c.secrets.of(meilisearchKey))
		b.closers = append(b.closers, index.Close)
		b.index = index
		return nil
	}
	write, read, err := b.sqlite(file, "NORMAL")
	if err != nil {
		return err
	}
	b.index, err = localindex.Open(ctx, write, read)
	return err
}

// openIssuer makes ready who signs staff in beside us. It asks nobody: an issuer that is away keeps those out who have no
// other way in, and stops nothing else.
func (b *backends) openIssuer(_ context.Context, c config) error {
	if c.oidc == "" {
		return nil
	}
	issuer, err := access.ParseIssuer(c.oidc)
	if err != nil {
		return fmt.Errorf("--oidc: %w", err)
	}
	b.issuer = access.NewOpenID(issuer, c.secrets.of(oidcSecret), c.public.String()+console.IssuerReturn)
	return nil
}

// openMail makes ready what sends mail. It connects to nobody: a mail server that is away delays letters, and nothing else.
func (b *backends) openMail(_ context.Context, c config) error {
	if c.smtp == "" {
		return nil
	}
	server, err := outbound.ParseServer(c.smtp)
	if err != nil {
		return fmt.Errorf("--smtp: %w", err)
	}
	b.mail = outbound.NewMail(server, c.secrets.of(smtpPassword))
	return nil
}

func (b *backends) openBus(_ context.Context, c config) error {
	kind, _, err := scheme("bus", c.bus, "mem", "nats")
	if err != nil {
		return err
	}
	if kind == "mem" {
		b.bus = membus.New()
	} else if b.bus, err = natsbus.Open(natsbus.Config{
		Address: c.bus, Token: c.secrets.of(natsToken), User: c.secrets.of(natsUser), Password: c.secrets.of(natsPassword),
		Changed: func(lost error) {
			if lost != nil {
				c.log.Warn("the bus is gone; boards follow the database meanwhile", "err", lost)
			} else {
				c.log.Info("the bus is back")
			}
		},
	}); err != nil {
		return fmt.Errorf("--bus: %w", err)
	}
	b.closers = append(b.closers, b.bus.Close)
	return nil
}
