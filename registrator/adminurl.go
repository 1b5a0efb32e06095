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
	what   string // what errors call it
	origin string // why it is this one, to go on after an address in a sentence
}

// gatewayAddress takes the address that the program gives, that of the environment, or the default.
func gatewayAddress(given string) gatewayURL {
	if given != "" {
		return gatewayURL{given, "the address of the gateway", ""}
	}
	if text := os.Getenv(gatewayVariable); text != "" {
		return gatewayURL{text, gatewayVariable, ", from " + gatewayVariable}
	}
	return gatewayURL{DefaultAdminURL, "the default address", ", the default, since " + gatewayVariable + " is not set"}
}

// parse never prints the address: it may have secrets.
func (g gatewayURL) parse() (*url.URL, *Error) {
	if fault := faultOf(g.text); fault != "" {
		return nil, invalid("%s %s: write the scheme, the host and the port, such as http://kong:8001, and nothing around them",
			g.what, fault)
	}
	base, err := url.Parse(g.text)
	if err != nil {
		return nil, invalid("%s is not a URL: write one such as http://kong:8001, and percent-encode what is special", g.what)
	}
	switch {
	case base.Scheme != "http" && base.Scheme != "https", base.Host == "" || base.Hostname() == "":
		return nil, invalid("%s must begin with http:// or https:// and name a host, such as http://kong:8001", g.what)
	case base.Fragment != "" || base.RawFragment != "":
		return nil, invalid("%s must have no fragment: leave out the # and what is behind it, or write %%23", g.what)
	case base.RawPath != "":
		return nil, invalid("the path in %s must need no escaping", g.what)
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
	if query.Has("size") || query.Has("offset") || query.Has("tags") { // they would change what a list has
		return nil, invalid("the query in %s must not have size, offset or tags", g.what)
	}
	return base, nil
}

// faultOf finds what the ways by which a setting reaches a process add to it, or people leave out.
func faultOf(address string) string {
	const quotes = "\"'`“”‘’"
	first, _ := utf8.DecodeRuneInString(address)
	last, _ := utf8.DecodeLastRuneInString(address)
	switch {
	case strings.ContainsRune(quotes, first), last != '\'' && strings.ContainsRune(quotes, last): // a query may end with '
		return "has quotation marks around it, which a file of variables for docker takes for part of the value"
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
