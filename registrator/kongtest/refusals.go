package kongtest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// own marks an answer as one that Kong itself gives.
func (g *Gateway) own(w http.ResponseWriter) {
	w.Header().Set("X-Kong-Response-Latency", "1")
	w.Header().Set("Server", g.name())
}

func (g *Gateway) name() string { return "kong/" + g.config.Version }

// refuse is an answer of Kong itself. Kong 2 gives it as JSON, Kong 3 as what the client accepts.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	g.own(w)
	if !g.v3 {
		w.Header().Set("Content-Type", typeJSON)
		w.WriteHeader(status)
		_, _ = w.Write(lua.JSON(map[string]any{"message": text}))
		return
	}
	g.writeError(w, status, text, acceptedType(strings.Join(r.Header["Accept"], ",")))
}

// proxyMessages are what Kong says for a status of nginx.
var proxyMessages = map[int]string{
	http.StatusBadRequest:          "Bad request",
	http.StatusMethodNotAllowed:    "Method not allowed",
	http.StatusInternalServerError: "An unexpected error occurred",
	http.StatusBadGateway:          "An invalid response was received from the upstream server",
}

// errorPage is the answer for an error of nginx. Its type is what the client accepts, or else what it sent, or else text.
func (g *Gateway) errorPage(w http.ResponseWriter, r *http.Request, status int) {
	wanted := strings.Join(r.Header["Accept"], ",")
	if wanted == "" {
		wanted = r.Header.Get("Content-Type")
	}
	if wanted == "" {
		wanted = "text/plain"
	}
	kind := acceptedType(wanted)
	if !g.v3 {
		kind = knownType(wanted)
	}
	w.Header().Set("Server", g.name())
	text := proxyMessages[status]
	if !g.v3 && status == http.StatusMethodNotAllowed {
		text = "The upstream server responded with " + strconv.Itoa(status)
	}
	g.writeError(w, status, text, kind)
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

// errorForms are the bodies of errors, and how each shows the id of the request, which only Kong 3 does.
var errorForms = map[string]struct{ body, id string }{
	typeJSON: {"{\n  \"message\":\"TEXT\"ID\n}", ",\n  \"request_id\":\"%\""},
	typeText: {"TEXT\nID", "request_id: %\n"},
	typeHTML: {htmlError, "    <p>request_id: %</p>\n"},
	typeXML:  {xmlError, "  <requestid>%</requestid>\n"},
}

func (g *Gateway) writeError(w http.ResponseWriter, status int, text, kind string) {
	title, id := "Kong Error", ""
	if g.v3 {
		title, id = "Error", strings.ReplaceAll(errorForms[kind].id, "%", w.Header().Get("X-Kong-Request-Id"))
	}
	body := strings.NewReplacer("TITLE", title, "TEXT", text, "ID", id).Replace(errorForms[kind].body)
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// knownType returns the type of an error for a media type: JSON for one that there is no form for.
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

// acceptedType returns the type of an error for the header Accept: for what is preferred most, and of these the first.
func acceptedType(accept string) string {
	kind, most := typeJSON, 0.0
	for one := range strings.SplitSeq(accept, ",") {
		quality := 1.0
		media, params, _ := strings.Cut(strings.ToLower(one), ";")
		for param := range strings.SplitSeq(params, ";") {
			name, value, _ := strings.Cut(param, "=")
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && strings.TrimSpace(name) == "q" {
				quality = q
			}
		}
		if strings.Contains(media, "/") && quality > most {
			kind, most = knownType(media), quality
		}
	}
	return kind
}
