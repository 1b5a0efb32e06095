package registrator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const (
	// retriesInARow is how often one request is sent again before the whole sequence is read anew: a write that cannot
	// succeed any more (Kong 2.8 answers 500 to a target whose upstream has gone) must not be all that is tried.
	retriesInARow = 2

	minWait = 100 * time.Millisecond
	maxWait = 5 * time.Second

	// retryAfterCap is the longest that a gateway's Retry-After makes us wait.
	retryAfterCap = 30 * time.Second
)

// mayPass is the [retryablehttp.CheckRetry] of this package: errors of the connection, and the statuses that pass.
func mayPass(ctx context.Context, res *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		return !hopeless(err), nil
	}
	return passes(res.StatusCode), nil
}

// passes reports whether a status says nothing about the request itself, so that the same request may succeed later: the
// server, or one in front of it, was too slow, too busy, not ready, or not the right one behind this connection.
func passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// backoff is the [retryablehttp.Backoff] of this package: exponential with jitter, so that instances which failed
// together do not come back together, or what Retry-After asks for (RFC 9110, section 10.2.3), up to a cap.
func backoff(shortest, longest time.Duration, attempt int, res *http.Response) time.Duration {
	wait := longest
	if attempt < 16 { // the shift stays small
		wait = min(shortest<<attempt, longest)
	}
	wait = wait/2 + rand.N(wait/2+1)
	if res != nil {
		wait = max(wait, retryAfter(res.Header.Get("Retry-After"), time.Now()))
	}
	return wait
}

// retryAfter reads the field; what it cannot read, and what is past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(retryAfterCap/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), retryAfterCap)
	}
	return 0
}

// pause waits before a sequence is begun again, for as long as the gateway asked at least. It is false when ctx ended first.
func pause(ctx context.Context, round int, atLeast time.Duration) bool {
	timer := time.NewTimer(max(atLeast, backoff(minWait, maxWait, round, nil)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// hopeless reports whether an error of a transport is one that waiting does not mend: the certificates, the scheme or the
// configuration are wrong. A name that does not resolve may be one of a container that is not up yet.
func hopeless(err error) bool {
	var own *Error
	return errors.As(err, &own) || isTLS(err) || errors.Is(err, http.ErrSchemeMismatch)
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &unknown) || refusesCertificate(err)
}

// certificateAlerts are the alerts that are about certificates (RFC 8446, section 6.2): bad_certificate,
// unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, unknown_ca, access_denied and
// certificate_required. The others pass, such as internal_error of a server that starts, or handshake_failure and
// protocol_version of one whose configuration is being rolled out.
var certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}

// refusesCertificate reports whether the other side sent an alert because it did not accept our certificate, or wants one.
// Package crypto/tls has no exported type for the alerts of a connection; their texts are those of [tls.AlertError].
func refusesCertificate(err error) bool {
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error" && alert.Err != nil &&
		slices.ContainsFunc(certificateAlerts, func(a tls.AlertError) bool { return a.Error() == alert.Err.Error() })
}

// advice says what to change where an error of the transport does not, and where the gateway was looked for.
func (c *client) advice(err error) string {
	var name *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "the name of the gateway does not resolve; " + c.where()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there; " + c.where()
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "the gateway does not speak TLS on this port; use http:// or its TLS port; " + c.where()
	case refusesCertificate(err):
		return "the gateway wants another client certificate; give it with Config.TLS"
	case isTLS(err):
		return "the gateway's certificate is not trusted; give its CA with Config.TLS"
	}
	return "the gateway could not be asked; " + c.where()
}

// where says where the gateway was looked for and why there. It has neither userinfo nor path nor query.
func (c *client) where() string {
	return "its address is " + c.base.Scheme + "://" + c.base.Host + c.origin
}
