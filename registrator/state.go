package registrator

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// entity is an entity of Kong in the form of the Admin API. Numbers are json.Number.
type entity map[string]any

// state is what the gateway has for one service. Entities that do not exist are nil.
type state struct {
	version  version
	service  entity
	route    entity
	routeOf  string   // the name of another service that the route belongs to, or empty
	routes   []entity // all routes of the service
	plugins  []entity
	upstream entity
	targets  []entity
}

// version is the version of the gateway.
type version struct {
	major, minor int
	text         string
}

// read reads everything that a plan depends on. Others may change it meanwhile. A plan from a state that never existed fails on
// the gateway, or the next reading corrects it.
func (o *operation) read(ctx context.Context) (s *state, err error) {
	s = &state{}
	name := o.service.Name
	if s.version, err = o.node(ctx); err != nil {
		return nil, err
	}
	if s.route, err = o.entity(ctx, "route "+name, "/routes/"+name); err != nil {
		return nil, err
	}
	if s.service, err = o.entity(ctx, "service "+name, "/services/"+name); err != nil {
		return nil, err
	}
	if s.routeOf, err = o.otherService(ctx, s, name); err != nil {
		return nil, err
	}
	if s.service != nil {
		if s.routes, err = o.list(ctx, "routes of service "+name, "/services/"+name+"/routes"); err != nil {
			return nil, err
		}
		if s.plugins, err = o.list(ctx, "plugins of service "+name, "/services/"+name+"/plugins"); err != nil {
			return nil, err
		}
	}
	name = o.service.upstream()
	if !isHostname(name) { // no upstream can have this name
		return s, nil
	}
	if s.upstream, err = o.entity(ctx, "upstream "+name, "/upstreams/"+name); err != nil {
		return nil, err
	}
	if s.upstream != nil {
		// The list without "all" hides duplicates of Kong 2.x.
		s.targets, err = o.list(ctx, "targets of upstream "+name, "/upstreams/"+name+"/targets/all")
	}
	return s, err
}

// otherService returns the name of the service of the route if that is not the service just read. If it is the same service,
// created again between the two requests, everything is read again.
func (o *operation) otherService(ctx context.Context, s *state, name string) (string, error) {
	id := s.route.reference("service")
	if id == "" || s.service != nil && s.service.text("id") == id {
		return "", nil
	}
	other, err := o.entity(ctx, "service "+id, "/services/"+id)
	switch {
	case err != nil:
		return "", err
	case other == nil || other.text("name") == name:
		return "", changed("route "+name, "its service changed meanwhile")
	}
	return nameOf(other), nil
}

func (o *operation) entity(ctx context.Context, what, path string) (entity, error) {
	var e entity
	found, err := o.kong.client.get(ctx, call{service: o.service, entity: what, path: path}, &e)
	if err != nil || !found {
		return nil, err
	}
	requested := path[strings.LastIndexByte(path, '/')+1:]
	switch id, name := e.text("id"), e.text("name"); {
	case !isName(id): // the id becomes part of a path
		return nil, misread(what, path, "the answer has no id")
	case id != requested && name != requested:
		return nil, misread(what, path, "the answer is about another entity")
	}
	return e, nil
}

// changed returns the error of an entity that another client changed during the reading. The gateway is read again.
func changed(what, message string) *Error {
	return &Error{kind: ErrConflict, verdict: reread, Entity: what, Message: message}
}

// misread returns the error of an answer that is JSON but not the requested entity. The gateway is read again.
func misread(what, path, message string) *Error {
	return &Error{kind: ErrUnavailable, verdict: reread, Entity: what, Request: "GET " + path, Message: message}
}

// list reads all pages. It does not use the gateway's links to the next page, which lack the prefix of its address, and usually
// the size.
func (o *operation) list(ctx context.Context, what, path string) ([]entity, error) {
	const pages = 100
	var all []entity
	query := url.Values{"size": {"1000"}}
	for range pages {
		var page struct {
			Data   []entity
			Offset string
		}
		found, err := o.kong.client.get(ctx, call{service: o.service, entity: what, path: path, query: query}, &page)
		if err != nil || !found {
			return all, err // not found: the parent was just deleted, and the next reading has it
		}
		if page.Data == nil { // Kong writes an empty list as []
			return nil, misread(what, path, "the answer has no list")
		}
		for _, e := range page.Data {
			if !isName(e.text("id")) {
				return nil, misread(what, path, "an item has no id")
			}
		}
		all = append(all, page.Data...)
		if page.Offset == "" {
			return all, nil
		}
		query.Set("offset", page.Offset)
	}
	return nil, &Error{kind: ErrUnavailable, Entity: what, Request: "GET " + path, Message: "the list does not end"}
}

// nodeInfo is Kong's information about the node.
type nodeInfo struct {
	Version       string
	Configuration struct{ Database, Role string }
}

const notKongs = "this is not Kong's Admin API; check the address, its path included"

// askNode reads the node information. Below the path of a workspace it has another place, and a user of that workspace alone may
// not be allowed to read the root. If the second place says nothing of its own, the error is that of the first.
func (o *operation) askNode(ctx context.Context) (info nodeInfo, found bool, err error) {
	var first *Error
	for _, path := range []string{"/", "/kong"} {
		found, err = o.kong.client.get(ctx, call{service: o.service, entity: "gateway", path: path}, &info)
		var e *Error
		switch {
		case found:
			return info, true, nil
		case !errors.As(err, &e): // 404 of the Admin API
		case e.silent && first != nil:
			first.verdict = e.verdict
		case e.Status != http.StatusNotFound && e.Status != http.StatusForbidden:
			return info, false, err
		case first == nil || e.Status == http.StatusForbidden:
			first = e
		}
	}
	switch {
	case first == nil:
		return info, false, nil
	case first.Status == http.StatusNotFound: // a page, perhaps of a server in front of a Kong that is not up yet
		first.kind, first.Message = ErrUnsupportedVersion, notKongs+": "+first.Message
		if first.noRoute {
			first.verdict = final
		}
	}
	return info, false, first
}

// node returns the version of the gateway. It refuses a gateway with which services cannot be registered.
func (o *operation) node(ctx context.Context) (version, error) {
	info, found, err := o.askNode(ctx)
	if err != nil {
		return version{}, err
	}
	v, ok := parseVersion(info.Version)
	refused := &Error{kind: ErrUnsupportedVersion, Entity: "gateway", Request: "GET /"}
	switch {
	case !found || !ok:
		refused.Message = notKongs
	case v.major < 2, v.major == 2 && v.minor < 2: // their targets are a history
		refused.Message = "Kong " + v.text + " is too old; 2.2 and later are supported"
	case v.major > 3:
		refused.Message = "Kong " + v.text + " is newer than this package, which knows 2.x and 3.x"
	case info.Configuration.Database == "off":
		refused.kind, refused.Message = ErrReadOnly, "it runs without a database; its configuration comes from a file"
	case info.Configuration.Role == "data_plane":
		refused.kind, refused.Message = ErrReadOnly, "it is a data plane; register with the control plane"
	default:
		return v, nil
	}
	return version{}, refused
}

// parseVersion parses a version such as "3.9.3" or "3.4.3.5-enterprise-edition".
func parseVersion(text string) (version, bool) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return version{}, false
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(strings.TrimRight(parts[1], "abcdefghijklmnopqrstuvwxyz-"))
	return version{major, minor, clip(text)}, err == nil && err2 == nil
}

func (e entity) text(name string) string {
	text, _ := e[name].(string)
	return text
}

// reference returns the id of the entity that a field refers to, such as the service of a route, or an empty string.
func (e entity) reference(name string) string {
	other, _ := e[name].(map[string]any)
	return entity(other).text("id")
}

func (e entity) tags() []string {
	list, _ := e["tags"].([]any)
	var tags []string
	for _, t := range list {
		if text, ok := t.(string); ok {
			tags = append(tags, text)
		}
	}
	return tags
}
