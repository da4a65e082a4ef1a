package contract

import "github.com/specimen-api/specimen/spec"

// Body catches a body that breaks its schema, formats included, and a declared body that is missing.
var Body = checks.Add(Check{
	Name: forBody,
	Doc:  "the body obeys its schema, formats included",
	Run:  func(x Exchange) []spec.Problem { return promised(x, forBody) },
})
