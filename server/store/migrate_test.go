package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// rowsOf reads a query's rows as texts.
func rowsOf(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, dest := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range dest {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, v := range values {
			line = append(line, v.String)
		}
		all = append(all, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// What says all of a database's schema, and of its columns: table, name, type, collation, place in the primary key.
const (
	sqliteSchema   = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
	postgresSchema = `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
		UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '' FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2, 3`
	sqliteColumns = `SELECT m.name, c.name, c.type, 'C', c.pk FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version' ORDER BY m.name, c.cid`
	postgresColumns = `SELECT c.table_name, c.column_name, CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB' ELSE c.data_type END,
		COALESCE(c.collation_name, 'C'), COALESCE(k.ordinal_position, 0) FROM information_schema.columns c
		LEFT JOIN (information_schema.key_column_usage k JOIN information_schema.table_constraints p
			ON p.constraint_name = k.constraint_name AND p.constraint_type = 'PRIMARY KEY')
		ON k.table_name = c.table_name AND k.column_name = c.column_name
		WHERE c.table_schema = 'public' AND c.table_name <> 'goose_db_version' ORDER BY c.table_name COLLATE "C", c.ordinal_position`
)

func TestTheListOfTablesIsTheSchemaConformance(t *testing.T) {
	var want []string
	tables := store.Tables()
	slices.SortFunc(tables, func(a, b store.Table) int { return strings.Compare(a.Name, b.Name) })
	for _, table := range tables {
		for i, column := range table.Columns {
			key := 0
			if i < table.Key {
				key = i + 1
			}
			want = append(want, fmt.Sprintf("%s|%s|C|%d", table.Name, column, key))
		}
	}
	left := []string{
		"uploads", "upload_parts", // whose bytes are not copied either
		"reach_salts",                                                        // which nobody is to have for longer than a day
		"confirmations", "letters", "sign_ins", "staff_resets", "ceremonies", // which are of minutes
	}
	hold := func(t *testing.T, db *sql.DB, query string) {
		var got []string
		for _, line := range rowsOf(t, db, query) {
			parts := strings.Split(line, "|")
			if slices.Contains(left, parts[0]) {
				continue
			}
			if !slices.Contains([]string{"TEXT", "INTEGER", "BLOB"}, parts[2]) {
				t.Errorf("column %s.%s is %s: copies know texts, integers and bytes", parts[0], parts[1], parts[2])
			}
			got = append(got, strings.Join(slices.Delete(parts, 2, 3), "|"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("the schema has\n%s\nthe list says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fanfare.db")
		storetest.OpenSQLiteFile(t, path, nil)
		_, read := storetest.Pools(t, path)
		hold(t, read, sqliteColumns)
	})
	t.Run("postgres", func(t *testing.T) {
		url := shared.Server(t).NewDatabase(t)
		storetest.OpenPostgres(t, url, nil)
		hold(t, postgresPool(t, url), postgresColumns)
	})
}

func postgresPool(t *testing.T, address string) *sql.DB {
	t.Helper()
	write, read, err := store.OpenPostgres(address, t.Name(), func() string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { write.Close(); read.Close() })
	return write
}

func TestADatabaseOfTheFirstReleaseBecomesLikeANewOne(t *testing.T) {
	folder := t.TempDir()
	old, fresh := filepath.Join(folder, "old.db"), filepath.Join(folder, "new.db")
	script, err := os.ReadFile("testdata/version3.sql")
	if err != nil {
		t.Fatal(err)
	}
	write, _ := storetest.Pools(t, old)
	if _, err := write.Exec(string(script)); err != nil {
		t.Fatal(err)
	}
	var schemas [2][]string
	for i, path := range []string{old, fresh} {
		storetest.OpenSQLiteFile(t, path, nil)
		_, read := storetest.Pools(t, path)
		schemas[i] = rowsOf(t, read, sqliteSchema)
	}
	if !slices.Equal(schemas[0], schemas[1]) {
		t.Errorf("upgraded:\n%s\nnew:\n%s", strings.Join(schemas[0], "\n"), strings.Join(schemas[1], "\n"))
	}
}

func TestANewerSchemaIsRefusedConformance(t *testing.T) {
	hold := func(t *testing.T, write *sql.DB, again func() error) {
		later := store.SchemaVersion() + 1
		_, err := write.Exec(fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, '1')", later))
		if err != nil {
			t.Fatal(err)
		}
		err = again()
		if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), strconv.FormatInt(later, 10)) {
			t.Errorf("got %v, want a refusal that names version %d", err, later)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fanfare.db")
		s := storetest.OpenSQLiteFile(t, path, nil)
		write, _ := storetest.Pools(t, path)
		hold(t, write, func() error { return s.Migrate(t.Context()) })
	})
	t.Run("postgres", func(t *testing.T) {
		url := shared.Server(t).NewDatabase(t)
		s := storetest.OpenPostgres(t, url, nil)
		hold(t, postgresPool(t, url), func() error { return s.Migrate(t.Context()) })
	})
}

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	url := shared.Server(t).NewDatabase(t)
	var all sync.WaitGroup
	for range 4 {
		s := openUnmigrated(t, url)
		all.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := rowsOf(t, postgresPool(t, url), "SELECT COUNT(*) FROM goose_db_version"); n[0] != strconv.FormatInt(store.SchemaVersion()+1, 10) {
		t.Errorf("%s versions are noted", n[0])
	}
}

func openUnmigrated(t *testing.T, address string) *store.Store {
	t.Helper()
	write, read, err := store.OpenPostgres(address, t.Name(), func() string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { write.Close(); read.Close() })
	s, err := store.Open(write, read, store.Postgres, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// CHECKS 58. For the server, a program that is killed is a connection that ends.
func TestAMigrationCutAnywhereIsGoneOnWith(t *testing.T) {
	server := shared.Server(t)
	whole := server.NewDatabase(t)
	storetest.OpenPostgres(t, whole, nil)
	want := rowsOf(t, postgresPool(t, whole), postgresSchema)
	step := int64(4099) // bytes; a migration is some thousands
	if os.Getenv("FANFARE_SOAK") != "" {
		step = 97
	}
	cut := true
	for after := int64(200); cut; after += step {
		t.Run(fmt.Sprintf("after %d bytes", after), func(t *testing.T) { // whose connections end with it: the server has a hundred
			address := server.NewDatabase(t)
			target, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			proxy := faulttest.Start(t, target.Host)
			proxy.Set(faulttest.Faults{ToServer: faulttest.Way{ResetAfter: after}})
			target.Host = proxy.Addr()
			cut = openUnmigrated(t, target.String()).Migrate(t.Context()) != nil
			storetest.OpenPostgres(t, address, nil)
			if got := rowsOf(t, postgresPool(t, address), postgresSchema); !slices.Equal(got, want) {
				t.Errorf("migrated again:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				cut = false
			}
		})
	}
}

// The child that migrates a SQLite file is this test binary again; these say which file, and at which statement it dies.
const (
	childFile = "FANFARE_STORE_MIGRATE"
	childFuse = "FANFARE_STORE_FUSE"
)

func TestAMigrationKilledAtAnyStatementIsGoneOnWith(t *testing.T) {
	folder := t.TempDir()
	whole := filepath.Join(folder, "whole.db")
	storetest.OpenSQLiteFile(t, whole, nil)
	_, read := storetest.Pools(t, whole)
	want := rowsOf(t, read, sqliteSchema)
	step := 4 // a migration is some ten statements
	if os.Getenv("FANFARE_SOAK") != "" {
		step = 1
	}
	for fuse := 0; ; fuse += step {
		path := filepath.Join(folder, fmt.Sprint(fuse, ".db"))
		child := exec.Command(os.Args[0], "-test.run=^TestChildMigratesUntilKilled$")
		child.Env = append(os.Environ(), childFile+"="+path, fmt.Sprint(childFuse, "=", fuse))
		out, err := child.CombinedOutput()
		var ended *exec.ExitError
		if err != nil && (!errors.As(err, &ended) || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
			t.Fatalf("the child ended by itself: %v: %s", err, out)
		}
		storetest.OpenSQLiteFile(t, path, nil).Close()
		_, read := storetest.Pools(t, path)
		if got := rowsOf(t, read, sqliteSchema); !slices.Equal(got, want) {
			t.Fatalf("killed at statement %d, migrated again:\n%s", fuse, strings.Join(got, "\n"))
		}
		if check := rowsOf(t, read, "PRAGMA integrity_check"); check[0] != "ok" {
			t.Errorf("killed at statement %d: %s", fuse, check)
		}
		if err == nil {
			if fuse < 30 {
				t.Errorf("the migration had only %d statements to be killed at", fuse)
			}
			return
		}
	}
}

func TestChildMigratesUntilKilled(t *testing.T) {
	path := os.Getenv(childFile)
	if path == "" {
		t.Skip("runs as the child of the test before it")
	}
	left, err := strconv.Atoi(os.Getenv(childFuse))
	if err != nil {
		t.Fatal(err)
	}
	real, read := storetest.Pools(t, path)
	write := sql.OpenDB(burning{real.Driver(), storetest.WriteName(path), &left})
	defer write.Close()
	write.SetMaxOpenConns(1)
	s, err := store.Open(write, read, store.SQLite, func([]contest.Change) {})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// burning connects with a fuse that kills the process at a statement, a beginning or a commit.
type burning struct {
	driver driver.Driver
	name   string
	left   *int
}

// Connect implements driver.Connector.
func (b burning) Connect(context.Context) (driver.Conn, error) {
	conn, err := b.driver.Open(b.name)
	return fused{conn, b}, err
}

// Driver implements driver.Connector.
func (b burning) Driver() driver.Driver { return b.driver }

func (b burning) burn() {
	if *b.left == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
	*b.left--
}

type fused struct {
	driver.Conn
	burning
}

// Prepare implements driver.Conn.
func (f fused) Prepare(query string) (driver.Stmt, error) {
	f.burn()
	return f.Conn.Prepare(query)
}

// Begin implements driver.Conn.
func (f fused) Begin() (driver.Tx, error) {
	f.burn()
	tx, err := f.Conn.Begin() //nolint:staticcheck // the one that a plain connection has
	return fusedTx{tx, f.burning}, err
}

type fusedTx struct {
	driver.Tx
	burning
}

// Commit implements driver.Tx.
func (f fusedTx) Commit() error {
	f.burn()
	err := f.Tx.Commit()
	f.burn()
	return err
}
