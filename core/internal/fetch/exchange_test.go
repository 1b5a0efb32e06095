package fetch_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

// listen accepts connections on a loopback address, reads, and never answers. begun gets a value when something has come, and ended
// when the other side closes.
func listen(t *testing.T) (address string, begun, ended chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	begun, ended = make(chan struct{}, 8), make(chan struct{}, 8)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = conn.Read(make([]byte, 1))
				begun <- struct{}{}
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
				ended <- struct{}{}
			}()
		}
	}()
	return listener.Addr().String(), begun, ended
}

// expires is a context whose deadline passes at an event, however long that takes.
type expires struct {
	context.Context
	at <-chan struct{}
}

func expiring(t *testing.T, event <-chan struct{}) context.Context {
	t.Helper()
	at := make(chan struct{})
	go func() {
		select {
		case <-event:
		case <-t.Context().Done():
		}
		close(at)
	}()
	return expires{t.Context(), at}
}

func (e expires) Done() <-chan struct{} { return e.at }

func (e expires) Err() error {
	select {
	case <-e.at:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestHandshakeThatIsNotAnswered: the transport goes on with a handshake after the request has ended, and a transport without a
// TLSHandshakeTimeout does so for ever.
func TestHandshakeThatIsNotAnswered(t *testing.T) {
	address, begun, ended := listen(t)
	proxy := &url.URL{Scheme: "http", Host: address}
	for name, c := range map[string]struct {
		client *http.Client
		url    string
	}{
		"default transport":        {nil, "https://" + address},
		"transport without limits": {&http.Client{Transport: &http.Transport{}}, "https://" + address},
		"dialer of the user":       {&http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}, "https://" + address},
		"CONNECT to a proxy":       {&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}, "https://keys.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := getWithin(expiring(t, begun), t, fetch.New(c.client, "127.0.0.1"), c.url, fetch.Validators{})
			assert.ErrorContains(t, err, "not complete in time")
			select {
			case <-ended:
			case <-time.After(time.Minute):
				assert.Fail(t, "the connection is still there")
			}
		})
	}
}

// TestDialersOfUsers has dialers that break their contract, and connections of which nothing is known.
func TestDialersOfUsers(t *testing.T) {
	for name, c := range map[string]struct {
		conn net.Conn
		says string
	}{
		"neither connection nor error": {nil, "neither a connection nor an error"},
		"no address":                   {withoutAddress{}, "KeysHosts"},
		"not an IP address":            {oneEnd(net.Pipe()), "KeysHosts"},
	} {
		for _, scheme := range []string{"http", "https"} {
			dial := func(context.Context, string, string) (net.Conn, error) { return c.conn, nil }
			client := &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial}}
			_, err := get(t, fetch.New(client, "other.example"), scheme+"://keys.example/")
			assert.ErrorContains(t, err, c.says, name)
		}
	}
}

type withoutAddress struct{ net.Conn }

func (withoutAddress) RemoteAddr() net.Addr { return nil }
func (withoutAddress) Close() error         { return nil }

func oneEnd(one, _ net.Conn) net.Conn { return one }

func TestTransportThatIsNil(t *testing.T) {
	s := httptest.NewServer(text("x"))
	defer s.Close()
	d, err := get(t, fetch.New(&http.Client{Transport: (*http.Transport)(nil)}, "127.0.0.1"), s.URL)
	require.Nil(t, err)
	assert.Equal(t, "x", string(d.Body))
}

// TestLiteralsInOtherForms asks for hosts that some resolvers read as addresses of this machine, where nothing else checks them.
func TestLiteralsInOtherForms(t *testing.T) {
	reached := ""
	inner := fetch.New(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		reached = r.URL.Host
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}, "169.254.1.1", "FD00:0::1", "7")
	for _, host := range strings.Fields("127.0.0.1. 169.254.169.254. 127.0.0.1.. 2130706433 0x7f000001 0X7F.1 127.1 0177.0.0.1 017700000001 0 0x " +
		"1.2.3.0x4 [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] [::1%25lo] [::] localhost. foo.localhost a.LOCALHOST. 169.254.1.2") {
		reached = ""
		_, err := get(t, inner, "https://"+host+"/")
		assert.ErrorContains(t, err, "KeysHosts", host)
		assert.Empty(t, reached, host)
	}
	for _, host := range strings.Fields("8.8.8.8 keys.example keys.example. 1.example 0x7f.example a0x1 x1 [2606:4700::1111] " +
		"169.254.1.1 169.254.1.1. [fd00::1] [fd00:0:0::1] 7 localhost.example") {
		_, err := get(t, inner, "https://"+host+"/")
		assert.Nil(t, err, host)
		assert.Equal(t, host, reached)
	}
}

// TestAddressOfAProxyIsForTheProxy: that requests go through a proxy on a private address does not let a document name it.
func TestAddressOfAProxyIsForTheProxy(t *testing.T) {
	proxy := httptest.NewServer(text("by the proxy"))
	defer proxy.Close()
	transport := &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Hostname() == "proxy.example" { // as with NO_PROXY
				return nil, nil
			}
			return &url.URL{Scheme: "http", Host: "proxy.example:3128"}, nil
		},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, proxy.Listener.Addr().String())
		},
	}
	c := fetch.New(&http.Client{Transport: transport})
	d, err := get(t, c, "http://keys.example/")
	require.Nil(t, err)
	assert.Equal(t, "by the proxy", string(d.Body))
	_, err = get(t, c, "http://proxy.example:3128/")
	assert.ErrorContains(t, err, "KeysHosts")
}

// TestRefusedConnectionIsClosed has a dialer of the user connect to an address that is not public.
func TestRefusedConnectionIsClosed(t *testing.T) {
	address, _, ended := listen(t)
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
	_, err := fetch.New(client).Get(context.Background(), mustURL(t, "http://keys.example/"), fetch.Validators{}) // a context without an end
	assert.ErrorContains(t, err, "KeysHosts")
	select {
	case <-ended:
	case <-time.After(time.Minute):
		assert.Fail(t, "the connection is still there")
	}
}

// TestAnswerAfterTheEnd is complete, and too late.
func TestAnswerAfterTheEnd(t *testing.T) {
	c := fetch.New(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("late"))}, nil
	})})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := getWithin(ctx, t, c, "https://keys.example/", fetch.Validators{})
	require.NotNil(t, err)
	assert.ErrorContains(t, err, "not complete in time")
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

// TestNameOfAnInnerAddress has public names that resolve to inner addresses, as an attacker's name server answers. Nothing
// connects, not even to see who is there.
func TestNameOfAnInnerAddress(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	connected := make(chan struct{}, 8)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connected <- struct{}{}
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for name, addresses := range map[string][]string{
		"loopback":                {"127.0.0.1"},
		"others, and then it":     {"10.1.2.3", "169.254.169.254", "127.0.0.1"},
		"documentation, and then": {"192.0.2.1", "127.0.0.1"},
	} {
		resolveTo(t, addresses...)
		_, err := get(t, fetch.New(nil), "http://keys.example:"+port)
		assert.ErrorContains(t, err, "KeysHosts", name)
		assert.Empty(t, connected, name)
	}
	resolveTo(t, "127.0.0.1")
	_, err = get(t, fetch.New(nil, "keys.example"), "http://keys.example:"+port)
	assert.Error(t, err)
	assert.Len(t, connected, 1, "the resolver of the test works")
}

// resolveTo makes all names resolve to these IPv4 addresses.
func resolveTo(t *testing.T, addresses ...string) {
	t.Helper()
	former := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = former })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerQuestion(server, addresses)
		return client, nil
	}}
}

// answerQuestion answers one question of DNS over TCP (RFC 1035, section 4), with addresses if it is for them.
func answerQuestion(conn net.Conn, addresses []string) {
	defer conn.Close()
	question := make([]byte, 512)
	n, err := io.ReadAtLeast(conn, question, 2+12)
	if err != nil {
		return
	}
	end := 2 + 12
	for question[end] != 0 {
		end += 1 + int(question[end])
	}
	end += 1 + 4 // the type and the class
	if end > n {
		return
	}
	message := append([]byte{}, question[2:end]...)
	message[2], message[3] = 0x81, 0x80                           // an answer, recursion available
	message[8], message[9], message[10], message[11] = 0, 0, 0, 0 // no more records
	message[7] = 0
	if question[end-3] == 1 { // of type A
		message[7] = byte(len(addresses))
		for _, a := range addresses {
			message = append(message, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
			message = append(message, net.ParseIP(a).To4()...)
		}
	}
	_, _ = conn.Write(append([]byte{byte(len(message) >> 8), byte(len(message))}, message...))
}
