package registrator

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gatewayVariable is the environment variable with the address of the gateway.
const gatewayVariable = "API_GATEWAY_URL"

// gatewayURL is the address of the Admin API before it is parsed.
type gatewayURL struct {
	text   string
	what   string // its name in errors
	origin string // where it comes from, to follow the address in a sentence
}

// gatewayAddress returns the address that the program gives, that of the environment, or the default.
func gatewayAddress(given string) gatewayURL {
	if given != "" {
		return gatewayURL{given, "the address of the gateway", ""}
	}
	if text := os.Getenv(gatewayVariable); text != "" {
		return gatewayURL{text, gatewayVariable, ", from " + gatewayVariable}
	}
	return gatewayURL{DefaultAdminURL, "the default address", ", the default, since " + gatewayVariable + " is not set"}
}

// parse parses the address. Its errors do not have the address, which may have secrets.
func (g gatewayURL) parse() (*url.URL, *Error) {
	if fault := faultOf(g.text); fault != "" {
		return nil, invalid("%s %s: write the scheme, the host and the port, such as http://kong:8001, and nothing around them",
			g.what, fault)
	}
	base, err := url.Parse(g.text)
	if err != nil {
		return nil, invalid("%s is not a URL: write one such as http://kong:8001, and percent-encode special characters", g.what)
	}
	switch {
	case base.Scheme != "http" && base.Scheme != "https", base.Host == "" || base.Hostname() == "":
		return nil, invalid("%s must begin with http:// or https:// and name a host, such as http://kong:8001", g.what)
	case base.Fragment != "" || base.RawFragment != "":
		return nil, invalid("%s must have no fragment: remove the # and what follows it, or write %%23", g.what)
	case base.RawPath != "":
		return nil, invalid("the path in %s must not need escaping", g.what)
	}
	if port := base.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, invalid("the port in %s must be from 1 to 65535", g.what)
		}
	}
	query, err := url.ParseQuery(base.RawQuery)
	if err != nil {
		return nil, invalid("the query in %s is malformed", g.what)
	}
	if query.Has("size") || query.Has("offset") || query.Has("tags") { // they would change the lists
		return nil, invalid("the query in %s must not have size, offset or tags", g.what)
	}
	return base, nil
}

// faultOf returns what is wrong with an address because of how the setting reached the process, or an empty string.
func faultOf(address string) string {
	const quotes = "\"'`“”‘’"
	first, _ := utf8.DecodeRuneInString(address)
	last, _ := utf8.DecodeLastRuneInString(address)
	switch {
	case strings.ContainsRune(quotes, first), last != '\'' && strings.ContainsRune(quotes, last): // a query may end with '
		return "has quotation marks around it, which docker takes for part of the value in a file of variables"
	case strings.ContainsAny(address, "\r\n"):
		return "has a line break, as a secret read from a file does"
	case strings.ContainsFunc(address, unicode.IsSpace):
		return "has a space"
	case !isPrintable(address):
		return "has a character that cannot be printed"
	case !strings.Contains(address, "://"):
		return "has no scheme"
	}
	return ""
}
