package acl

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// File loads the policies in a file and polls it for changes every five seconds. [FileConfig] sets the interval and the logger.
func File(name string) (*Policies, error) { return FileConfig{Path: name}.Open() }

// FileConfig is the configuration of policies in a file.
type FileConfig struct {
	Path     string
	Interval time.Duration // between two polls; zero: five seconds
	Logger   *slog.Logger  // nil: slog.Default
}

const (
	defaultInterval = 5 * time.Second
	maxFile         = 32 << 20
)

// Open loads the policies and starts to poll the file. Close stops that.
//
// Each poll replaces all policies at once. If the file is missing, cannot be read or has an error, the last good policies stay in
// use, and the error is logged once.
func (c FileConfig) Open() (*Policies, error) {
	if c.Interval < 0 {
		return nil, errors.New("acl: FileConfig.Interval is negative")
	}
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	p := &Policies{config: c, stop: make(chan struct{}), stopped: make(chan struct{})}
	if err := p.Reload(); err != nil {
		return nil, err
	}
	go p.watch()
	return p, nil
}

// Reload reads the file now. The policies in use stay if it fails.
func (p *Policies) Reload() error {
	if p.stop == nil {
		return errors.New("acl: the policies are not from a file")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text, err := jsonfile.ReadFile(p.config.Path, maxFile)
	if err == nil && p.text != nil && bytes.Equal(text, p.text) {
		p.fault = ""
		return nil
	}
	var s *set
	if err == nil {
		s, err = parse(text)
	}
	if err != nil {
		err = jsonfile.Prefix(filepath.Base(p.config.Path)+": ", err)
		p.log(err)
		return err
	}
	first := p.set.Swap(s) == nil
	p.text, p.fault = text, ""
	if !first {
		p.config.Logger.Info("policies replaced", "file", filepath.Base(p.config.Path), "policies", len(s.policies))
	}
	return nil
}

// log writes an error, unless the last poll found the same one. The error of the first poll is the caller's.
func (p *Policies) log(err error) {
	if text := err.Error(); p.set.Load() != nil && p.fault != text {
		p.fault = text
		p.config.Logger.Error("policies cannot be used; the last good ones are kept", "error", text)
	}
}

// Close stops the polling and waits for a poll in progress. The policies stay in use.
func (p *Policies) Close() error {
	if p.stop == nil {
		return nil
	}
	p.closing.Do(func() { close(p.stop) })
	<-p.stopped
	return nil
}

func (p *Policies) watch() {
	defer close(p.stopped)
	ticker := time.NewTicker(p.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			_ = p.Reload() // which logs its error
		}
	}
}
