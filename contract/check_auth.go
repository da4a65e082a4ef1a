package contract

import "github.com/specimen-api/specimen/spec"

// Auth catches an operation that serves a request without the credentials that the document asks for. It looks only
// at safe requests that were served with credentials a moment before. 404 counts as a refusal: it hides what is there.
var Auth = checks.Add(Check{
	Name: "auth",
	Doc:  "an operation that needs credentials refuses a request without them",
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != Bare || x.Response == nil {
			return nil
		}
		op := x.Case.Operation
		p := spec.Problem{
			In: "status", Keyword: "security", Got: statusOf(x) + " without credentials", Want: "401 or 403",
			Position: op.Position, Pointer: op.Pointer + "/security",
		}
		switch status := x.Status(); {
		case status == 401 || status == 403 || status == 404 || status == 429 || status >= 500:
			return nil
		case status/100 == 2:
			return []spec.Problem{p}
		}
		p.Severity = spec.Warning
		return []spec.Problem{p}
	},
})
