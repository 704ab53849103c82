package pgtest

import (
	"errors"
	"testing"
)

func TestAKilledServerComesBackWithItsDatabases(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests start no servers")
	}
	s, err := Start("")
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.CreateDatabase("x", "template1"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func() error{s.Kill, s.Stop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec("SELECT 1"); err == nil {
			t.Error("an ended server answers")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DropDatabase("x"); err != nil {
		t.Errorf("the database did not come back: %v", err)
	}
}
