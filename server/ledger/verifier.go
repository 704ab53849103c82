package ledger

import (
	_ "embed"
	"slices"
)

//go:embed verify.mjs
var verifier []byte

// Verifier is a program for Node that recounts an export, written apart from Audit, so that nobody need believe either.
func Verifier() []byte { return slices.Clone(verifier) }
