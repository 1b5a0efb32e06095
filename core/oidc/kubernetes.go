package oidc

import (
	"errors"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Kubernetes returns the Config for projected service-account tokens of a cluster. issuer is that of the cluster, and audience
// what the pods ask for in their volume (serviceAccountToken.audience): a name of this service, and not that of the API server.
//
//	user         sub, as system:serviceaccount:<namespace>:<name>
//	namespaces   kubernetes.io.namespace
//
// Tokens for the API server are refused by `aud`, and legacy tokens of secrets by `exp`, which they do not have.
//
// The discovery document of a cluster may need a token and the cluster's CA, and its keys may be at a private address:
//
//	config.Keys.Client = client                                // trusts the CA and adds a token of this service
//	config.Keys.DiscoveryURL = "https://kubernetes.default.svc/.well-known/openid-configuration"
//	config.Keys.KeysHosts = []string{"10.0.0.1"}
func Kubernetes(issuer, audience string) Config {
	c := preset("kubernetes", issuer, asymmetric, audience)
	c.Types = []string{"", "JWT"}
	c.Claims = jwt.Claims{Namespaces: []jwt.List{list(jwt.Word, "kubernetes.io", "namespace")}}
	c.hints = token.Hints{
		"bad_issuer":        "the token may be that of a secret, or of another cluster",
		"missing_claim_exp": "the token may be that of a secret: mount a projected token instead",
		"bad_audience":      "the token may be for the API server: mount a projected token with the audience of this service",
	}
	if audience == issuer && issuer != "" {
		c.err = errors.New("the audience is the issuer, which is in aud of the tokens for the API server that every pod has: " +
			"choose a name of this service, and mount projected tokens with it")
	}
	return c
}
