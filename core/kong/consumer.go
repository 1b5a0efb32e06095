package kong

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// The headers of Kong's authentication plugins, and of acl, in canonical form. X-Authenticated-Groups is never read: clients can
// send it through every plugin.
const (
	headerID         = "X-Consumer-Id"
	headerUsername   = "X-Consumer-Username"
	headerCustomID   = "X-Consumer-Custom-Id"
	headerCredential = "X-Credential-Identifier" //nolint:gosec // the name of a header
	headerAnonymous  = "X-Anonymous-Consumer"
	headerGroups     = "X-Consumer-Groups"
)

const retryAfter = 5 * time.Second

// The refusals of this package.
var (
	errUnchecked = core.Unavailable("temporarily unavailable", retryAfter).WithReason(reason.RegistrationUnchecked).WithCause(
		reason.Detail{Hint: "call CheckRegistration when the gateway has loaded the plugins, and look for its error"})
	errClosed = core.Unavailable("temporarily unavailable", retryAfter).WithReason(reason.RegistrationUnchecked).WithCause(
		reason.Detail{Hint: "look for the error of the last CheckGateway, which package service logs as \"identities from the " +
			"gateway are refused\": it says what to change on the gateway"})
	errDuplicate = core.BadRequest("malformed request").WithReason(reason.DuplicateCredential)
	errMalformed = core.BadRequest("malformed request").WithReason(reason.MalformedCredential)
	errToken     = core.InvalidToken(reason.CredentialMismatch)
)

// sendsIdentity reports whether a request has a header that says who the consumer is.
func sendsIdentity(req core.Request) bool {
	for _, name := range [...]string{headerID, headerUsername, headerCustomID, headerCredential, headerAnonymous} {
		if _, n := req.Header(name); n > 0 {
			return true
		}
	}
	return false
}

// consumer is what the headers say.
type consumer struct {
	id, username, customID string
	credential             string
	groups                 []string
	anonymous              bool
}

// readConsumer returns the consumer in the headers of the gateway. Kong gives a consumer that it has authenticated an id and the
// identifier of a credential, and any other consumer the mark of an anonymous one.
//
// The identifier decides, and not that the mark is missing: with a field in Connection, a client has Kong remove the mark.
func readConsumer(req core.Request, groups bool) (c consumer, err error) {
	_, marks := req.Header(headerAnonymous)
	for _, f := range [...]struct {
		name  string
		value *string
	}{
		{headerID, &c.id}, {headerUsername, &c.username}, {headerCustomID, &c.customID}, {headerCredential, &c.credential},
	} {
		if *f.value, err = field(req, f.name); err != nil {
			return c, err
		}
	}
	switch {
	case marks > 1:
		return c, errDuplicate
	case marks == 1 && c.credential != "":
		return c, errMalformed
	case marks == 1:
		c.anonymous = true
		return c, nil
	case !isUUID(c.id) || c.credential == "":
		return c, errMalformed
	}
	if groups {
		c.groups, err = readGroups(req)
	}
	return c, err
}

// readGroups returns the groups in the header of the acl plugin, which separates them with a comma and a space. The plugin sends
// the header also for a consumer without groups. If it is missing, a client has named it in Connection, to lose its groups.
func readGroups(req core.Request) ([]string, error) {
	if _, n := req.Header(headerGroups); n == 0 {
		return nil, errMalformed
	}
	list, err := field(req, headerGroups)
	if err != nil {
		return nil, err
	}
	var groups []string
	for group := range strings.SplitSeq(list, ",") {
		if group = strings.TrimSpace(group); group != "" {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// maxValue is the maximum length of a value in bytes. Kong's schema does not limit the names of consumers.
const maxValue = 4096

// field returns the value of a header without the spaces around it, or "" if it was not sent. A value with anything but printable
// characters in valid UTF-8 is malformed.
func field(req core.Request, name string) (string, error) {
	value, n := req.Header(name)
	if n > 1 {
		return "", errDuplicate
	}
	value = strings.Trim(value, " \t")
	if len(value) > maxValue || !utf8.ValidString(value) {
		return "", errMalformed
	}
	for _, c := range value {
		if !unicode.IsPrint(c) {
			return "", errMalformed
		}
	}
	return value, nil
}

// isUUID reports whether s is a UUID in its usual form, as all ids of Kong are.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash && c != '-' || !dash && !hex {
			return false
		}
	}
	return true
}

// auth returns the identity of the consumer.
func (c *consumer) auth() *core.Auth {
	claims, _ := json.Marshal(struct { // strings can always be encoded
		CustomID   string `json:"custom_id,omitempty"`
		Credential string `json:"credential_identifier"`
	}{c.customID, c.credential})
	return core.NewAuth(core.AuthData{
		UserID: c.id, Subject: c.id, Username: c.username, Roles: c.groups, Claims: claims,
	})
}
