package contract

import (
	"net/http"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// Method catches a safe method that the document does not have for the path and that is served all the same, a 405
// without Allow or with an Allow that leaves out the operation's method (RFC 9110, section 15.5.6), and a HEAD that is
// answered otherwise than its GET (section 9.3.2). OPTIONS may be answered, and 404 may hide what is there.
var Method = checks.Add(Check{
	Name:  "method",
	Doc:   "a method that the document does not have is refused with 405 and Allow, and HEAD is answered as GET is",
	Level: Warning,
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != OtherMethod || x.Response == nil {
			return nil
		}
		op, status, method := x.Case.Operation, x.Status(), x.Case.Method
		p := spec.Problem{In: "status", Keyword: "method", Got: statusOf(x) + " to " + method, Position: op.Position, Pointer: op.Pointer}
		if status == http.StatusMethodNotAllowed {
			return allowed(x, p)
		}
		switch {
		case status == 429 || status >= 500 || status/100 == 3:
			return nil
		case method == http.MethodOptions && (status/100 == 2 || status/100 == 4):
			return nil
		case method == http.MethodHead:
			if status == x.Case.reference || status == 401 || status == 403 || status == 404 {
				return nil
			}
			p.Want = "what GET is answered with, or 405"
		case status/100 == 2:
			p.Want = "405"
		default:
			return nil
		}
		return []spec.Problem{p}
	},
})

// allowed reads the Allow header of a 405.
func allowed(x Exchange, p spec.Problem) []spec.Problem {
	lines := x.Response.Header.Values("Allow")
	p.In, p.Keyword = "header Allow", "allow"
	if len(lines) == 0 {
		p.Got, p.Want = "405 without Allow", "the methods that the path has"
		return []spec.Problem{p}
	}
	var methods []string
	for _, m := range strings.Split(strings.Join(lines, ","), ",") {
		methods = append(methods, strings.ToUpper(strings.TrimSpace(m)))
	}
	if served := x.Case.Operation.Method; x.Case.reference/100 == 2 && !slices.Contains(methods, served) {
		p.Got, p.Want = "Allow: "+strings.Join(lines, ", "), served+" among them, which was served a moment before"
		return []spec.Problem{p}
	}
	if slices.Contains(methods, x.Case.Method) {
		p.Got, p.Want = "405 to "+x.Case.Method+", and Allow: "+strings.Join(lines, ", "), "the methods that are served"
		return []spec.Problem{p}
	}
	return nil
}
