package require_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/require"
)

const stepUp = bare + `, error="insufficient_user_authentication"`

func at(seconds int64) func() time.Time { return func() time.Time { return time.Unix(seconds, 0) } }

func TestStepUp(t *testing.T) {
	mfa := require.SignIn{ACR: []string{"urn:x:hardware", "mfa"}}
	fresh := require.SignIn{MaxAge: 5 * time.Minute, Now: at(1000300)}
	both := require.SignIn{ACR: []string{"mfa"}, MaxAge: time.Second, Now: at(1000001)}
	unset := require.SignIn{MaxAge: 5 * time.Minute, Now: func() time.Time { return time.Time{} }}
	const acrValues, maxAge = `, acr_values="urn:x:hardware mfa"`, `, max_age="300"`
	for name, c := range map[string]struct {
		signIn     require.SignIn
		claims     string
		parameters string // of the challenge; "": it passes
	}{
		"first class":           {mfa, `{"acr":"urn:x:hardware"}`, ""},
		"second class":          {mfa, `{"acr":"mfa"}`, ""},
		"another class":         {mfa, `{"acr":"pwd"}`, acrValues},
		"another case":          {mfa, `{"acr":"MFA"}`, acrValues},
		"both classes in one":   {mfa, `{"acr":"urn:x:hardware mfa"}`, acrValues},
		"an array":              {mfa, `{"acr":["mfa"]}`, acrValues},
		"an empty class":        {mfa, `{"acr":""}`, acrValues},
		"a number":              {mfa, `{"acr":2}`, acrValues},
		"null":                  {mfa, `{"acr":null}`, acrValues},
		"missing":               {mfa, `{"amr":["mfa"],"auth_time":1000300}`, acrValues},
		"no claims":             {mfa, ``, acrValues},
		"twice":                 {mfa, `{"acr":"mfa","acr":"mfa"}`, acrValues},
		"now":                   {fresh, `{"auth_time":1000300}`, ""},
		"as old as it may be":   {fresh, `{"auth_time":1000000}`, ""},
		"too old":               {fresh, `{"auth_time":999999}`, maxAge},
		"too old by a fraction": {fresh, `{"auth_time":999999.5}`, maxAge},
		"with a fraction":       {fresh, `{"auth_time":1000000.5}`, ""},
		"an exponent":           {fresh, `{"auth_time":1.0001e6}`, ""},
		"a minute ahead":        {fresh, `{"auth_time":1000360}`, ""},
		"farther ahead":         {fresh, `{"auth_time":1000361}`, maxAge},
		"the year 9999":         {fresh, `{"auth_time":253402300799}`, maxAge},
		"milliseconds":          {fresh, `{"auth_time":1000300000}`, maxAge},
		"overflow":              {fresh, `{"auth_time":1e400}`, maxAge},
		"overflow, negative":    {fresh, `{"auth_time":-1e30}`, maxAge},
		"before 1970":           {fresh, `{"auth_time":-1}`, maxAge},
		"zero":                  {fresh, `{"auth_time":0}`, maxAge},
		"a string, time":        {fresh, `{"auth_time":"1000300"}`, maxAge},
		"null, time":            {fresh, `{"auth_time":null}`, maxAge},
		"an array, time":        {fresh, `{"auth_time":[1000300]}`, maxAge},
		"true":                  {fresh, `{"auth_time":true}`, maxAge},
		"missing, time":         {fresh, `{"iat":1000300,"acr":"mfa"}`, maxAge},
		"no claims, time":       {fresh, ``, maxAge},
		"a clock that is unset": {unset, `{}`, maxAge},
		"both":                  {both, `{"acr":"mfa","auth_time":1000000}`, ""},
		"both, too old":         {both, `{"acr":"mfa","auth_time":999999}`, `, acr_values="mfa", max_age="1"`},
		"both, another class":   {both, `{"acr":"pwd","auth_time":1000000}`, `, acr_values="mfa", max_age="1"`},
		"both, no time":         {both, `{"acr":"mfa"}`, `, acr_values="mfa", max_age="1"`},
	} {
		t.Run(name, func(t *testing.T) {
			o := ask(t, claims(c.claims), require.StepUp(c.signIn))
			if c.parameters == "" {
				assert.True(t, o.passed())
				return
			}
			assert.Equal(t, outcome{401, stepUp + c.parameters, "require_step_up", "insufficient_authentication"}, o)
		})
	}
}

// TestStepUpReadsTheClock sends one token again and again, which the provider of tokens has in its cache.
func TestStepUpReadsTheClock(t *testing.T) {
	now := time.Now()
	issuer := coretest.NewIssuer("shop")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	must.NoError(t, err)
	clock := now
	chain = chain.With(require.StepUp(require.SignIn{MaxAge: time.Minute, Now: func() time.Time { return clock }}))
	headers := coretest.Bearer(issuer.Microkubes(coretest.Claims{"auth_time": now.Unix()}))
	for i, passes := range []bool{true, true, false, false} {
		clock = time.Unix(now.Unix(), 0).Add(time.Duration(i) * 40 * time.Second)
		var res coretest.Recorder
		_, pass := chain.Guard(t.Context(), coretest.Request{Headers: headers}, &res)
		assert.Equal(t, passes, pass, i)
	}
}

// TestStepUpUsesTheWallClock has no clock of its own.
func TestStepUpUsesTheWallClock(t *testing.T) {
	p := require.StepUp(require.SignIn{MaxAge: time.Hour})
	for age, passes := range map[time.Duration]bool{0: true, 59 * time.Minute: true, 61 * time.Minute: false} {
		o := ask(t, claims(fmt.Sprintf(`{"auth_time":%d}`, time.Now().Add(-age).Unix())), p)
		assert.Equal(t, passes, o.passed(), age)
	}
}

// TestStepUpBody has what WithErrorBody gets of the refusal, and the usual body.
func TestStepUpBody(t *testing.T) {
	chain, err := core.NewSecurityChain(as(&core.AuthData{}))
	must.NoError(t, err)
	chain = chain.With(require.StepUp(require.SignIn{ACR: []string{"mfa"}}))
	var res coretest.Recorder
	chain.Guard(t.Context(), coretest.Request{}, &res)
	assert.Equal(t, `{"code":401,"message":"stronger or more recent authentication required"}`, string(res.Body))
	chain.WithErrorBody(func(e *core.Error) (string, []byte) { return "text/plain", []byte(e.Code()) }).
		Guard(t.Context(), coretest.Request{}, &res)
	assert.Contains(t, string(res.Body), "insufficient_user_authentication")
}
