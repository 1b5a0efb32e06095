package main

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// opener stands for oidc.New in the Go lines of a page.
type opener func(context.Context, oidc.Config) (*oidc.Provider, error)

// unreachable is the transport to a provider that does not answer.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the provider does not answer")
}

// TestProviderPagesRun runs the Go lines of each page: first with a provider that does not answer, and then with one that
// issues the token of the page. The chain is the one that the lines make, and the Config the one that the tables are made from.
func TestProviderPagesRun(t *testing.T) {
	for _, p := range providers {
		t.Run(p.file, func(t *testing.T) {
			server := coretest.NewIssuerServer(p.issuer())
			t.Cleanup(server.Close)
			for _, c := range []struct {
				name   string
				client *http.Client
				status int
			}{
				{"without the provider", &http.Client{Transport: unreachable{}}, 503},
				{"with the provider", server.Client(), 0},
			} {
				t.Run(c.name, func(t *testing.T) {
					own := new(http.Client)
					chain := blocks[p.file](t.Context(), t, own, func(ctx context.Context, config oidc.Config) (*oidc.Provider, error) {
						if config.Keys.Client == own { // of the lines
							config.Keys.Client = nil
						}
						assert.Equal(t, p.config, config)
						config.Keys.Client, config.Keys.Logger = c.client, slog.New(slog.DiscardHandler)
						made, err := oidc.New(ctx, config)
						if err == nil {
							t.Cleanup(func() { assert.NoError(t, made.Close()) })
						}
						return made, err
					})
					got, err := p.send(chain, mistake{})
					require.NoError(t, err)
					assert.Equal(t, c.status, got.status, got.record)
					assert.Equal(t, c.status == 0, got.auth != nil)
				})
			}
		})
	}
}

// TestProviderPagesAreComplete looks for the parts of a page, and for three mistakes that have records of their own.
func TestProviderPagesAreComplete(t *testing.T) {
	var pages []string
	for _, p := range providers {
		pages = append(pages, p.page())
		text, err := os.ReadFile(p.page())
		require.NoError(t, err)
		for _, part := range []string{"## Here\n", "## Try it\n", "curl -i ", "## If it is refused\n", "## Tried\n"} {
			assert.Contains(t, string(text), part, p.page())
		}
		assert.GreaterOrEqual(t, len(p.mistakes), 3, p.page())
	}
	found, err := filepath.Glob("providers/*")
	require.NoError(t, err)
	assert.ElementsMatch(t, pages, found)
}

// TestEveryPresetHasAPage looks for each function of package oidc that returns a Config in the Go lines of the pages.
func TestEveryPresetHasAPage(t *testing.T) {
	blocks, err := renderBlocks()
	require.NoError(t, err)
	presets := 0
	files, err := filepath.Glob("../core/oidc/*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, declared := range source.Decls {
			if name := presetName(declared); name != "" {
				presets++
				assert.Contains(t, blocks, "oidc."+name+"(", "no page in the folder providers uses the preset %s", name)
			}
		}
	}
	assert.Equal(t, len(providers), presets)
}

// presetName returns the name of an exported function that returns a Config, or nothing for any other declaration.
func presetName(declared ast.Decl) string {
	f, ok := declared.(*ast.FuncDecl)
	if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results.NumFields() != 1 {
		return ""
	}
	if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); !ok || result.Name != "Config" {
		return ""
	}
	return f.Name.Name
}

// TestMarksAreFound has pages whose tables cannot be written.
func TestMarksAreFound(t *testing.T) {
	const begin, end = "<!-- x: written by go run . in docs -->\n", "<!-- x: end -->"
	got, err := between("a\n"+begin+"old\n"+end+"\nb", "x", "new\n")
	require.NoError(t, err)
	assert.Equal(t, "a\n"+begin+"new\n"+end+"\nb", got)
	for _, page := range []string{"", begin, end, end + begin} {
		_, err := between(page, "x", "new\n")
		assert.ErrorContains(t, err, "the marks of the table x are missing", page)
	}
}
