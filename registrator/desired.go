package registrator

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// field is one field of an entity as described. Fields that are not described are left alone.
type field struct {
	name string
	want any // as decoded JSON
	same func(have, want any) bool
	hide bool // the value may be a secret
}

// desired is one entity as described.
type desired struct {
	what       string         // "route hello-service"
	collection string         // the path for POST
	path       string         // the path for PATCH and DELETE, without the id
	fixed      map[string]any // set when the entity is created
	fields     []field
}

func (s Service) desiredUpstream() desired {
	return desired{
		what: "upstream " + s.upstream(), collection: "/upstreams", path: "/upstreams/",
		fixed:  map[string]any{"name": s.upstream()},
		fields: []field{s.tagField()},
	}
}

func (s Service) desiredTarget() desired {
	path := "/upstreams/" + s.upstream() + "/targets"
	return desired{
		what: "target " + s.address() + " of upstream " + s.upstream(), collection: path, path: path + "/",
		fixed:  map[string]any{"target": s.address()},
		fields: []field{s.tagField()},
	}
}

func (s Service) desiredService() desired {
	fields := []field{{name: "protocol", want: s.protocol(), same: contains}}
	if s.Instance != "" { // the port is that of the target
		fields = append(fields, field{name: "host", want: s.upstream(), same: contains})
	} else {
		fields = append(fields, field{name: "host", want: hostFor(s.Host), same: sameHost},
			field{name: "port", want: integer(s.port()), same: contains})
	}
	for _, t := range []struct {
		name  string
		value time.Duration
	}{
		{"connect_timeout", s.ConnectTimeout}, {"read_timeout", s.ReadTimeout}, {"write_timeout", s.WriteTimeout},
	} {
		if t.value != 0 {
			fields = append(fields, field{name: t.name, want: integer(int(t.value.Milliseconds())), same: contains})
		}
	}
	if s.Retries != 0 {
		fields = append(fields, field{name: "retries", want: integer(max(s.Retries, 0)), same: contains})
	}
	return desired{
		what: "service " + s.Name, collection: "/services", path: "/services/",
		fixed:  map[string]any{"name": s.Name},
		fields: append(fields, s.tagField()),
	}
}

func (s Service) desiredRoute(v version) desired {
	headers := map[string]any{}
	for name, values := range s.Headers {
		headers[name] = list(values)
	}
	protocols := []any{"http", "https"}
	if s.isGRPC() {
		protocols = []any{"grpc", "grpcs"}
	}
	return desired{
		what: "route " + s.Name, collection: "/services/" + s.Name + "/routes", path: "/routes/",
		fixed: map[string]any{"name": s.Name},
		fields: []field{
			{name: "protocols", want: protocols, same: isNarrowed},
			{name: "paths", want: list(pathsFor(v, s.Paths)), same: sameSet},
			{name: "hosts", want: list(s.Hosts), same: sameSet},
			{name: "methods", want: list(s.Methods), same: sameSet},
			{name: "headers", want: headers, same: sameHeaders},
			{name: "strip_path", want: s.StripPath, same: contains},
			{name: "preserve_host", want: s.PreserveHost, same: contains},
			s.tagField(),
		},
	}
}

func (s Service) desiredPlugin(p Plugin) desired {
	d := desired{
		what: "plugin " + p.Name + " of service " + s.Name, collection: "/services/" + s.Name + "/plugins", path: "/plugins/",
		fixed:  map[string]any{"name": p.Name},
		fields: []field{s.tagField()},
	}
	if config, _ := jsonValue(p.Config); !isEmpty(config) { // validate has checked the error
		d.fields = append(d.fields, field{name: "config", want: config, same: contains, hide: true})
	}
	return d
}

// tagField returns a field that requires our tags. Other tags are the operator's. An update must repeat them, since Kong
// replaces lists.
func (s Service) tagField() field {
	return field{name: "tags", want: s.tags(), same: func(have, want any) bool {
		tags := stringsOf(have)
		return !slices.ContainsFunc(stringsOf(want), func(t string) bool { return !slices.Contains(tags, t) })
	}}
}

// isNarrowed reports whether have is want or a part of it. An operator may narrow the protocols of a route, for example to https.
func isNarrowed(have, want any) bool {
	allowed, protocols := stringsOf(want), stringsOf(have)
	return len(protocols) > 0 && !slices.ContainsFunc(protocols, func(p string) bool { return !slices.Contains(allowed, p) })
}

// create returns the change that creates the entity.
func (d desired) create() Change {
	c := Change{Action: Create, Entity: d.what, write: &write{"POST", d.collection, map[string]any{}}}
	for name, value := range d.fixed {
		c.write.body[name] = value
	}
	for _, f := range d.fields {
		if !isEmpty(f.want) {
			c.add(f, nil)
		}
	}
	return c
}

// update returns the change that updates what the gateway has. It reports false if there is nothing to change.
func (d desired) update(have entity) (Change, bool) {
	c := Change{Action: Update, Entity: d.what, write: &write{"PATCH", d.path + have.text("id"), map[string]any{}}}
	for _, f := range d.fields {
		if there := have[f.name]; !f.same(there, f.want) {
			c.add(f, there)
		}
	}
	return c, len(c.Fields) > 0
}

func (c *Change) add(f field, have any) {
	want := f.want
	if f.name == "tags" {
		union, _ := have.([]any)
		want = unique(append(slices.Clone(union), f.want.([]any)...))
	}
	if c.write.body[f.name] = want; isEmpty(want) {
		c.write.body[f.name] = nil // clears it
	}
	if f.hide {
		c.Fields = append(c.Fields, Difference{Field: f.name})
		return
	}
	c.Fields = append(c.Fields, Difference{Field: f.name, From: have, To: c.write.body[f.name]})
}

func list(values []string) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

func integer(n int) json.Number { return json.Number(strconv.Itoa(n)) }
