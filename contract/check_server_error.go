package contract

import (
	"net/http"

	"github.com/specimen-api/specimen/spec"
)

// ServerError catches an answer that says that the server failed, also where the document lists it.
var ServerError = checks.Add(Check{
	Name: "server-error",
	Doc:  "no request is answered with 5xx, a valid one or not",
	Run: func(x Exchange) []spec.Problem {
		if x.Status() < 500 || x.Case.Kind == OtherMethod && x.Status() == http.StatusNotImplemented {
			return nil
		}
		p := spec.Problem{
			In: "status", Keyword: "status", Got: statusOf(x), Want: "no 5xx to a valid request",
			Position: x.Case.Operation.Position, Pointer: x.Case.Operation.Pointer,
		}
		switch x.Case.Kind {
		case Good, Bare:
		case Bad:
			p.Want = "no 5xx to an invalid request: 400 or 422"
			p.Got += " to a request with: " + x.Case.Fault.String()
		default:
			p.Want, p.Severity = "no 5xx to a request that is to be refused", spec.Warning
			p.Got += " to " + x.Case.Name
		}
		return []spec.Problem{p}
	},
})

func statusOf(x Exchange) string {
	text := http.StatusText(x.Status())
	if text == "" {
		return itoa(x.Status())
	}
	return itoa(x.Status()) + " " + text
}
