package contract

import (
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// InvalidAccepted catches an invalid request that is served. What is missing, of another type or cannot be read is an
// error; what many servers forgive (a format, a value outside an enum in the query, null for a member that may be left
// out, a number as a text) is a warning. Any refusal will do: 400, 422, and 401, 403, 404 where they come first.
var InvalidAccepted = checks.Add(Check{
	Name: "invalid-accepted",
	Doc:  "a request that breaks the document is refused",
	Run: func(x Exchange) []spec.Problem {
		if x.Case.Kind != Bad || x.Case.Fault == nil || x.Status()/100 != 2 {
			return nil
		}
		p := *x.Case.Fault
		p.Got = statusOf(x) + " to a request with: " + p.Say()
		p.Want, p.Message, p.Hint = "400 or 422", "", ""
		if x.Status() == 202 || saysNo(x) {
			p.Severity, p.Hint = spec.Warning, "the answer may tell of the refusal in its body, or later"
		}
		return []spec.Problem{p}
	},
})

// saysNo says that a body tells of an error under a status of success, as some APIs do.
func saysNo(x Exchange) bool {
	if !isJSON(x.Response.Header.Get("Content-Type")) {
		return false
	}
	v, err := value.Parse(x.Body)
	if err != nil {
		return false
	}
	o, ok := v.(*value.Object)
	if !ok {
		return false
	}
	for name, member := range o.All() {
		switch strings.ToLower(name) {
		case "error", "errors", "fault", "errormessage", "error_message", "errorcode", "error_code":
			switch m := member.(type) {
			case nil:
			case bool:
				if m {
					return true
				}
			case string:
				if m != "" {
					return true
				}
			case []any:
				if len(m) > 0 {
					return true
				}
			default:
				return true
			}
		case "ok", "success", "succeeded", "valid":
			if member == false {
				return true
			}
		case "status", "result":
			if text, ok := member.(string); ok {
				switch strings.ToLower(text) {
				case "error", "fail", "failed", "failure", "invalid":
					return true
				}
			}
		}
	}
	return false
}
