package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

const connections = 32

// client sends requests on a number of connections. On each it sends the next request as soon as it has the answer. It writes
// prepared bytes and reads a fixed length, so that the server uses most of the time.
type client struct{ all []*connection }

type connection struct {
	net.Conn
	request []byte
	buffer  []byte
	length  int             // of an answer
	took    []time.Duration // by each request
}

// dial opens the connections, each with a token of its own, and checks the answer on each.
func dial(address string, tokens []string) (*client, error) {
	c := &client{}
	for i := range connections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		request := "GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: benchmark\r\nAuthorization: " +
			bearer(tokens[i%len(tokens)]) + "\r\n\r\n"
		one := &connection{Conn: conn, request: []byte(request), buffer: make([]byte, 4<<10)}
		c.all = append(c.all, one)
		for range 2 {
			if err := one.first(); err != nil {
				return nil, errors.Join(err, c.close())
			}
		}
	}
	return c, nil
}

func (c *client) close() error {
	var errs []error
	for _, one := range c.all {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

// first sends a request and sets the length of all answers from the first one.
func (c *connection) first() error {
	if _, err := c.Write(c.request); err != nil {
		return err
	}
	n := 0
	for {
		more, err := c.Read(c.buffer[n:])
		if err != nil {
			return err
		}
		n += more
		head, body, ok := bytes.Cut(c.buffer[:n], []byte("\r\n\r\n"))
		if !ok {
			continue
		}
		_, field, _ := bytes.Cut(head, []byte("Content-Length: "))
		field, _, _ = bytes.Cut(field, []byte("\r\n"))
		length, err := strconv.Atoi(string(field))
		if err != nil {
			return fmt.Errorf("an answer has no Content-Length: %q", head)
		}
		if len(body) == length {
			break
		}
	}
	c.length = n
	return c.check()
}

// check returns an error if the buffer does not hold the answer to a valid token.
func (c *connection) check() error {
	if !bytes.HasPrefix(c.buffer, []byte("HTTP/1.1 200 ")) || !bytes.HasSuffix(c.buffer[:c.length], []byte(subject)) {
		return fmt.Errorf("the answer is not that to a valid token: %q", c.buffer[:c.length])
	}
	return nil
}

// ask sends a request and reads the answer.
func (c *connection) ask() error {
	start := time.Now()
	if _, err := c.Write(c.request); err != nil {
		return err
	}
	for n := 0; n < c.length; {
		more, err := c.Read(c.buffer[n:c.length])
		if err != nil {
			return err
		}
		n += more
	}
	c.took = append(c.took, time.Since(start))
	return c.check()
}

// round holds the figures of one round.
type round struct {
	requests int
	seconds  float64
	p50, p99 time.Duration
}

// run sends requests on all connections for the time d.
func (c *client) run(d time.Duration) (round, error) {
	errs := make([]error, len(c.all))
	var wait sync.WaitGroup
	start := time.Now()
	for i, one := range c.all {
		one.took = one.took[:0]
		wait.Go(func() {
			for time.Since(start) < d && errs[i] == nil {
				errs[i] = one.ask()
			}
		})
	}
	wait.Wait()
	seconds := time.Since(start).Seconds()
	var took []time.Duration
	for _, one := range c.all {
		took = append(took, one.took...)
	}
	slices.Sort(took)
	if len(took) == 0 {
		return round{}, errors.Join(errs...)
	}
	return round{requests: len(took), seconds: seconds, p50: took[len(took)/2], p99: took[len(took)*99/100]}, errors.Join(errs...)
}
