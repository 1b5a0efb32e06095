package service_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/service"
)

// TestKeysDirectory has the directory in the program and in KEYS_DIR. The error says where the name is from, and the log what is
// not used.
func TestKeysDirectory(t *testing.T) {
	for _, c := range []struct{ name, inProgram, env, says, warns string }{
		{"the default", "", "", `is "./keys", the default: set KEYS_DIR`, ""},
		{"in the program", "/nowhere", "", `is "/nowhere", from service.Microkubes`, ""},
		{"in the environment", "", "/nobody", `is "/nobody", from KEYS_DIR`, ""},
		{"in both", "/nowhere", "/nobody", `is "/nowhere", from service.Microkubes`, "KEYS_DIR is not used"},
		{"the same in both", "/nowhere", "/nowhere/", `is "/nowhere", from service.Microkubes`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("KEYS_DIR", c.env)
			log := &hooks{}
			config := service.Config{Name: "orders", Paths: []string{"/orders"}, Policy: service.Microkubes(c.inProgram),
				Logger: slog.New(log), WithoutGateway: true}
			err := service.Run(t.Context(), config, serveNothing)
			assert.ErrorIs(t, err, service.ErrStart)
			assert.ErrorContains(t, err, c.says)
			if c.warns == "" {
				assert.NotContains(t, log.logged(), "KEYS_DIR")
			} else {
				assert.Contains(t, log.logged(), c.warns)
			}
		})
	}
}

// TestRoutesThatNobodyChecks has routes without App.Check. The log says so.
func TestRoutesThatNobodyChecks(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.hooks.at["serving"] = f.stop
		assert.NoError(t, f.run())
		assert.Contains(t, f.hooks.logged(), "call App.Check")
	})
}
