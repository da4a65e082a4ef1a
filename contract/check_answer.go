package contract

import "github.com/specimen-api/specimen/spec"

// Answer catches a request without a whole answer: none in time, a connection that breaks, a body that ends early.
// A target that nobody answers at is no finding; the run could not test it.
var Answer = checks.Add(Check{
	Name: "answer",
	Doc:  "a request is answered, whole and in time",
	Run: func(x Exchange) []spec.Problem {
		if x.Err == nil {
			return nil
		}
		return []spec.Problem{{In: "response", Keyword: "answer", Want: "a whole answer", Got: x.Err.Error(), Message: x.Err.Error()}}
	},
})
