package core_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/guarded"
)

func TestDescends(t *testing.T) {
	type key struct{}
	guard := func(parent context.Context) context.Context {
		ctx, ok := newChain(t, core.PublicRoutes("/x")).Guard(parent, coretest.Request{Target: "/x"}, new(coretest.Recorder))
		require.True(t, ok)
		return ctx
	}
	outer := guard(t.Context())
	inner := guard(context.WithValue(outer, key{}, "between"))
	other := guard(t.Context())
	for name, c := range map[string]struct {
		ctx, call context.Context
		want      bool
	}{
		"itself":                    {outer, outer, true},
		"derived":                   {context.WithValue(outer, key{}, "v"), outer, true},
		"without its end":           {context.WithoutCancel(inner), outer, true},
		"of a chain within":         {inner, outer, true},
		"of the chain around":       {outer, inner, false},
		"of another request":        {other, outer, false},
		"of no chain":               {t.Context(), outer, false},
		"asked of an unguarded one": {outer, t.Context(), false},
		"both of no chain":          {t.Context(), t.Context(), false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, guarded.Descends(c.ctx, c.call)) })
	}
}
