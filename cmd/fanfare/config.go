package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/outbound"
)

// maxDrainDelay bounds how long a replica that was told to stop may go on: orchestrators kill after half a minute.
const maxDrainDelay = 20 * time.Second

// config is what flags and environment say. Every flag --x-y can be given as FANFARE_X_Y; the flag wins.
type config struct {
	addr        string
	addrChosen  bool // otherwise a busy port is answered by the next free one
	metrics     string
	data        string
	db          string
	media       string
	search      string
	bus         string
	smtp        string // "" for no mail
	oidc        string // "" for signing in here alone
	disposable  string // file of mail domains that count for nobody, beside those built in; "" for none
	public      *url.URL
	photos      *url.URL // address of photos on a host of their own; nil for none
	chosen      bool     // public was given; otherwise it follows the port that was got
	proxies     []netip.Prefix
	limits      bool
	allowed     outbound.Allowed // what webhooks may call although it is not public
	drainDelay  time.Duration    // between "not ready" and the end of taking requests
	secrets     *secrets
	demo        bool
	verbose     bool
	log         *slog.Logger
	application string // what a database's list of connections shows
}

// parseConfig reads flags and environment; more adds flags of a command's own.
func parseConfig(args []string, env func(string) string, out io.Writer, more ...func(*flag.FlagSet)) (config, error) {
	var c config
	var public, photos, proxies, limits, delay, secretsFile, callable string
	flags := flag.NewFlagSet("fanfare", flag.ContinueOnError)
	flags.SetOutput(out)
	text := func(target *string, name, fallback, help string) {
		variable := "FANFARE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if value := env(variable); value != "" {
			fallback = value
		}
		flags.StringVar(target, name, fallback, help+" ($"+variable+")")
	}
	text(&c.addr, "addr", "", "address to listen on; by default :8080, or the next free port")
	text(&c.metrics, "metrics-addr", "", "address of /metrics; by default 127.0.0.1:9464, or the next free port")
	text(&c.data, "data", "fanfare-data", "folder of everything that is kept")
	text(&c.db, "db", "", "database: sqlite:FILE or postgres://USER@HOST:PORT/NAME; by default sqlite:DATA/fanfare.db")
	text(&c.media, "media", "", "photos: dir:FOLDER or s3://HOST:PORT/BUCKET; by default dir:DATA/media")
	text(&c.search, "search", "", "search index: local:FILE or meilisearch://HOST:PORT; by default local:DATA/index.db")
	text(&c.bus, "bus", "mem:", "news between replicas: mem: for a single one, or nats://HOST:PORT")
	text(&c.smtp, "smtp", "", "mail server: smtp://USER@HOST:PORT?from=ADDRESS (STARTTLS; starttls=off for none) or smtps://…; by default no mail is sent")
	text(&c.oidc, "oidc", "", "who signs staff in beside us, by OpenID Connect: https://ISSUER?client_id=ID&name=NAME; its secret is FANFARE_OIDC_SECRET")
	text(&c.disposable, "disposable-mail", "", "file of mail domains whose addresses count for nobody, one a line, beside those built in")
	text(&public, "public-url", "", "the address that visitors see; by default http://localhost and the port")
	text(&photos, "media-url", "", "the address of photos, to serve them from a host name of their own: https://HOST; it leads here as well, and serves nothing else")
	text(&proxies, "trusted-proxies", "", "addresses or networks, comma-separated, whose X-Forwarded-For and -Proto are believed")
	text(&callable, "outbound-allow", "", "hosts, addresses and networks, comma-separated, that webhooks may call although they are not public, and without TLS")
	text(&secretsFile, "secrets", "", "file of lines NAME=value with the backends' passwords and keys; it is read again when it changes")
	text(&delay, "drain-delay", "0s", "how long to go on serving after SIGTERM while /readyz already says no: as long as the balancer takes to notice")
	text(&limits, "rate-limits", "on", "on, or off for measurements")
	flags.BoolVar(&c.demo, "demo", env("FANFARE_DEMO") == "1", "run a demo challenge and a page that embeds it ($FANFARE_DEMO=1)")
	flags.BoolVar(&c.verbose, "verbose", env("FANFARE_VERBOSE") == "1", "log more ($FANFARE_VERBOSE=1)")
	for _, add := range more {
		add(flags)
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return c, err
		}
		return c, errUsage
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	c.log, c.application = newLog(out, c.verbose), "fanfare"
	var err error
	if c.secrets, err = openSecrets(secretsFile, env); err != nil {
		return c, err
	}
	if c.drainDelay, err = time.ParseDuration(delay); err != nil || c.drainDelay < 0 || c.drainDelay > maxDrainDelay {
		return c, fmt.Errorf("--drain-delay %q: want a duration like 5s, %v at most", delay, maxDrainDelay)
	}
	if c.allowed, err = outbound.ParseAllowed(callable); err != nil {
		return c, fmt.Errorf("--outbound-allow %w", err)
	}
	if c.photos, err = parsePhotos(photos); err != nil {
		return c, err
	}
	return c.complete(public, proxies, limits)
}

// complete fills in what follows from other settings, and checks the rest.
func (c config) complete(public, proxies, limits string) (config, error) {
	c.addrChosen = c.addr != ""
	if !c.addrChosen {
		c.addr = ":8080"
	}
	fallback := func(target *string, scheme, name string) {
		if *target == "" {
			*target = scheme + ":" + filepath.Join(c.data, name)
		}
	}
	fallback(&c.db, "sqlite", "fanfare.db")
	fallback(&c.media, "dir", "media")
	fallback(&c.search, "local", "index.db")
	switch limits {
	case "on":
		c.limits = true
	case "off":
	default:
		return c, fmt.Errorf("--rate-limits %q: on or off", limits)
	}
	var err error
	if c.proxies, err = parsePrefixes(proxies); err != nil {
		return c, err
	}
	c.chosen = public != ""
	c.public, err = parsePublic(public)
	if err == nil && c.public.Host == "" {
		_, port, splitErr := net.SplitHostPort(c.addr)
		if splitErr != nil {
			return c, fmt.Errorf("--addr %q: %w", c.addr, splitErr)
		}
		c.public.Host = net.JoinHostPort("localhost", port)
	}
	if err == nil && c.photos != nil && c.photos.Host == c.public.Host {
		err = fmt.Errorf("--media-url %q: a host of their own is another than that of --public-url", c.photos)
	}
	return c, err
}

func parsePublic(text string) (*url.URL, error) {
	if text == "" {
		return &url.URL{Scheme: "http"}, nil
	}
	return parseSite("public-url", text)
}

// parsePhotos reads the address of photos; nil where they have none of their own.
func parsePhotos(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	return parseSite("media-url", text)
}

// photosAt is the origin of photos as pages name it; empty where it is the pages' own.
func (c config) photosAt() string {
	if c.photos == nil {
		return ""
	}
	return c.photos.String()
}

// parseSite reads the address of a site that a setting names.
func parseSite(setting, text string) (*url.URL, error) {
	refused := fmt.Errorf("--%s %q: want https://host, without a path", setting, text)
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, refused
	}
	origin, err := access.ParseOrigin(u.String()) // as browsers write it, because it is compared with what they send
	if err != nil {
		return nil, refused
	}
	return url.Parse(origin)
}

func parsePrefixes(text string) (prefixes []netip.Prefix, err error) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if address, err := netip.ParseAddr(part); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q: %w", part, err)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// newLog returns the logger of a command.
func newLog(out io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
}

// scheme splits a backend's URL and refuses a scheme that is not one of the valid ones.
func scheme(setting, value string, valid ...string) (kind, rest string, err error) {
	kind, rest, ok := strings.Cut(value, ":")
	for _, v := range valid {
		if ok && v == kind {
			return kind, rest, nil
		}
	}
	return "", "", fmt.Errorf("--%s %q: valid schemes are %s", setting, value, strings.Join(valid, ", "))
}
