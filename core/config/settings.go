package config

import (
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// settings is the section security.
type settings struct {
	disabled  bool
	preflight bool
	public    publicPaths
	keysDir   string
	jwt       *jsonfile.Node
	oauth2    *jsonfile.Node
	oidc      []*jsonfile.Node
	policies  *acl.Policies
	aclFile   string
}

// security reads a section that has been checked field by field. It returns nil if the section is absent, or is that of
// Microkubes' authorization-server, which says how tokens are signed and not who may call. paths are those of the service.
func (c *checker) security(n *jsonfile.Node, paths []string) (*settings, []string) {
	if n == nil {
		return nil, nil
	}
	s := &settings{
		disabled: isSet(n, "disable"), preflight: true,
		keysDir: textOf(n, "keysDir"), jwt: n.Get("jwt"), oauth2: n.Get("oauth2"),
	}
	if list := n.Get("oidc"); list != nil {
		for _, m := range list.Members {
			s.oidc = append(s.oidc, m.Node)
		}
	}
	if !s.disabled && s.jwt == nil && s.oauth2 == nil && len(s.oidc) == 0 {
		if n.Get("signingMethod") != nil {
			return nil, nil
		}
		c.fail(n, "has neither jwt, oauth2 nor oidc, so nobody could be authenticated: add one of them, or write "+
			"\"disable\": true to open the service")
	}
	w := &warner{}
	if s.disabled {
		w.warn(n.Get("disable"), "the service is open: every request passes without an identity")
	}
	if methods := n.Get("ignoreHttpMethods"); methods != nil {
		s.preflight = len(methods.Members) > 0
	}
	c.keys(s)
	if list := n.Get("ignorePatterns"); list != nil {
		c.public(list, s, w)
		s.warnOpenService(list, paths, w)
	}
	for _, name := range []string{"saml", "basic"} {
		if section := n.Get(name); section != nil {
			w.warn(section, "is disabled: its credentials are not accepted, and browsers are not redirected to sign in")
		}
	}
	c.acl(n.Get("acl"), s, w)
	return s, w.warnings
}

// keys checks what several fields say about the keys.
func (c *checker) keys(s *settings) {
	for _, section := range []*jsonfile.Node{s.jwt, s.oauth2} {
		if section != nil && s.keysDir == "" {
			c.fail(section, "needs keysDir: the folder with the public keys of the platform")
		}
	}
	if s.oauth2 == nil || textOf(s.oauth2, "form") != formRFC9068 {
		return
	}
	for _, name := range []string{"issuers", "audiences"} {
		if s.oauth2.Get(name) == nil {
			c.fail(s.oauth2.Get("form"), "needs %s: tokens by RFC 9068 are for one service", name)
		}
	}
}

const formRFC9068 = "rfc9068"

// acl reads the policies, or the name of their file.
func (c *checker) acl(n *jsonfile.Node, s *settings, w *warner) {
	if n == nil {
		return
	}
	disabled, list, name := isSet(n, "disable"), n.Get("policies"), textOf(n, "file")
	switch {
	case list != nil && name != "":
		c.fail(n.Get("file"), "policies are here, too: remove one of the two")
	case list == nil && name == "" && !disabled:
		c.fail(n, "has neither policies nor file: add one of the two, or remove the section")
	case list != nil:
		section := *n
		section.Members = []jsonfile.Member{{Name: "policies", Node: list}}
		compiled, err := jsonfile.Policies(&section)
		if err != nil {
			c.errs = append(c.errs, err)
		} else {
			s.policies = compiled.(*acl.Policies)
		}
	}
	s.aclFile = name
	if disabled {
		s.policies, s.aclFile = nil, ""
		w.warn(n.Get("disable"), "the ACL is off: every authenticated caller may do everything")
	}
}

// warner collects warnings.
type warner struct{ warnings []string }

func (w *warner) warn(n *jsonfile.Node, says string) {
	w.warnings = append(w.warnings, n.Errorf("%s", says).Error())
}
