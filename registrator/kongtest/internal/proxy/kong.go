package proxy

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// kong writes answers as a version of Kong does.
type kong struct {
	version string
	v3      bool
}

// own sets the headers of an answer that Kong makes itself.
func (k kong) own(w http.ResponseWriter) {
	w.Header().Set("X-Kong-Response-Latency", "1")
	w.Header().Set("Server", k.name())
}

func (k kong) name() string { return "kong/" + k.version }

// stamp sets the headers of an answer that passes through the gateway.
func (k kong) stamp(header http.Header) {
	via := k.name()
	if k.v3 {
		via = strings.Join(append(slices.Clone(header["Via"]), "1.1 "+via), ", ")
	}
	header.Set("Via", via)
	header.Set("X-Kong-Upstream-Latency", "1")
	header.Set("X-Kong-Proxy-Latency", "1")
}

// refuse sends an error that Kong makes itself. It is JSON in Kong 2, and a type that the client accepts in Kong 3.
func (k kong) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	if !k.v3 {
		k.refuseJSON(w, status, map[string]any{"message": text})
		return
	}
	k.own(w)
	k.writeError(w, status, text, acceptedType(strings.Join(r.Header["Accept"], ",")))
}

// refuseJSON sends an error that Kong makes itself, as JSON.
func (k kong) refuseJSON(w http.ResponseWriter, status int, body map[string]any) {
	k.own(w)
	w.Header().Set("Content-Type", typeJSON)
	w.WriteHeader(status)
	_, _ = w.Write(lua.JSON(body)) //nolint:gosec // the texts are Kong's, and names of a configuration
}

// proxyMessages holds Kong's messages for errors of nginx, by status.
var proxyMessages = map[int]string{
	http.StatusBadRequest:          "Bad request",
	http.StatusMethodNotAllowed:    "Method not allowed",
	http.StatusInternalServerError: "An unexpected error occurred",
	http.StatusBadGateway:          "An invalid response was received from the upstream server",
}

// errorPage sends Kong's page for an error of nginx. Its type is the one that the client accepts. Without Accept, it is the type
// of the request body, or else text.
func (k kong) errorPage(w http.ResponseWriter, r *http.Request, status int) {
	wanted := strings.Join(r.Header["Accept"], ",")
	if wanted == "" {
		wanted = r.Header.Get("Content-Type")
	}
	if wanted == "" {
		wanted = "text/plain"
	}
	kind := acceptedType(wanted)
	if !k.v3 {
		kind = knownType(wanted)
	}
	w.Header().Set("Server", k.name())
	text := proxyMessages[status]
	if !k.v3 && status == http.StatusMethodNotAllowed {
		text = "The upstream server responded with " + strconv.Itoa(status)
	}
	k.writeError(w, status, text, kind)
}

const (
	typeJSON  = "application/json; charset=utf-8"
	typeText  = "text/plain; charset=utf-8"
	typeHTML  = "text/html; charset=utf-8"
	typeXML   = "application/xml; charset=utf-8"
	htmlError = "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>TITLE</title>\n  </head>\n" +
		"  <body>\n    <h1>TITLE</h1>\n    <p>TEXT.</p>\nID  </body>\n</html>\n"
	xmlError = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>TEXT</message>\nID</error>\n"
)

// errorForms holds the templates of error bodies by type. id is the part that shows the id of the request, in Kong 3 only.
var errorForms = map[string]struct{ body, id string }{
	typeJSON: {"{\n  \"message\":\"TEXT\"ID\n}", ",\n  \"request_id\":\"%\""},
	typeText: {"TEXT\nID", "request_id: %\n"},
	typeHTML: {htmlError, "    <p>request_id: %</p>\n"},
	typeXML:  {xmlError, "  <requestid>%</requestid>\n"},
}

func (k kong) writeError(w http.ResponseWriter, status int, text, kind string) {
	title, id := "Kong Error", ""
	if k.v3 {
		title, id = "Error", strings.ReplaceAll(errorForms[kind].id, "%", w.Header().Get("X-Kong-Request-Id"))
	}
	body := strings.NewReplacer("TITLE", title, "TEXT", text, "ID", id).Replace(errorForms[kind].body)
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) //nolint:gosec // as above
}

// knownType returns the type of an error body for a media type. It is JSON if errorForms has no template for the media type.
func knownType(media string) string {
	media, _, _ = strings.Cut(media, ";")
	switch strings.TrimSpace(media) {
	case "text/html":
		return typeHTML
	case "text/plain", "text/*":
		return typeText
	case "application/xml":
		return typeXML
	}
	return typeJSON
}

// acceptedType returns the type of an error body for the header Accept. The media type with the highest quality decides, and the
// first of several.
func acceptedType(accept string) string {
	kind, best := typeJSON, 0.0
	for one := range strings.SplitSeq(accept, ",") {
		quality := 1.0
		media, params, _ := strings.Cut(strings.ToLower(one), ";")
		for param := range strings.SplitSeq(params, ";") {
			name, value, _ := strings.Cut(param, "=")
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && strings.TrimSpace(name) == "q" {
				quality = q
			}
		}
		if strings.Contains(media, "/") && quality > best {
			kind, best = knownType(media), quality
		}
	}
	return kind
}
