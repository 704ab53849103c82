package ledger

import (
	"errors"
	"strings"
	"testing"
)

// key returns a new key with a name.
func key(t *testing.T, name string) Key {
	t.Helper()
	secret, err := NewKey(name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestACheckpointIsReadAsItWasSigned(t *testing.T) {
	k := key(t, "photos.example/log")
	for _, want := range []Checkpoint{
		{Origin: k.Origin("ch_1"), Size: 0},
		{Origin: k.Origin("ch_1"), Size: 1234567, Root: number(3)},
		{Origin: k.Origin("ch_1"), Size: 9, Root: number(4), Result: strings.Repeat("0a", HashSize)},
	} {
		signed, err := k.Sign(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenCheckpoint(signed, want.Origin, k.Public())
		if err != nil || got != want {
			t.Errorf("got %+v (%v), want %+v", got, err, want)
		}
	}
	if got, want := k.Origin("ch_1"), "photos.example/log/ch_1"; got != want {
		t.Errorf("origin: got %s, want %s", got, want)
	}
}

func TestACheckpointOfAnotherLogOrKeyOrFormIsRefused(t *testing.T) {
	k, other := key(t, "photos.example/log"), key(t, "photos.example/log")
	sound := Checkpoint{Origin: k.Origin("ch_1"), Size: 5, Root: number(1)}
	sign := func(k Key, c Checkpoint) string {
		signed, err := k.Sign(c)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	elsewhere, negative, wordy := sound, sound, sound
	elsewhere.Origin, negative.Size, wordy.Result = k.Origin("ch_2"), -1, "won by 12"
	for name, signed := range map[string]string{
		"signed with another key": sign(other, sound),
		"of another log":          sign(k, elsewhere),
		"of a negative size":      sign(k, negative),
		"with another extension":  sign(k, wordy),
		"a size changed":          strings.Replace(sign(k, sound), "\n5\n", "\n6\n", 1),
		"a root changed":          strings.Replace(sign(k, sound), sound.Root.String(), number(2).String(), 1),
		"a signature cut":         strings.TrimSpace(sign(k, sound)),
		"nothing":                 "",
	} {
		if c, err := OpenCheckpoint(signed, sound.Origin, k.Public()); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: got %+v and %v, want ErrCheckpoint", name, c, err)
		}
	}
	if _, err := OpenCheckpoint(sign(k, sound), sound.Origin, "no+key"); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("with no key: got %v, want ErrCheckpoint", err)
	}
}

func TestAKeyOfTwoHalvesIsRefused(t *testing.T) {
	one, err := NewKey("a.example/log")
	two, err2 := NewKey("a.example/log")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	private, _, _ := strings.Cut(one, " ")
	_, public, _ := strings.Cut(two, " ")
	for _, secret := range []string{private + " " + public, private, "", "x y"} {
		if _, err := OpenKey(secret); err == nil {
			t.Errorf("%.30q is taken for a key", secret)
		}
	}
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(Checkpoint{Origin: "a/log/b", Size: 7, Root: number(1)}.text())
	f.Add(Checkpoint{Origin: "a/log/b", Size: 7, Root: number(1), Result: strings.Repeat("ff", HashSize)}.text())
	f.Add("a\n-1\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseCheckpoint(text); err == nil && c.text() != text {
			t.Errorf("%q is read as %+v, which is written %q", text, c, c.text())
		}
	})
}
