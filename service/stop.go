package service

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// stop leaves the gateway, keeps serving until the gateway's workers know, completes the requests in progress, and returns the
// error of Run.
func (r *run) stop(s *server) error {
	defer s.end()
	began := time.Now()
	var failed error
	if r.told.Err() == nil { // the server has ended
		failed = &failure{ErrServe, r.config.Name, endedByItself(s.err)}
		r.logger.Error("the server ended by itself", "error", s.err)
	}
	r.tell() // to the registration, too, which leaves
	err := r.leave()
	if failed == nil {
		r.linger(s, began)
		err = errors.Join(err, r.drain(s))
	}
	if err != nil {
		err = &failure{ErrStop, r.config.Name, err}
	}
	if err = errors.Join(failed, err); err == nil {
		r.logger.Info("stopped")
	}
	return err
}

func endedByItself(err error) error {
	if err == nil {
		return errors.New("the server returned before it was told to stop: a Server serves until its context ends")
	}
	return err
}

// leave waits until the instance has left the gateway.
func (r *run) leave() error {
	if !r.registered() {
		return nil
	}
	r.logger.Info("leaving the gateway")
	select {
	case err := <-r.left:
		return err
	case <-r.deadline.Done():
		return fmt.Errorf("%w: %s", errLate, r.mayBeLeft())
	}
}

// linger keeps serving the requests that the gateway still sends. began is when the service began to stop.
func (r *run) linger(s *server, began time.Time) {
	wait := min(r.config.Linger, (r.config.StopTimeout-time.Since(began))/2)
	if wait <= 0 || r.deadline.Err() != nil {
		return
	}
	r.logger.Info("serving requests that the gateway still sends", "for", wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.done:
	case <-r.deadline.Done():
	}
}

// drain tells the server to end, and waits until it has completed the requests in progress. When the time to stop ends, it
// closes their connections.
func (r *run) drain(s *server) error {
	select {
	case <-s.done:
		return endedByItself(s.err)
	default:
	}
	r.logger.Info("completing requests in progress", "connections", r.listener.open())
	s.end()
	select {
	case <-s.done:
		if s.err != nil {
			return fmt.Errorf("the server ended with an error: %w", s.err)
		}
		return nil
	case <-r.deadline.Done():
	}
	open := r.listener.cut()
	select {
	case <-s.done:
	case <-r.end.Done():
	}
	if open == 0 {
		return fmt.Errorf("%w: the server has not ended", errLate)
	}
	return fmt.Errorf("%w: %d connections with requests in progress were closed", errLate, open)
}

// tlsListener returns a listener for https. HTTP/2 is offered only if config says so.
func tlsListener(l net.Listener, config *tls.Config) net.Listener { return tls.NewListener(l, config) }
