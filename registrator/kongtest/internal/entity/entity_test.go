package entity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
)

// replica follows a store.
type replica struct {
	*db.Database
	swaps int
}

func (r *replica) Follow(changes ...db.Change) {
	for _, change := range changes {
		r.Apply(change)
	}
}

func (r *replica) Swap(changes ...db.Change) {
	r.swaps++
	r.Follow(changes...)
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// newStore returns a store, whose ids are id(1), id(2) and so on, and the replica that follows it.
func newStore(readOnly bool) (*entity.Store, *replica) {
	made := 0
	var definitions []db.Definition
	follower := &replica{}
	s := entity.New(entity.Config{V3: true, ReadOnly: readOnly, Follower: follower, Now: time.Now,
		NewID: func() string { made++; return id(made) }})
	for _, table := range s.Tables() {
		definitions = append(definitions, table.Definition)
	}
	follower.Database = db.New(definitions, nil)
	return s, follower
}

func input(pairs ...any) entity.Input {
	values := make(map[string]any)
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return entity.Input{Values: values}
}

func TestErrors(t *testing.T) {
	s, _ := newStore(false)
	services, routes, plugins := s.Schema("services"), s.Schema("routes"), s.Schema("plugins")
	service, err := s.Create(services, input("name", "s", "host", "h"))
	require.NoError(t, err)
	_, err = s.Create(routes, input("name", "r", "paths", []any{"/r"}, "service", map[string]any{"name": "s"}))
	require.NoError(t, err)
	upstream, err := s.Create(s.Schema("upstreams"), input("name", "u"))
	require.NoError(t, err)
	for name, row := range map[string]struct {
		do   func() error
		want error
	}{
		"not valid": {func() error { _, err := s.Create(services, input()); return err },
			&entity.SchemaError{Fields: map[string]any{"host": "required field missing"}}},
		"a name that is taken": {func() error { _, err := s.Create(services, input("name", "s", "host", "h")); return err },
			&db.UniqueError{Fields: map[string]any{"name": "s"}}},
		"an id that is taken, by name": {func() error { _, err := s.Put(services, "x", input("id", service.ID, "host", "h")); return err },
			&db.PrimaryKeyError{Key: map[string]any{"name": "x"}}},
		"a service that does not exist": {func() error {
			_, err := s.Patch(routes, "r", input("service", map[string]any{"id": id(99)}))
			return err
		}, &db.ForeignKeyError{Field: "service", ID: id(99), Table: "services"}},
		"a name that does not exist": {func() error {
			_, err := s.Patch(routes, "r", input("service", map[string]any{"name": "nobody"}))
			return err
		}, &entity.UnresolvedError{Fields: map[string]entity.Name{"service": {Collection: "services", Name: "nobody"}}}},
		"an entity that others refer to": {func() error { return s.Delete(services, "s") },
			&db.ReferencedError{Table: "services", By: "routes"}},
		"no entity to update": {func() error { _, err := s.Patch(services, "x", input("retries", 1.0)); return err },
			&entity.NotFoundError{Key: map[string]any{"name": "x"}}},
		"no plugin to update": {func() error { _, err := s.Patch(plugins, id(99), input("enabled", true)); return err },
			&entity.NotFoundError{}},
		"a key that is no name": {func() error { return s.Delete(services, "a b") },
			&entity.KeyError{Field: "name", Why: "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~"}},
		"a target that is not text": {func() error { _, _, err := s.CreateTarget(upstream, input("target", true), false); return err },
			entity.ErrTarget},
		"protocols of no route": {func() error {
			_, err := s.Create(plugins, input("name", "cors", "service", map[string]any{"id": service.ID}, "protocols", []any{"grpc"}))
			return err
		}, &entity.SchemaError{Fields: map[string]any{
			"protocols": "must match the protocols of at least one route pointing to this Plugin's service"}}},
	} {
		t.Run(name, func(t *testing.T) {
			err := row.do()
			assert.Equal(t, row.want, err)
			assert.NotEmpty(t, err.Error())
		})
	}
	two := entity.New(entity.Config{NewID: func() string { return id(1) }, Now: time.Now, Follower: &replica{}})
	_, err = two.Find(two.Schema("plugins"), "cors")
	assert.Equal(t, entity.ErrPrimaryKey, err, "plugins of Kong 2 have no other key")
}

func TestReadOnly(t *testing.T) {
	s, _ := newStore(true)
	services := s.Schema("services")
	_, err := s.Create(services, input("host", "h"))
	assert.Equal(t, &entity.UnsupportedError{Operation: "create", Collection: "services"}, err)
	_, err = s.Put(services, "s", input("host", "h"))
	assert.Equal(t, &entity.UnsupportedError{Operation: "create or update", Collection: "services", By: "name"}, err)
	_, err = s.Put(services, "s", input())
	assert.ErrorAs(t, err, new(*entity.SchemaError), "it is validated first")
}

// TestLoad stages a configuration: one that is not valid changes nothing, and one that is replaces all.
func TestLoad(t *testing.T) {
	s, follower := newStore(true)
	load := func(host any) error {
		return s.Load(map[string]any{"_format_version": "3.0",
			"upstreams": []any{map[string]any{"name": "u", "targets": []any{map[string]any{"target": "10.0.0.1"}}}},
			"services":  []any{map[string]any{"name": "good", "host": "h"}, map[string]any{"name": "s", "host": host}},
			"routes":    []any{map[string]any{"paths": []any{"/r"}, "service": "s"}}})
	}
	require.NoError(t, load("h"))
	assert.Equal(t, 1, follower.swaps)
	before := s.Table("services").All()

	var invalid *entity.DeclarationError
	require.ErrorAs(t, load(5.0), &invalid)
	assert.Empty(t, invalid.Messages)
	assert.NoError(t, invalid.Entities["services"][0])
	assert.Equal(t, &entity.SchemaError{Fields: map[string]any{"host": "expected a string"}}, invalid.Entities["services"][1])
	assert.ErrorAs(t, invalid.Entities["routes"][0], new(*db.ForeignKeyError))
	assert.Equal(t, before, s.Table("services").All())
	assert.Equal(t, 1, follower.swaps)

	require.NoError(t, load("other"))
	assert.Equal(t, 2, follower.swaps)
	for _, table := range s.Tables() {
		assert.Equal(t, table.All(), follower.Table(table.Name).All(), table.Name)
	}
	assert.NotEqual(t, before, s.Table("services").All())
}
