package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// How long PostgreSQL may keep us waiting. Its own limits come first, because they say what was waited for.
const (
	connectLimit   = 5 * time.Second
	statementLimit = 8 * time.Second
	silenceLimit   = maxWait          // of a connection, while an answer is due: the machine or the network is gone
	idleLimit      = 15 * time.Second // of a transaction that writes and whose program says nothing any more: it holds locks
	viewIdleLimit  = MaxView + 5*time.Second
)

// connections is how many of each kind a replica has at most: with three replicas they fit into the 100 that PostgreSQL
// allows where nothing else is configured.
const connections = 12

// How long a connection is kept: an idle one is given back, and none outlives a password or a server that was replaced for
// long.
const (
	connectionIdle = 5 * time.Minute
	connectionLife = 30 * time.Minute
)

// OpenPostgres opens the two pools of the database at an address, "postgres://user@host:port/name?sslmode=verify-full",
// of which several hosts may be named. Password is asked whenever a connection is made; where it returns "", what libpq's
// environment and files say counts. The server's list of connections names the application. Connections are made when
// they are needed.
func OpenPostgres(address, application string, password func() string) (write, read *sql.DB, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" {
		return nil, nil, errors.New("open PostgreSQL: the address is none of the form postgres://user@host:port/name") // which may hold a secret
	}
	if _, given := u.User.Password(); given || u.Query().Has("password") {
		return nil, nil, errors.New("open PostgreSQL: the address holds a password: give it as FANFARE_DB_PASSWORD")
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	config.ConnectTimeout = connectLimit
	config.DialFunc = dial
	config.RuntimeParams["application_name"] = application
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["statement_timeout"] = milliseconds(statementLimit)
	return pool(config, idleLimit, password), pool(config, viewIdleLimit, password), nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func pool(config *pgx.ConnConfig, idle time.Duration, password func() string) *sql.DB {
	config = config.Copy()
	config.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(idle)
	db := stdlib.OpenDB(*config, stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
		if given := password(); given != "" {
			c.Password = given
		}
		return nil
	}))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(connectionIdle)
	db.SetConnMaxLifetime(connectionLife)
	return db
}

// patient opens a pool like a database's own whose statements may take as long as they need: those that change tables.
func patient(ctx context.Context, db *sql.DB) (*sql.DB, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var config *pgx.ConnConfig
	err = errors.Join(conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", driverConn)
		}
		config = c.Conn().Config()
		return nil
	}), conn.Close())
	if err != nil {
		return nil, err
	}
	config.RuntimeParams = maps.Clone(config.RuntimeParams)
	config.RuntimeParams["statement_timeout"], config.RuntimeParams["idle_in_transaction_session_timeout"] = "0", "0"
	config.DialFunc = (&net.Dialer{Timeout: connectLimit}).DialContext
	return stdlib.OpenDB(*config), nil
}

// CheckDurability returns an error, which says the remedy, unless the database keeps through a power loss what it has
// acknowledged.
func (s *Store) CheckDurability(ctx context.Context) error {
	checks := map[string][]string{
		"SELECT current_setting('fsync')":              {"on"},
		"SELECT current_setting('full_page_writes')":   {"on"},
		"SELECT current_setting('synchronous_commit')": {"on", "local", "remote_write", "remote_apply"},
	}
	if s.dialect == SQLite {
		checks = map[string][]string{"PRAGMA journal_mode": {"wal", "delete"}, "PRAGMA synchronous": {"2", "3"}}
	}
	for query, safe := range checks {
		var value string
		if err := s.write.QueryRowContext(ctx, query).Scan(&value); err != nil {
			return fmt.Errorf("check durability: %w", classify(err))
		}
		if !slices.Contains(safe, value) {
			return fmt.Errorf("check durability: %s says %q: acknowledged votes would be lost with the power; set it to %q", query, value, safe[0])
		}
	}
	return nil
}
