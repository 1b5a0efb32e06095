package registrator

import (
	"crypto/tls"
	"maps"
	"slices"
)

// clone returns a deep copy, so that the caller may change the original.
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
		if copied, err := jsonValue(p.Config); err == nil { // otherwise validate refuses it
			s.Plugins[i].Config, _ = copied.(map[string]any)
		}
	}
	return s
}

// cloneTLS returns a copy of c whose slices and pool are not shared.
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
