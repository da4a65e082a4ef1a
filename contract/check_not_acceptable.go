package contract

import (
	"net/http"

	"github.com/specimen-api/specimen/spec"
)

// NotAcceptable catches an operation that declares 406 and serves a request that accepts nothing of what it has. Where
// 406 is not declared a server may ignore Accept (RFC 9110, section 12.5.1).
var NotAcceptable = checks.Add(Check{
	Name:  "not-acceptable",
	Doc:   "an operation that declares 406 answers it to a request that accepts nothing of what it has",
	Level: Warning,
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != OtherAccept || x.Status()/100 != 2 {
			return nil
		}
		op := x.Case.Operation
		res := op.Response(http.StatusNotAcceptable)
		if res == nil || res.Status != "406" {
			return nil
		}
		return []spec.Problem{{
			In: "status", Keyword: "accept", Got: statusOf(x) + " to Accept: " + x.Case.Accept, Want: "406",
			Position: res.Position, Pointer: res.Pointer,
		}}
	},
})
