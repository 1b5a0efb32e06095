package fetch_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

func TestPublicAddresses(t *testing.T) {
	for list, public := range map[string]bool{
		"127.0.0.1 127.8.8.8 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::":         false, // loopback
		"10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fd00::1 fc00::1 ::ffff:10.0.0.1": false, // private
		"169.254.169.254 fe80::1 fe80::1%eth0 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe": false, // link-local, metadata
		"fd00:ec2::254 168.63.129.16 100.100.100.200 192.0.0.192 fd20:ce::254":           false, // metadata of other clouds
		"100.64.0.1 100.127.255.255":                                                          false, // CGNAT
		"224.0.0.1 239.1.1.1 ff02::1 255.255.255.255 240.0.0.1":                               false, // multicast, reserved
		"0.0.0.0 0.1.2.3 :: ::ffff:0.0.0.0 ::0.0.0.1 ::8.8.8.8":                               false, // unspecified, IPv4-compatible
		"192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 192.88.99.1 2001:db8::1 3fff::1":       false, // documentation, tests
		"2001::1 64:ff9b:1::808:808 100::1 fec0::1 4000::1 2002:a00:1:: 64:ff9b::c0a8:1":      false, // Teredo, local NAT64, others
		"8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 169.253.0.1 192.167.0.1 198.20.0.1 223.0.0.1": true,
		"2606:4700::1111 2001:4860:4860::8888 2a00:1450::1 64:ff9b::808:808 2002:808:808::1":  true,
		"::ffff:8.8.8.8": true,
	} {
		for text := range strings.FieldsSeq(list) {
			assert.Equal(t, public, fetch.IsPublic(netip.MustParseAddr(text)), text)
		}
	}
	assert.False(t, fetch.IsPublic(netip.Addr{}))
}

func TestParseURL(t *testing.T) {
	for text, says := range map[string]string{
		"https://login.example/realms/shop":  "",
		"HTTPS://login.example":              "",
		"https://10.0.0.1:8443/keys?v=1":     "",
		"http://localhost:8080/":             "",
		"http://LOCALHOST./":                 "",
		"http://127.0.0.1/":                  "",
		"http://127.9.9.9/":                  "",
		"http://[::1]:80/":                   "",
		"http://login.example/":              "InsecureHTTP",
		"http://localhost.example/":          "InsecureHTTP",
		"http://127.0.0.1.example/":          "InsecureHTTP",
		"http://10.0.0.1/":                   "InsecureHTTP",
		"":                                   "absolute URL",
		"login.example/keys":                 "absolute URL",
		"/keys":                              "absolute URL",
		"//login.example/keys":               "absolute URL",
		"https:///keys":                      "absolute URL",
		"https://:8443/keys":                 "absolute URL",
		"https:login.example":                "absolute URL",
		"\thttps://login.example":            "absolute URL",
		"https://login.example/\n":           "absolute URL",
		"https://login.example:port/":        "absolute URL",
		"https://user:SECRET@login.example/": "credentials",
		"https://user@login.example/":        "credentials",
		"https://@login.example/":            "credentials",
		"https://login.example/#keys":        "fragment",
		"https://login.example/#":            "fragment",
		"https://löin.example/":              "xn--",
		"file:///etc/passwd":                 "absolute URL",
		"file://host/etc/passwd":             "https://",
		"ftp://login.example/":               "https://",
		"gopher://login.example/":            "https://",
	} {
		_, err := fetch.ParseURL(text, false)
		if says == "" {
			assert.NoError(t, err, text)
			continue
		}
		assert.ErrorContains(t, err, says, text)
		assert.NotContains(t, err.Error(), "SECRET")
		_, err = fetch.ParseURL(text, true)
		assert.Equal(t, says == "InsecureHTTP", err == nil, text)
	}
}

const unsaid = -1

var lifetimes = []struct {
	control []string
	age     string
	want    time.Duration
}{
	{nil, "", unsaid},
	{[]string{""}, "", unsaid},
	{[]string{"public, must-revalidate"}, "", unsaid},
	{[]string{"s-maxage=10"}, "", unsaid},
	{[]string{"max-age=600"}, "", 600},
	{[]string{"MAX-AGE=600"}, "", 600},
	{[]string{`max-age="600"`}, "", 600},
	{[]string{"public,\tmax-age=600 ,, must-revalidate"}, "", 600},
	{[]string{"public", "max-age=600"}, "", 600},
	{[]string{"max-age=600, max-age=600"}, "", 600},
	{[]string{"max-age=600", "max-age=60"}, "", 0},
	{[]string{"max-age=0"}, "", 0},
	{[]string{"max-age=600"}, "100", 500},
	{[]string{"max-age=600"}, "100, 5", 500},
	{[]string{"max-age=600"}, "700", 0},
	{[]string{"max-age=600"}, "soon", 600},
	{[]string{"max-age=600"}, "-5", 600},
	{[]string{"max-age=600, no-store"}, "", 0},
	{[]string{"no-cache, max-age=600"}, "", 0},
	{[]string{`no-cache="set-cookie", max-age=600`}, "", 0},
	{[]string{`x="a, no-store", max-age=600`}, "", 600},
	{[]string{`x="a\", no-store", max-age=600`}, "", 600},
	{[]string{"max-age"}, "", 0},
	{[]string{"max-age="}, "", 0},
	{[]string{"max-age=-1"}, "", 0},
	{[]string{"max-age=1.5"}, "", 0},
	{[]string{"max-age=10 years"}, "", 0},
	{[]string{"max-age=0x10"}, "", 0},
	{[]string{"max-age=99999999999999999999"}, "", 1<<31 - 1},
	{[]string{"<html>"}, "", 0},
	{[]string{"=5"}, "", 0},
}

func TestLifetime(t *testing.T) {
	for _, c := range lifetimes {
		h := http.Header{"Cache-Control": c.control}
		if c.age != "" {
			h.Set("Age", c.age)
		}
		got, ok := fetch.Lifetime(h)
		assert.Equal(t, c.want != unsaid, ok, c)
		assert.Equal(t, max(c.want, 0)*time.Second, got, c)
	}
}

func FuzzLifetime(f *testing.F) {
	for _, c := range lifetimes {
		f.Add(strings.Join(c.control, ","), c.age)
	}
	f.Fuzz(func(t *testing.T, control, age string) {
		h := http.Header{"Cache-Control": {control}, "Age": {age}}
		got, ok := fetch.Lifetime(h)
		assert.True(t, ok || got == 0)
		assert.True(t, 0 <= got && got < 1<<31*time.Second, got)
		h["Cache-Control"] = []string{control + ",no-store"}
		if got, _ := fetch.Lifetime(h); strings.Count(control, `"`) == 0 {
			assert.Zero(t, got, "no-store counts wherever it stands")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		" 7 ":                           7 * time.Second,
		"-7":                            0,
		"7.5":                           0,
		"soon":                          0,
		"99999999999999":                (1<<31 - 1) * time.Second,
		"Fri, 27 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Fri, 27 Nov 2026 11:00:00 GMT": 0,
	} {
		assert.Equal(t, want, fetch.RetryAfter(http.Header{"Retry-After": {text}}, now), text)
	}
}
