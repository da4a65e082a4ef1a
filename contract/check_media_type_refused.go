package contract

import "github.com/specimen-api/specimen/spec"

// MediaTypeRefused catches a body of a media type that the document does not have, and that is taken all the same. The
// body is no JSON and no form, so that a server that took it has not read it: an error where the body is required, a
// warning where it is not. Any refusal will do, 415 or another one.
var MediaTypeRefused = checks.Add(Check{
	Name: "media-type-refused",
	Doc:  "a body of a media type that is not declared is refused with 415",
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != OtherType || x.Response == nil || x.Status()/100 != 2 {
			return nil
		}
		body := x.Case.Operation.Body()
		p := spec.Problem{
			In: "header Content-Type", Keyword: "content", Got: statusOf(x) + " to a body of " + x.Case.Input.MediaType, Want: "415",
			Position: body.Position, Pointer: body.Pointer,
		}
		if !body.Required || x.Status() == 202 || saysNo(x) {
			p.Severity = spec.Warning
		}
		return []spec.Problem{p}
	},
})
