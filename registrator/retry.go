package registrator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
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

// mayPass is the [retryablehttp.CheckRetry] of this package: connection errors, 429 and 5xx.
func mayPass(ctx context.Context, res *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		return !hopeless(err), nil
	}
	return res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500, nil
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

// hopeless tells the errors of a transport that waiting does not mend: the address or the certificates are wrong.
func hopeless(err error) bool {
	var own *Error
	var name *net.DNSError
	switch {
	case errors.As(err, &own):
		return true
	case errors.As(err, &name):
		return name.IsNotFound
	}
	return isTLS(err) || errors.Is(err, http.ErrSchemeMismatch)
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &unknown) || refusesCertificate(err)
}

// refusesCertificate tells a TLS alert from the other side: it did not like what we showed, or that we showed nothing.
func refusesCertificate(err error) bool {
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error" // crypto/tls names it so, and has no type for it
}

// advice says what to change where an error of the transport does not.
func advice(err error) string {
	var name *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "the gateway's name does not resolve; check API_GATEWAY_URL"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "the gateway does not speak TLS on this port; use http:// or its TLS port"
	case refusesCertificate(err):
		return "the gateway wants another client certificate; give it with Config.TLS"
	case isTLS(err):
		return "the gateway's certificate is not trusted; give its CA with Config.TLS"
	}
	return ""
}
