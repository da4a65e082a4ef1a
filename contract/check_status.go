package contract

import "github.com/specimen-api/specimen/spec"

// Status catches a status that the operation does not declare. A refusal of a request that the deployment could not
// know enough about is a warning; one of a request that was made to be refused is expected.
var Status = checks.Add(Check{
	Name: forStatus,
	Doc:  "the operation declares the status",
	Run: func(x Exchange) []spec.Problem {
		if x.Status() >= 500 {
			return nil // ServerError speaks of it
		}
		if x.Case.Kind != Good {
			return nil // a refusal that every API may give; other checks speak of what is served
		}
		if x.Case.freely && x.Status()/100 == 4 {
			return nil // a deployment has rules that no schema tells
		}
		problems := promised(x, forStatus)
		why, soft := softly(x)
		for i := range problems {
			if soft {
				problems[i].Severity = spec.Warning
				problems[i].Hint = why
			} else if x.Status()/100 == 3 && problems[i].Hint == "" {
				problems[i].Hint = "redirects are not followed"
			}
		}
		return problems
	},
})
