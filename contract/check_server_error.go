package contract

import (
	"net/http"

	"github.com/specimen-api/specimen/spec"
)

// ServerError catches an answer that says that the server failed, also where the document lists it.
var ServerError = checks.Add(Check{
	Name: "server-error",
	Doc:  "a valid request is not answered with 5xx",
	Run: func(x Exchange) []spec.Problem {
		if x.Status() < 500 {
			return nil
		}
		return []spec.Problem{{
			In: "status", Keyword: "status", Got: statusOf(x), Want: "no 5xx to a valid request",
			Position: x.Case.Operation.Position, Pointer: x.Case.Operation.Pointer,
		}}
	},
})

func statusOf(x Exchange) string {
	text := http.StatusText(x.Status())
	if text == "" {
		return itoa(x.Status())
	}
	return itoa(x.Status()) + " " + text
}
