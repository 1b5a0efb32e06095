package keys_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// clock is a clock that the test sets, with the log of the directories that use it.
type clock struct {
	now time.Time
	log bytes.Buffer
}

func (c *clock) time() time.Time { return c.now }

func (c *clock) config(dir string) keys.DirConfig {
	return keys.DirConfig{Path: dir, Interval: time.Hour, Logger: slog.New(slog.NewTextHandler(&c.log, nil)), Now: c.time}
}

func (c *clock) open(t testing.TB, dir string) *keys.Directory {
	t.Helper()
	d, err := c.config(dir).Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

var year2030 = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func validFor(t testing.TB, key crypto.PublicKey, from, to time.Duration) string {
	return certOf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = year2030.Add(from), year2030.Add(to) }, key)
}
