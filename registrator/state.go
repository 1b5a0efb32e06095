package registrator

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// entity is one of Kong's, as its Admin API gives it. Numbers are json.Number.
type entity map[string]any

// state is what the gateway has of one service. What is not there is nil.
type state struct {
	version  version
	service  entity
	route    entity
	routeOf  string   // the name of the other service that the route belongs to, empty where there is none
	routes   []entity // of the service, whatever their names
	plugins  []entity
	upstream entity
	targets  []entity
}

// version is of the gateway.
type version struct {
	major, minor int
	text         string
}

// read asks for everything that a plan depends on. Others may change it meanwhile: a plan from what was never there at
// one time fails at the gateway, or is found out by the next reading.
func (k *Kong) read(ctx context.Context, service Service) (s *state, err error) {
	s = &state{}
	name := service.Name
	if s.version, err = k.node(ctx); err != nil {
		return nil, err
	}
	if s.route, err = k.entity(ctx, "route "+name, "/routes/"+name); err != nil {
		return nil, err
	}
	if s.service, err = k.entity(ctx, "service "+name, "/services/"+name); err != nil {
		return nil, err
	}
	if s.routeOf, err = k.otherService(ctx, s, name); err != nil {
		return nil, err
	}
	if s.service != nil {
		if s.routes, err = k.list(ctx, "routes of service "+name, "/services/"+name+"/routes"); err != nil {
			return nil, err
		}
		if s.plugins, err = k.list(ctx, "plugins of service "+name, "/services/"+name+"/plugins"); err != nil {
			return nil, err
		}
	}
	name = service.upstream()
	if !isHostname(name) { // no upstream can be called so
		return s, nil
	}
	if s.upstream, err = k.entity(ctx, "upstream "+name, "/upstreams/"+name); err != nil {
		return nil, err
	}
	if s.upstream != nil {
		// The list without "all" hides what Kong 2.x has twice.
		s.targets, err = k.list(ctx, "targets of upstream "+name, "/upstreams/"+name+"/targets/all")
	}
	return s, err
}

// otherService names the service that the route belongs to where it is another one than the one just read. It may be the
// same made anew between the two requests; then everything is read again.
func (k *Kong) otherService(ctx context.Context, s *state, name string) (string, error) {
	id := s.route.reference("service")
	if id == "" || s.service != nil && s.service.text("id") == id {
		return "", nil
	}
	other, err := k.entity(ctx, "service "+id, "/services/"+id)
	switch {
	case err != nil:
		return "", err
	case other == nil || other.text("name") == name:
		return "", &restart{of: &Error{kind: ErrConflict, Entity: "route " + name, Message: "its service changed meanwhile"}}
	}
	return nameOf(other), nil
}

func (k *Kong) entity(ctx context.Context, what, path string) (entity, error) {
	var e entity
	found, err := k.client.get(ctx, call{entity: what, path: path}, &e)
	if err != nil || !found {
		return nil, err
	}
	asked := path[strings.LastIndexByte(path, '/')+1:]
	switch id, name := e.text("id"), e.text("name"); {
	case !isName(id): // it becomes part of a path
		noID := &Error{kind: ErrUnavailable, Entity: what, Request: "GET " + path, Message: "the answer has no id"}
		return nil, &restart{of: noID}
	case id != asked && name != asked:
		other := &Error{kind: ErrUnavailable, Entity: what, Request: "GET " + path, Message: "the answer is about another entity"}
		return nil, &restart{of: other}
	}
	return e, nil
}

// list reads all pages. The gateway's own links to the next page are not used: they lack the prefix of its address,
// and mostly the size.
func (k *Kong) list(ctx context.Context, what, path string) ([]entity, error) {
	const pages = 100
	var all []entity
	query := url.Values{"size": {"1000"}}
	for range pages {
		var page struct {
			Data   []entity
			Offset string
		}
		found, err := k.client.get(ctx, call{entity: what, path: path, query: query}, &page)
		if err != nil || !found {
			return all, err // not found: its parent has just gone, and the plan will see that
		}
		for _, e := range page.Data {
			if !isName(e.text("id")) {
				noID := &Error{kind: ErrUnavailable, Entity: what, Request: "GET " + path, Message: "an item has no id"}
				return nil, &restart{of: noID}
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

// nodeInfo is what Kong says of itself.
type nodeInfo struct {
	Version       string
	Configuration struct{ Database, Role string }
}

const notKongs = "this is not Kong's Admin API; check the address, its path included"

// askNode reads the node information. Below the path of a workspace it has another place, and the users of that workspace
// alone may be forbidden to read the root.
func (k *Kong) askNode(ctx context.Context) (info nodeInfo, found bool, err error) {
	for _, path := range []string{"/", "/kong"} {
		there, wrong := k.client.get(ctx, call{entity: "gateway", path: path}, &info)
		switch {
		case there:
			return info, true, nil
		case wrong != nil && !hasStatus(wrong, http.StatusNotFound) && !hasStatus(wrong, http.StatusForbidden):
			return info, false, wrong
		case err == nil || hasStatus(wrong, http.StatusForbidden):
			err = wrong
		}
	}
	var e *Error
	if hasStatus(err, http.StatusNotFound) && errors.As(err, &e) { // a page: of a server in front of a Kong that is not up yet?
		proxys := strings.Contains(e.Message, noRoute)
		e.kind, e.Message = ErrUnsupportedVersion, notKongs+": "+e.Message
		if proxys {
			return info, false, e
		}
	}
	return info, false, err
}

// node asks what kind of gateway it is, and refuses those that cannot be registered with.
func (k *Kong) node(ctx context.Context) (version, error) {
	info, found, err := k.askNode(ctx)
	if err != nil {
		return version{}, err
	}
	v, ok := parseVersion(info.Version)
	refused := &Error{kind: ErrUnsupportedVersion, Entity: "gateway", Request: "GET /"}
	switch {
	case !found || !ok:
		refused.Message = notKongs
	case v.major < 2, v.major == 2 && v.minor < 2: // whose targets are a history
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

// hasStatus reports whether an answer with this status is the cause, whoever gave it.
func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// parseVersion reads "3.9.3", and "3.4.3.5-enterprise-edition".
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

// reference is the id of another entity, such as a route's service; empty where it has none.
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
