package registrator

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sentences are the constant parts of Kong's messages. They do not depend on what was sent.
const sentences = `
all or none of these fields must be set
an existing
at least one of these fields must be non-empty
both deprecated and new field are used but their values mismatch
cannot be null
cannot contain
cannot create or update
cannot delete
cannot parse JSON body
cannot set
can only be set when
does not reference an existing
does not support insert/upsert/update/delete operations
entity check requires
exactly one of these fields must be non-empty
expected a boolean
expected a field
expected a function
expected a map
expected a number
expected a record
expected a set
expected a string
expected a valid timestamp
expected a valid UUID
expected an array
expected an input table
expected an integer
expected one of
expected printable ascii (except ` + "`,` and `/`" + `) or valid utf-8 sequences
expected to contain
failed conditional validation given value of field
failed entity check
failed validating
field required for entity check
fixed path
foreign key unresolved
foreign key violation
foreign keys unresolved
for an existing
immutable field cannot be updated
invalid ip or cidr range
invalid filter syntax
invalid hostname
invalid name
invalid offset
invalid option
invalid options
invalid path
invalid primary key
invalid regex
invalid size
invalid tag
invalid target
invalid unique name
invalid url-encoded value
invalid value
invalid wildcard
is not a valid regex
length must be at least
length must be at most
length must be
message cannot be used with content_type or body
Method not allowed
missing host in url
missing primary key
missing scheme in url
must be a valid hostname
must match the associated route's protocols
must match the protocols of at least one route pointing to this Plugin's service
must not be one of
must not have a port
must not have empty segments
must set one of
non-normalized path
not a primary key
not a valid filename
not a valid hostname or ip address
not a valid regex
not enabled; add it to the 'plugins' configuration property
not found
only one or none of these fields must be set
operation unsupported
primary key violation
regex path
required field missing
schema validation successful
schema violation
schema violations
should start with
specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed
the foreign key cannot be resolved with
the foreign key
the only accepted ascii characters are alphanumerics or
these sets are mutually exclusive
unique constraint violation
UNIQUE violation detected on
unknown field
unknown type
value must be greater than
value must be null
value must be
value must not be
value should be between
values of these fields must be distinct
when not using a database
`

// words are other words in messages of Kong and of servers in front of it, and in the schemas of Kong's plugins: names of
// fields, and values of enumerations.
const words = `
100 1000 1024 2147483646 2147483647 255 256 301 302 307 308 32767 426 443 500 599 65535 65536 8000 8080 8443 acl acme active
after age ai algorithm algorithms allow already always am anonymous any api append as attribute auth authenticated available
aws azure b3 bad balancer base64 basic batch before block bot broken buffer bundle by bytes cache called canceled
certificate certificates chain checks claim claims client clock closing cluster clustered coalescing code codec compile
concurrency config connect connection consider consumer consumers consumes context control cookie copy correlation cors
could count counter credential credentials cross current custom data datadog day deadline debug default delay deny
dependencies description destination destinations dial dict dictionary digest disable disabled domain downstream duration
echo eddsa elements encoding endpoints enforce entities entries env eof error errors es256 es384 es512 events exact exceeded
expiration expired expires expression extra false fault file find flag flags float flush form format forward forwarded free
from functions gateway gcp generator get global go grant group groups grpc grpcs gzip hash head headers healthchecks healthy
hide hmac hostnames hosts hour hs256 hs384 hs512 html https id idle if ignore initial instance internal issuer item items
jaeger jwt keepalive kerberos kong label labels latency lax ldap leftmost level limit limiting list load local log login
logout lookup lua malformed max maximum maxlen md5 memory messages metadata methods metrics min minimum minute mode module
month multiple named names network never nil no node nodes oauth2 object off oidc open optional order origin origins ot
other output page param parameter parameters params parent parenthesis passive password patch paths payload pcre per period
permissions permitted phase plain policy pool post prefix preflight preserve priority private prometheus propagate
properties protocol proxy ps256 ps384 ps512 public purge put query queue rate ratio read realm reason redirect redirects
redis refused region relative remote remove rename replace request requests require reset resolver resource response
responses result retries retry returned rewrite role root router routes rs256 rs384 rs512 run sample sampler scope scopes
second seconds secret sections secure send sensitive sentinel sequence server services session severity sha1 sha256 sha384
sha512 shared shorthand sign signature skew skip slots small sni snis source sources ssl stale statsd status storage store
stream strict strip structure subject such suffix supported sync syslog system tags targets tcp template terminate test text
that they threshold time timeout tls token tokens too total trace traceid tracing traffic trailing transform transformer
transport trigger true trust trusted ttl types udp unable unauthorized unexpected unhealthy unit unix unreachable until up
upstream uri urls use username users validate var vault verify version via w3c warning was weight whitelist window without
worker workspace write x x509 xml year yes you zone
`

var (
	vocabulary = vocabularyOf(sentences + words)
	sentence   = sentencesOf(sentences)
)

// vocabularyOf returns the words of a text, and the numbers below 100, which are counts and positions in messages.
func vocabularyOf(text string) map[string]bool {
	all := map[string]bool{}
	for _, word := range wordForm.FindAllString(strings.ToLower(text), -1) {
		all[word] = true
	}
	for n := range 100 {
		all[strconv.Itoa(n)] = true
	}
	return all
}

var wordForm = regexp.MustCompile(`[a-z0-9]+`)

// sentencesOf returns an expression for the lines of a text, each optionally after the path of a field.
func sentencesOf(text string) *regexp.Regexp {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	slices.SortFunc(lines, func(a, b string) int { return len(b) - len(a) }) // longest first: one may begin with another
	for i, line := range lines {
		lines[i] = regexp.QuoteMeta(line)
	}
	all := `\b(?:` + strings.Join(lines, "|") + `)\b|` + regexp.QuoteMeta(hidden) // the text may have been scrubbed already
	return regexp.MustCompile(`(?i)(?:(\b[\w.@-]+): )?(` + all + `)`)
}
