package s3blob

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"fanfare/media/blob"
)

// Config says where a bucket is. Keys are not among it: they never stand in a URL.
type Config struct {
	Endpoint string // host, or host:port
	Bucket   string
	Prefix   string // of all keys, ending in "/"; empty where the bucket is ours alone
	Region   string // empty to ask the store
	TLS      bool
}

// bucketName is what every store takes.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Parse reads s3://HOST:PORT/BUCKET?tls=on|off&region=…&prefix=…. Without tls it is on, except for a store on this
// machine.
func Parse(text string) (Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.Fragment != "" {
		return Config{}, errors.New("want s3://HOST:PORT/BUCKET") // without the text: it may hold a key
	}
	if u.User != nil {
		return Config{}, errors.New("keys do not belong into the URL: give them as FANFARE_S3_ACCESS_KEY and FANFARE_S3_SECRET_KEY")
	}
	c := Config{Endpoint: u.Host, Bucket: strings.Trim(u.Path, "/"), TLS: !loopback(u.Hostname())}
	if !bucketName.MatchString(c.Bucket) {
		return Config{}, fmt.Errorf("%q is no name of a bucket: want s3://HOST:PORT/BUCKET", c.Bucket)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Config{}, fmt.Errorf("options %q: %w", u.RawQuery, err)
	}
	for name, values := range query {
		if err := c.set(name, values[len(values)-1]); err != nil {
			return Config{}, err
		}
	}
	return c, nil
}

// set takes one option.
func (c *Config) set(name, value string) error {
	switch name {
	case "tls":
		if value != "on" && value != "off" {
			return fmt.Errorf("tls=%s: want on or off", value)
		}
		c.TLS = value == "on"
	case "region":
		c.Region = value
	case "prefix":
		value = strings.TrimSuffix(value, "/")
		if err := blob.CheckKey(value); err != nil { // with a key of ours it stays below the 1,024 bytes of S3
			return fmt.Errorf("prefix=%s: want up to 200 lower-case letters, digits, \"-\", \"_\", \".\" and \"/\"", value)
		}
		c.Prefix = value + "/"
	default:
		return fmt.Errorf("unknown option %q: valid ones are tls, region and prefix", name)
	}
	return nil
}

// loopback reports whether a host is this machine, where nobody listens in between.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
