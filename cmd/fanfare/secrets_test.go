package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func secretsFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestASecretComesFromTheFileAndOtherwiseFromTheEnvironment(t *testing.T) {
	env := map[string]string{dbPassword: "from env", s3SecretKey: "of env"}
	s, err := openSecrets(secretsFile(t, "# keys\n\nFANFARE_DB_PASSWORD=p=ß word\nFANFARE_NATS_TOKEN=\n"), func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{dbPassword: "p=ß word", s3SecretKey: "of env", natsToken: "", meilisearchKey: ""} {
		if got := s.get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestARotatedSecretIsUsedWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := secretsFile(t, "FANFARE_DB_PASSWORD=old\n")
		s, err := openSecrets(file, os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		password := s.of(dbPassword)
		for _, step := range []struct{ content, want string }{
			{"FANFARE_DB_PASSWORD=new\n", "new"},
			{"a half-written li", "new"}, // what it said before counts
			{"FANFARE_DB_PASSWORD=newest\n", "newest"},
		} {
			if err := os.WriteFile(file, []byte(step.content), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(secretsAge + time.Millisecond) // of the bubble's clock
			if got := password(); got != step.want {
				t.Errorf("after %q: got %q, want %q", step.content, got, step.want)
			}
		}
	})
}

func TestAWrongSecretsFileIsToldOfAtTheStartAndNamesNoValue(t *testing.T) {
	for claim, content := range map[string]string{
		"an unknown name": "FANFARE_DB_PASSWROD=hush\n",
		"no name":         "hush\n",
		"too long":        strings.Repeat("#\n", maxSecrets),
	} {
		_, err := openSecrets(secretsFile(t, content), os.Getenv)
		if err == nil || !strings.Contains(err.Error(), "--secrets") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v", claim, err)
		}
	}
	if _, err := openSecrets(filepath.Join(t.TempDir(), "none"), os.Getenv); err == nil {
		t.Error("a file that is not there is no error")
	}
}
