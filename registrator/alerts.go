package registrator

import (
	"crypto/tls"
	"errors"
	"net"
	"reflect"
	"slices"
)

// certificateAlerts are the alerts about certificates (RFC 8446, section 6.2): bad_certificate, unsupported_certificate,
// certificate_revoked, certificate_expired, certificate_unknown, unknown_ca, access_denied and certificate_required. Other alerts
// may pass, such as internal_error of a server that is starting, or handshake_failure and protocol_version of a server whose
// configuration is being rolled out.
var certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}

// refusesCertificate reports whether the peer sent an alert because it does not accept our certificate, or requires one.
func refusesCertificate(err error) bool {
	alert, ok := remoteAlert(err)
	return ok && slices.Contains(certificateAlerts, alert)
}

// remoteAlert returns the alert that the peer sent. Package crypto/tls reports it in a [net.OpError] as an unexported type, which
// has the number of the alert as [tls.AlertError] does. Only QUIC connections wrap a tls.AlertError, so errors.As does not find
// one here.
func remoteAlert(err error) (tls.AlertError, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	alert := reflect.ValueOf(op.Err)
	if alert.Kind() != reflect.Uint8 {
		return 0, false
	}
	return tls.AlertError(alert.Uint()), true
}
