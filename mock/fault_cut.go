package mock

import "math/rand/v2"

var _ = faults.Add(Fault{
	Name:    "cut",
	Doc:     "closes the connection in the middle of a body that travels in chunks; an argument is the share of the requests",
	Example: "cut",
	Caught:  "answer",
	read:    sometimes(func(x *exchange, _ *rand.Rand) { x.harm.cut = true }),
})
