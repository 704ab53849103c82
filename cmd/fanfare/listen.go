package main

import (
	"errors"
	"net"
	"strconv"
	"syscall"
)

// listening completes the public address with the port that was got.
func (c config) listening(l net.Listener) config {
	address := l.Addr().(*net.TCPAddr)
	c.addr = address.String()
	if !c.chosen {
		public := *c.public
		public.Host = net.JoinHostPort("localhost", strconv.Itoa(address.Port))
		c.public = &public
	}
	return c
}

// listen opens a port; a busy one is answered by the next free one where that is wanted.
func listen(addr string, next bool) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil || !next || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, port, splitErr := net.SplitHostPort(addr)
	number, numberErr := strconv.Atoi(port)
	if err := errors.Join(splitErr, numberErr); err != nil {
		return nil, err
	}
	for n := number + 1; n < number+portsTried; n++ {
		if l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n))); err == nil {
			return l, nil
		}
	}
	return nil, err
}
