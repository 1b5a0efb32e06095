package registrator

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate returns an [*Error] with [ErrInvalid] for a description that Register would refuse before it asks the gateway.
func (s Service) Validate() error {
	if err := s.validate(); err != nil {
		err.Op, err.Service = "validate", s.Name
		return err
	}
	return nil
}

// validate returns an error for a description that Kong would refuse or misunderstand. It is called before anything is sent.
func (s Service) validate() *Error {
	for _, check := range []func() *Error{
		s.validateNames, s.validateAddress, s.validateTimes, s.validateMatchers, s.validatePlugins,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s Service) validateNames() *Error {
	switch {
	case s.Name == "":
		return invalid("Service.Name is required")
	case !isName(s.Name):
		return invalid("Service.Name must have 1 to 128 letters, digits and . _ ~ - only, and not be . or ..")
	case looksLikeUUID(s.Name):
		return invalid("Service.Name must not look like a UUID: Kong would take it for an id")
	case s.Owner != "" && !isName(s.Owner):
		return invalid("Service.Owner must have 1 to 128 letters, digits and . _ ~ - only")
	}
	for _, t := range s.Tags {
		if t == "" || len(t) > 255 || strings.ContainsAny(t, ",/") || !isPrintable(t) {
			return invalid("Service.Tags: %q must be printable, without , and /", clip(t))
		}
		if strings.HasPrefix(t, "registered:") {
			return invalid("Service.Tags: %q would claim another registration", clip(t))
		}
	}
	return nil
}

func (s Service) validateAddress() *Error {
	if !slices.Contains([]string{"http", "https", "grpc", "grpcs"}, s.protocol()) {
		return invalid("Service.Protocol must be http, https, grpc or grpcs, not %q", clip(s.Protocol))
	}
	if s.Port < 0 || s.Port > 65535 {
		return invalid("Service.Port must be from 1 to 65535, or 0 for the default")
	}
	switch {
	case s.Host == "" && s.Instance == "":
		return invalid("Service.Host or Instance is required")
	case s.Host != "" && s.Instance != "":
		return invalid("Service.Host and Instance exclude each other: with Instance the gateway balances between the instances")
	case s.Host != "":
		return validateHost("Service.Host", s.Host)
	case !isHostname(s.upstream()):
		return invalid("Service.Name must be a host name (letters, digits, - . _) with Instance: it becomes part of one")
	}
	host, port := splitAddress(s.Instance)
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port) {
		return invalid("Service.Instance must have a port from 1 to 65535")
	}
	return validateHost("Service.Instance", host)
}

// broadcast is the address of all machines of a network (RFC 919, section 7).
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// validateHost validates a name or an address for the gateway to connect to.
func validateHost(name, host string) *Error {
	if ip, ok := parseIP(host); ok {
		switch {
		case ip.IsUnspecified():
			return invalid("%s must be an address that the gateway can reach, not %s", name, host)
		case ip.Unmap().IsMulticast() || ip.Unmap() == broadcast:
			return invalid("%s must be the address of one machine, not %s, which is for several", name, host)
		case ip.Zone() != "":
			return invalid("%s must have no zone, which the gateway does not know", name)
		case ip.Is4In6():
			return invalid("%s must be the IPv4 address itself, %s", name, ip.Unmap())
		}
		return nil
	}
	if u, err := url.Parse(host); err == nil && u.Scheme != "" && u.Host != "" {
		return invalid("%s must be a host, not a URL: use Protocol and Port, and remove the path", name)
	}
	if strings.Contains(host, ":") {
		return invalid("%s must have no port: use Port", name)
	}
	if !isHostname(strings.TrimSuffix(host, ".")) {
		return invalid("%s must be a host name or an address, not %q", name, clip(host))
	}
	return nil
}

func (s Service) validateTimes() *Error {
	for _, t := range []struct {
		name  string
		value time.Duration
	}{{"ConnectTimeout", s.ConnectTimeout}, {"ReadTimeout", s.ReadTimeout}, {"WriteTimeout", s.WriteTimeout}} {
		const longest = (1<<31 - 2) * time.Millisecond
		if t.value < 0 || t.value > longest || t.value%time.Millisecond != 0 {
			return invalid("Service.%s must be whole milliseconds from 1 to 2147483646, or 0 for the gateway's own", t.name)
		}
	}
	if s.Retries > 32767 {
		return invalid("Service.Retries must be at most 32767")
	}
	return nil
}

func (s Service) validateMatchers() *Error {
	if len(s.Paths)+len(s.Hosts)+len(s.Methods)+len(s.Headers) == 0 {
		return invalid("one of Service.Paths, Hosts, Methods and Headers is required: they select the requests for the service")
	}
	if s.isGRPC() && (s.StripPath || len(s.Methods) > 0) {
		return invalid("Service.StripPath and Methods cannot be used with %s", s.protocol())
	}
	for _, p := range s.Paths {
		if err := validatePath(p); err != nil {
			return err
		}
	}
	for _, h := range s.Hosts {
		if !isHostToMatch(h) {
			return invalid("Service.Hosts: %q must be a host name, with no scheme; one * may be its first or last label", clip(h))
		}
	}
	for _, m := range s.Methods {
		if !methodForm.MatchString(m) {
			return invalid("Service.Methods: %q must be in upper case", clip(m))
		}
	}
	return s.validateHeaders()
}

func (s Service) validateHeaders() *Error {
	seen := map[string]bool{}
	for name, values := range s.Headers {
		lower := strings.ToLower(name)
		switch {
		case !headerForm.MatchString(name) || lower == "host" || len(values) == 0:
			return invalid("Service.Headers: %q must be letters, digits, - and _, with a value; use Hosts for Host", clip(name))
		case seen[lower]:
			return invalid("Service.Headers: %s is given twice; names are not case-sensitive", lower)
		case slices.ContainsFunc(values, func(v string) bool { return v == "" || !isPrintable(v) }):
			return invalid("Service.Headers: the values of %s must be printable and not empty", name)
		}
		seen[lower] = true
	}
	return nil
}

func (s Service) validatePlugins() *Error {
	seen := map[string]bool{}
	for _, p := range s.Plugins {
		if !isName(p.Name) {
			return invalid("Service.Plugins: %q is not a name of a plugin", clip(p.Name))
		}
		if seen[p.Name] {
			return invalid("Service.Plugins: %s is given twice; Kong has at most one of each name for a service", p.Name)
		}
		seen[p.Name] = true
		if _, err := jsonValue(p.Config); err != nil {
			return invalid("Service.Plugins: the configuration of %s cannot be written as JSON%s", p.Name, whyNotJSON(err))
		}
	}
	return nil
}

// whyNotJSON returns the reason for which encoding/json refuses a value, if it is a type, a number or a cycle. Other errors of
// encoding/json quote the value.
func whyNotJSON(err error) string {
	var kind *json.UnsupportedTypeError
	var value *json.UnsupportedValueError
	switch {
	case errors.As(err, &kind):
		return ": it has a " + kind.Type.String()
	case errors.As(err, &value):
		return ": it has a number that is not finite, or contains itself"
	}
	return ""
}

// validateFor returns an error for a description that the version of the gateway does not support.
func (s Service) validateFor(v version) error {
	for _, t := range s.Tags {
		if v.major < 3 && strings.Contains(t, " ") {
			return invalid("Service.Tags: %q has a space, which needs Kong 3.0 or later; the gateway is %s", t, v.text)
		}
	}
	return s.validatePathsFor(v)
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,128}$`)
	uuidForm   = regexp.MustCompile(`^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$`)
	labelForm  = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
	methodForm = regexp.MustCompile(`^[A-Z]{1,32}$`)
	headerForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`) // the header names that Kong allows in a route
	tokenForm  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
)

// isName reports whether s needs no escaping in a path of the Admin API.
func isName(s string) bool { return nameForm.MatchString(s) && s != "." && s != ".." }

func looksLikeUUID(s string) bool { return uuidForm.MatchString(s) }

// isToken reports whether s is a token, as a header name is (RFC 9110, section 5.6.2).
func isToken(s string) bool { return tokenForm.MatchString(s) }

func isHostname(s string) bool {
	if len(s) > 253 || net.ParseIP(s) != nil {
		return false
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if !labelForm.MatchString(label) {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != "" // not an address (RFC 1123, section 2.1)
}

// isHostToMatch reports whether h is a host name, with an optional final dot, whose first or last label may be *.
func isHostToMatch(h string) bool {
	if strings.Count(h, "*") > 1 {
		return false
	}
	if name, ok := strings.CutSuffix(h, ".*"); ok {
		return isHostname(name)
	}
	return isHostname(strings.TrimSuffix(strings.TrimPrefix(h, "*."), "."))
}

// isPrintable reports whether s is valid UTF-8 and has only printable characters. Control and format characters, which change
// how a line reads, are not printable.
func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) })
}
