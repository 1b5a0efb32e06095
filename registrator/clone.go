package registrator

import (
	"crypto/tls"
	"maps"
	"slices"
)

// clone is a description that has nothing in common with the caller's, who may change theirs.
func (s Service) clone() Service {
	for _, list := range []*[]string{&s.Paths, &s.Hosts, &s.Methods, &s.Tags} {
		*list = slices.Clone(*list)
	}
	s.Headers = maps.Clone(s.Headers)
	for name, values := range s.Headers {
		s.Headers[name] = slices.Clone(values)
	}
	s.Plugins = slices.Clone(s.Plugins)
	for i, p := range s.Plugins {
		if copied, err := jsonValue(p.Config); err == nil { // else it is refused
			s.Plugins[i].Config, _ = copied.(map[string]any)
		}
	}
	return s
}

// cloneTLS is a configuration that stays as it was given.
func cloneTLS(c *tls.Config) *tls.Config {
	c = c.Clone()
	if c != nil {
		c.Certificates, c.NextProtos = slices.Clone(c.Certificates), slices.Clone(c.NextProtos)
		c.CipherSuites, c.CurvePreferences = slices.Clone(c.CipherSuites), slices.Clone(c.CurvePreferences)
		if c.RootCAs != nil {
			c.RootCAs = c.RootCAs.Clone()
		}
	}
	return c
}
