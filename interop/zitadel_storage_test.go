package interop_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// zitadelAudience and zitadelRoles are scopes of Zitadel: the first asks for the project in `aud`, the second for its roles.
const (
	zitadelAudience = "urn:zitadel:iam:org:project:id:" + project + ":aud"
	zitadelRoles    = "urn:zitadel:iam:org:projects:roles"
)

// zitadelStorage is the example's storage with what Zitadel does beyond it: access tokens are JWTs, scopes ask for the project
// and its roles, and keys are rotated.
type zitadelStorage struct {
	*storage.Storage
	mu   sync.Mutex
	keys []*zitadelKey // the first signs
}

func newZitadelStorage(t *testing.T) *zitadelStorage {
	t.Helper()
	clients := map[string]*storage.Client{"shop": storage.WebClient("shop", "shop-secret", callback)}
	s := &zitadelStorage{Storage: storage.NewStorageWithClients(zitadelUsers{}, clients)}
	s.rotate(t)
	return s
}

// zitadelUsers are ann and bob.
type zitadelUsers struct{}

func (zitadelUsers) ExampleClientID() string { return "unused" }

func (u zitadelUsers) GetUserByID(id string) *storage.User {
	for _, name := range []string{"ann", "bob"} {
		if user := u.GetUserByUsername(name); user.ID == id {
			return user
		}
	}
	return nil
}

func (zitadelUsers) GetUserByUsername(name string) *storage.User {
	if name != "ann" && name != "bob" {
		return nil
	}
	return &storage.User{ID: "id-" + name, Username: name, Password: name + "-password"}
}

// A zitadelKey signs, and is published.
type zitadelKey struct {
	id  string
	key *rsa.PrivateKey
}

func (k *zitadelKey) ID() string                                  { return k.id }
func (k *zitadelKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k *zitadelKey) Key() any                                    { return k.key }

type zitadelPublicKey struct{ *zitadelKey }

func (k zitadelPublicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k zitadelPublicKey) Use() string                        { return "sig" }
func (k zitadelPublicKey) Key() any                           { return &k.key.PublicKey }

func (s *zitadelStorage) rotate(t *testing.T) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = slices.Insert(s.keys, 0, &zitadelKey{time.Now().Format(time.RFC3339Nano), key})
}

func (s *zitadelStorage) retire(kid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = slices.DeleteFunc(s.keys, func(k *zitadelKey) bool { return k.id == kid })
}

func (s *zitadelStorage) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[0], nil
}

func (s *zitadelStorage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s *zitadelStorage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []op.Key
	for _, key := range s.keys {
		all = append(all, zitadelPublicKey{key})
	}
	return all, nil
}

// A jwtClient gets JWTs as access tokens, and may ask for the scopes of Zitadel.
type jwtClient struct{ op.Client }

func (jwtClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

func (jwtClient) IsScopeAllowed(scope string) bool {
	return scope == zitadelAudience || scope == zitadelRoles
}

func (s *zitadelStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := s.Storage.GetClientByClientID(ctx, id)
	return jwtClient{client}, err
}

func (s *zitadelStorage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	client, err := s.Storage.ClientCredentials(ctx, id, secret)
	return jwtClient{client}, err
}

// GetPrivateClaimsFromScopes returns the roles of ann in the form of Zitadel: an object for each role, with the organizations
// that granted it.
func (s *zitadelStorage) GetPrivateClaimsFromScopes(_ context.Context, user, _ string, scopes []string) (map[string]any, error) {
	if user != "id-ann" || !slices.Contains(scopes, zitadelRoles) {
		return nil, nil
	}
	granted := map[string]any{"314159265358979323": "example.com"}
	roles := map[string]any{"admin": granted, "writer": granted, "revoked": map[string]any{}}
	return map[string]any{"urn:zitadel:iam:org:project:roles": roles, "urn:zitadel:iam:org:project:" + project + ":roles": roles}, nil
}

// withProject adds the project to the audience if the scopes ask for it.
func withProject(audience, scopes []string) []string {
	if slices.Contains(scopes, zitadelAudience) {
		return append(slices.Clone(audience), project)
	}
	return audience
}

// A projectRequest is an authorization request with the project in its audience.
type projectRequest struct{ *storage.AuthRequest }

func (r projectRequest) GetAudience() []string {
	return withProject(r.AuthRequest.GetAudience(), r.GetScopes())
}

func (s *zitadelStorage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := s.Storage.AuthRequestByCode(ctx, code)
	if err != nil {
		return nil, err
	}
	return projectRequest{request.(*storage.AuthRequest)}, nil
}

// CreateAccessAndRefreshTokens gives the example's storage its own request back, whose type it looks at.
func (s *zitadelStorage) CreateAccessAndRefreshTokens(ctx context.Context, request op.TokenRequest, current string) (
	id, refresh string, expires time.Time, err error) {
	if r, ok := request.(projectRequest); ok {
		request = r.AuthRequest
	}
	return s.Storage.CreateAccessAndRefreshTokens(ctx, request, current)
}

func (s *zitadelStorage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: withProject([]string{id}, scopes), Scopes: scopes}, nil
}
