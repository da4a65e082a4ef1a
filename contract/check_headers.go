package contract

import "github.com/specimen-api/specimen/spec"

// Headers catches a required header that is missing, and a header whose value breaks its schema.
var Headers = checks.Add(Check{
	Name: forHeaders,
	Doc:  "the required headers are there, and every declared header obeys its schema",
	Run:  func(x Exchange) []spec.Problem { return promised(x, forHeaders) },
})
