package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// try sends every request to every service through the gateway, or directly if the request says so. It prints the table and
// returns the number of answers that are not the expected ones.
func (all services) try(out io.Writer, gateway string, requests []request) (wrong int) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "request\ttarget\texpected")
	for _, s := range all {
		fmt.Fprint(table, "\t", s.framework)
	}
	fmt.Fprintln(table)
	var problems []string
	for _, r := range requests {
		fmt.Fprintf(table, "%s\t%s\t%s", r.what, r.target, r.want)
		for _, s := range all {
			addr, target := gateway, s.path+r.target
			if r.direct {
				addr, target = s.addr, r.target
			}
			got, err := send(addr, target, r)
			switch {
			case err != nil:
				problems = append(problems, fmt.Sprintf("%s, %s: %v", s.framework, r.what, err))
				fmt.Fprint(table, "\tno answer")
			case got != r.want:
				problems = append(problems, fmt.Sprintf("%s, %s\n  got  %q\n  want %q", s.framework, r.what, got, r.want))
				fmt.Fprintf(table, "\tWRONG %s", got)
			default:
				fmt.Fprintf(table, "\tok %d", got.status)
			}
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush()
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	return len(problems)
}

var errorCode = regexp.MustCompile(`error="([^"]*)"`)

// String returns the answer as the table shows it.
func (a answer) String() string {
	text := fmt.Sprint(a.status)
	if code := errorCode.FindStringSubmatch(a.challenge); code != nil {
		text += " " + code[1]
	}
	return text
}

// send writes the request to a socket as it is, since no client of net/http sends two Authorization fields.
func send(addr, target string, r request) (answer, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	method := r.method
	if method == "" {
		method = http.MethodGet
	}
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: localhost", "Connection: close"}, r.headers...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{res.StatusCode, strings.Join(res.Header.Values("Www-Authenticate"), " | "), string(body)}, nil
}

// invite prints how to send requests by hand.
func (all services) invite(out io.Writer, g *gateway, issuer *coretest.Issuer) {
	fmt.Fprintf(out, "\nAll answers are as expected. Gateway and services go on until you press Ctrl-C:\n\n")
	fmt.Fprintf(out, "  gateway   %s\n  Admin API %s\n", g.ProxyURL(), g.AdminURL())
	token := issuer.Microkubes(coretest.Claims{"scopes": "api:read,orders:read"})
	fmt.Fprintf(out, "\nA token, good for an hour, with the scopes api:read and orders:read:\n\n  TOKEN=%s\n\nTry:\n\n", token)
	for _, s := range all {
		fmt.Fprintf(out, "  curl -i -H \"Authorization: Bearer $TOKEN\" %s%s/orders\n", g.ProxyURL(), s.path)
	}
	fmt.Fprintf(out, "  curl -i %s%s/hello\n", g.ProxyURL(), all[0].path)
	fmt.Fprintf(out, "  curl -s %s/routes\n", g.AdminURL())
}
