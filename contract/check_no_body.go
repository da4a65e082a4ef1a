package contract

import (
	"strconv"

	"github.com/specimen-api/specimen/spec"
)

// NoBody catches a body where HTTP allows none. Most of it never arrives, but a 204 that announces one does
// (RFC 9110, section 8.6: no Content-Length; RFC 9112, section 6.1: no Transfer-Encoding).
var NoBody = checks.Add(Check{
	Name: forNoBody,
	Doc:  "204, 205, 304 and the answer to HEAD have no body",
	Run: func(x Exchange) []spec.Problem {
		if x.Response == nil || !bodiless(x) {
			return nil
		}
		problems := promised(x, forNoBody)
		if len(problems) > 0 {
			return problems
		}
		status, method := x.Status(), x.Request.Method
		want := "no body with " + itoa(status)
		if method == "HEAD" {
			want = "no body to HEAD"
		}
		announced, _ := strconv.Atoi(x.Response.Header.Get("Content-Length"))
		p := spec.Problem{In: "body", Keyword: "body", Want: want}
		if res := x.Case.Operation.Response(status); res != nil {
			p.Position, p.Pointer = res.Position, res.Pointer
		}
		switch {
		case len(x.Body) > 0:
			p.Got = "a body of " + itoa(len(x.Body)) + " bytes"
		case method != "HEAD" && status == 204 && announced > 0:
			p.Got = "Content-Length " + itoa(announced)
		case method != "HEAD" && status == 204 && len(x.Response.TransferEncoding) > 0:
			p.Got = "Transfer-Encoding " + x.Response.TransferEncoding[0]
		default:
			return nil
		}
		return []spec.Problem{p}
	},
})
