package contract

import "github.com/specimen-api/specimen/spec"

// Credentials catches an operation that serves a request with credentials that nobody has, or that cannot be read. It
// looks only at safe requests that were served with good ones a moment before. 404 counts as a refusal: it hides what
// is there, and so does a 400 to what cannot be read.
var Credentials = checks.Add(Check{
	Name: "credentials",
	Doc:  "an operation that needs credentials refuses those that are nobody's or cannot be read",
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != Stranger || x.Response == nil || x.Status()/100 != 2 {
			return nil
		}
		op := x.Case.Operation
		which := " to credentials that nobody has"
		if x.Case.garbled {
			which = " to credentials that cannot be read"
		}
		return []spec.Problem{{
			In: "status", Keyword: "security", Got: statusOf(x) + which, Want: "401 or 403",
			Position: op.Position, Pointer: op.Pointer + "/security",
		}}
	},
})
