package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the tables to this version's form; ErrNewerSchema when they have a later one's. Several processes may
// call it at once, and one that is killed in it leaves what the next one goes on with.
func (s *Store) Migrate(ctx context.Context) error {
	return s.withProvider(ctx, func(p *goose.Provider) error {
		if err := refuseNewer(ctx, p); err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", classify(err))
		}
		return nil
	})
}

// Schema returns the version of the database's tables, 0 for an empty one.
func (s *Store) Schema(ctx context.Context) (version int64, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		there := "SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'"
		if s.dialect == Postgres {
			there = "SELECT COUNT(to_regclass('goose_db_version'))"
		}
		var tables int
		if err := tx.one(there, nil, &tables); err != nil || tables == 0 {
			return err
		}
		return tx.one("SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied", nil, &version)
	})
	if err != nil {
		return 0, fmt.Errorf("read version of tables: %w", err)
	}
	return version, nil
}

// SchemaVersion returns the version of the tables that this program works with.
func SchemaVersion() int64 {
	names, _ := fs.Glob(migrations, "migrations/*.sql") // a fixed pattern
	newest, _ := goose.NumericComponent(names[len(names)-1])
	return newest
}

// How often, and how many times, a migration asks whether another process's has ended.
const (
	lockProbe  = 1 // seconds
	lockProbes = 600
)

// withProvider runs fn with what applies migrations.
func (s *Store) withProvider(ctx context.Context, fn func(*goose.Provider) error) (err error) {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	db := s.write
	if s.dialect == Postgres {
		if db, err = patient(ctx, s.write); err != nil {
			return fmt.Errorf("migrate: %w", classify(err))
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockProbe, lockProbes), lock.WithUnlockTimeout(lockProbe, lockProbes))
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(s.dialect.goose(), db, migrationFiles{s.dialect}, options...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return fn(provider)
}

// refuseNewer keeps this program from tables whose meaning it does not know.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	version, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read version of tables: %w", classify(err))
	}
	if newest := SchemaVersion(); version > newest {
		return fmt.Errorf("%w: its tables have version %d, this program knows %d: run the newer Fanfare", ErrNewerSchema, version, newest)
	}
	return nil
}

// migrationFiles are the migrations for one dialect: those named after another are left out, and SQLite's words are
// put into the dialect's.
type migrationFiles struct{ dialect Dialect }

// Glob implements fs.GlobFS.
func (m migrationFiles) Glob(pattern string) (names []string, err error) {
	all, err := fs.Glob(migrations, "migrations/"+pattern)
	for _, name := range all {
		name = strings.TrimPrefix(name, "migrations/")
		if parts := strings.Split(name, "."); len(parts) == 2 || parts[1] == m.dialect.String() {
			names = append(names, name)
		}
	}
	return names, err
}

// Open implements fs.FS.
func (m migrationFiles) Open(name string) (fs.File, error) {
	f, err := migrations.Open("migrations/" + name)
	if err != nil {
		return nil, err
	}
	text, err := migrations.ReadFile("migrations/" + name)
	return translated{f, bytes.NewReader([]byte(m.dialect.schema(string(text))))}, err
}

// translated is a file with another content.
type translated struct {
	fs.File
	content *bytes.Reader
}

// Read implements fs.File.
func (t translated) Read(p []byte) (int, error) { return t.content.Read(p) }
