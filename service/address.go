package service

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/registrator"
)

// listen opens the listener of the service.
func (c Config) listen() (net.Listener, error) {
	if c.Listener != nil {
		return c.Listener, nil
	}
	_, port, err := net.SplitHostPort(c.Address)
	if err != nil || port == "" || strings.Contains(c.Address, "@") {
		return nil, fmt.Errorf("the address to listen on is %s: write host:port or :port in Config.Address or LISTEN_ADDR",
			quoted(c.Address))
	}
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address in Config.Address or LISTEN_ADDR, or end the process that uses it",
			err)
	}
	return l, nil
}

// description returns what the gateway is told about this process, which listens at addr.
func (c Config) description(addr net.Addr) (registrator.Service, error) {
	s := c.Registration
	if c.TLS != nil && s.Protocol == "" {
		s.Protocol = "https"
	}
	host, port, err := splitAddress(addr)
	if s.Port == 0 {
		s.Port = port
	}
	if s.Host != "" || s.Instance != "" {
		if _, _, alone := net.SplitHostPort(s.Instance); s.Port == 0 && alone != nil {
			return s, err
		}
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if c.Host != "" {
		host, err = plainHost(c.Host)
	} else if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		err = errors.New("the service listens on every address of the machine, and it is not known which the gateway reaches: " +
			"set SERVICE_HOST or Config.Host, in Kubernetes to the pod's status.podIP, or a host in LISTEN_ADDR or " +
			"Config.Address")
	}
	s.Instance = net.JoinHostPort(host, strconv.Itoa(port))
	return s, err
}

// splitAddress returns the host and the port of the address of a listener.
func splitAddress(addr net.Addr) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr.String())
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("the listener has the address %q, which the gateway cannot reach: "+
			"set Config.Registration.Instance, or its Host and Port", addr)
	}
	return host, port, nil
}

// plainHost returns a host without the brackets of IPv6. It refuses a host with a port, a scheme or white space.
func plainHost(host string) (string, error) {
	plain := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		plain = host[1 : len(host)-1]
	}
	isIP := net.ParseIP(plain) != nil
	if !isIP && (plain != host || strings.ContainsAny(plain, ":/@ \t\r\n\"'")) {
		return "", fmt.Errorf("the host of this process is %s: write a name or an address without scheme and port in "+
			"Config.Host or SERVICE_HOST; the port is that of Config.Address or LISTEN_ADDR", quoted(host))
	}
	return plain, nil
}

// quoted returns a setting for an error, but not one that may have a password.
func quoted(setting string) string {
	if strings.Contains(setting, "@") {
		return "not shown, since it has an @"
	}
	return strconv.Quote(setting)
}
