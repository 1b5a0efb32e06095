package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStoreKeepsOrganizationsApart calls each statement for a todo of another organization, without the handlers, which look for
// the todo first.
func TestStoreKeepsOrganizationsApart(t *testing.T) {
	ctx := t.Context()
	s, err := openStore(ctx, ":memory:")
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	theirs, err := s.add(ctx, "acme", todo{Owner: "id-ann", Title: "of ann"})
	require.NoError(t, err)
	for _, organization := range []string{"globex", "ACME", "", "%", "acme' OR '1'='1"} {
		list, err := s.list(ctx, organization)
		assert.NoError(t, err)
		assert.Empty(t, list, organization)
		_, err = s.get(ctx, organization, theirs.ID)
		assert.ErrorIs(t, err, errNotFound, organization)
		assert.ErrorIs(t, s.change(ctx, organization, todo{ID: theirs.ID, Title: "stolen"}), errNotFound, organization)
		assert.ErrorIs(t, s.remove(ctx, organization, theirs.ID), errNotFound, organization)
	}
	still, err := s.get(ctx, "acme", theirs.ID)
	assert.NoError(t, err)
	assert.Equal(t, theirs, still)
	assert.NoError(t, s.remove(ctx, "acme", theirs.ID))
}

// TestListIsLimited adds more todos than a list has.
func TestListIsLimited(t *testing.T) {
	s, err := openStore(t.Context(), ":memory:")
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	for range maxList + 1 {
		_, err := s.add(t.Context(), "acme", todo{Owner: "id-ann", Title: "one"})
		require.NoError(t, err)
	}
	list, err := s.list(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, list, maxList)
	assert.Equal(t, int64(maxList+1), list[0].ID, "the newest comes first")
}
