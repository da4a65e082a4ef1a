package mock

import "math/rand/v2"

var _ = faults.Add(Fault{
	Name:    "truncate",
	Doc:     "sends half of the body that Content-Length announces; an argument is the share of the requests",
	Example: "truncate",
	Caught:  "answer",
	read:    sometimes(func(x *exchange, _ *rand.Rand) { x.harm.short = true }),
})
