package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"fanfare/cmd/fanfare/faulttest"
)

// proxyCommand starts the test binary as a proxy of faulttest to the address behind it.
const proxyCommand = "proxy"

// serveProxy prints the proxy's address and does what each line of the standard input says, until it ends.
func serveProxy(target string) {
	p, err := faulttest.Open(target)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer p.Close()
	fmt.Println(p.Addr())
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); fmt.Println("done") {
		switch orders.Text() {
		case "cut":
			p.Cut()
		case "hole":
			p.Set(faulttest.Faults{BlackHole: true})
		case "pass":
			p.Set(faulttest.Faults{})
		}
	}
}

// proxyProcess is a proxy in a process of its own.
type proxyProcess struct {
	url     string
	orders  io.Writer
	answers *bufio.Scanner
}

// startProxy starts a proxy to the address; it ends with the test.
func startProxy(t *testing.T, target string) *proxyProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0], proxyCommand, target)
	in, out := must(cmd.StdinPipe())(t), must(cmd.StdoutPipe())(t)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	p := &proxyProcess{orders: in, answers: bufio.NewScanner(out)}
	if !p.answers.Scan() {
		t.Fatal("the proxy did not start")
	}
	p.url = "http://" + p.answers.Text()
	return p
}

// order has the proxy do something and waits until it has.
func (p *proxyProcess) order(t *testing.T, what string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.orders, what); err != nil || !p.answers.Scan() {
		t.Fatalf("order the proxy to %s: %v", what, err)
	}
}
