package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// secretBytes is the length of an installation's secrets, as long as the output of the hash that they key.
const secretBytes = 32

// Secret returns the installation's secret of a name, which is drawn when it is first asked for. It never leaves the
// database and its backups.
func (tx *Tx) Secret(name string) ([]byte, error) {
	secret, err := tx.secret("secret " + name)
	if err != nil {
		return nil, fmt.Errorf("find secret %q: %w", name, err)
	}
	return secret, nil
}

// KnowsSecret reports whether the secret of a name was drawn.
func (tx *Tx) KnowsSecret(name string) (bool, error) {
	_, err := tx.Setting("secret " + name)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (tx *Tx) secret(setting string) ([]byte, error) {
	known, err := tx.Setting(setting)
	if errors.Is(err, ErrNotFound) {
		if err := tx.Lock("secrets"); err != nil { // two that draw it at once
			return nil, err
		}
		known, err = tx.Setting(setting)
	}
	if errors.Is(err, ErrNotFound) {
		drawn := make([]byte, secretBytes)
		rand.Read(drawn)
		return drawn, tx.SetSetting(setting, hex.EncodeToString(drawn))
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(known)
}
