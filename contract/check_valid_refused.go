package contract

import (
	"slices"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// ValidRefused catches the refusal of a request that the document allows. It is a warning, since a deployment may
// have rules that no schema tells: no finding at all where a value was made up only to vary another one. It is an error
// for a body whose media type the document lists and the deployment does not take.
var ValidRefused = checks.Add(Check{
	Name: "valid-refused",
	Doc:  "a valid request is not refused as invalid",
	Run: func(x Exchange) []spec.Problem {
		status := x.Status()
		if status != 400 && status != 415 && status != 422 || x.Case.Kind != Good || x.Case.freely && status != 415 {
			return nil
		}
		op := x.Case.Operation
		if res := op.Response(status); res == nil {
			return nil // Status speaks of it
		}
		p := spec.Problem{
			Severity: spec.Warning, In: "status", Keyword: "valid", Got: statusOf(x), Want: "a valid request to be served",
			Position: op.Position, Pointer: op.Pointer,
		}
		if status == 415 && x.Input.HasBody && !strings.Contains(x.Input.MediaType, "*") {
			body := op.Body()
			p.Severity, p.Position, p.Pointer = spec.Error, body.Position, body.Pointer
			p.Want = "a body of " + x.Input.MediaType + " to be taken, as the document lists it"
			return []spec.Problem{p}
		}
		if slices.ContainsFunc(x.Case.Values, func(v Value) bool { return v.Source == FromGenerator }) {
			p.Hint = "some values were made up; --set NAME=VALUE gives better ones"
		}
		return []spec.Problem{p}
	},
})
