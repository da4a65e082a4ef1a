package contract

import (
	"slices"

	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/internal/near"
)

// Phase is one of the steps of a run; each sends cases of its own, and each can be left out.
type Phase string

const (
	// Examples sends what the document and the named fixtures show: each example of the required parameters and of
	// the body, and the same without credentials.
	Examples Phase = "examples"
	// Coverage varies one thing at a time: each parameter and member of a body at its limits and just past them, each
	// value of an enum, what is optional left out, another method, another media type, other credentials.
	Coverage Phase = "coverage"
	// Random sends seeded requests, valid and invalid ones, until Config.MaxRequests is spent.
	Random Phase = "random"
)

// AllPhases gives the phases in the order in which they are planned.
func AllPhases() []Phase { return []Phase{Examples, Coverage, Random} }

// choosePhases gives the phases of a run, in their order.
func choosePhases(names []Phase) ([]Phase, error) {
	if len(names) == 0 {
		return []Phase{Examples, Coverage}, nil
	}
	var all []string
	for _, p := range AllPhases() {
		all = append(all, string(p))
	}
	for _, n := range names {
		if !slices.Contains(AllPhases(), n) {
			return nil, &UsageError{family.Unknown("phase", string(n), near.Names(string(n), all, len(all)))}
		}
	}
	return slices.DeleteFunc(AllPhases(), func(p Phase) bool { return !slices.Contains(names, p) }), nil
}
