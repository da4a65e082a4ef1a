//go:build race

package spec_test

// slower is how much longer work may take where the race detector watches it.
const slower = 10
