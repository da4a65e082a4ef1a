package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/spec"
)

// Level says what a finding means for the promise.
type Level = spec.Severity

const (
	Error   = spec.Error   // the promise is broken
	Warning = spec.Warning // worth a look; breaks nothing
)

// Check looks at an exchange and says what is wrong with it. A new one is a file that adds it to the family, or a
// value in Config.Checks.
type Check struct {
	Name  string // lower case words with hyphens: media-type
	Doc   string // what it holds true, as a sentence without a full stop
	Level Level  // the most that its problems weigh; one of them may weigh less by its Severity
	// Drift says that it runs only where Config.Drift asks for it.
	Drift bool
	// Run gives the problems; none means that all is well. It is called for every request that was sent, answered or
	// not, from several goroutines at once, and changes nothing.
	Run func(Exchange) []spec.Problem
}

var checks = family.New("check", func(c Check) string { return c.Name })

// Checks gives the built-in checks, sorted by name.
func Checks() []Check { return checks.All() }

// chooseChecks gives the checks of a run: the built-in ones and the caller's, without those that are disabled.
func chooseChecks(cfg Config) ([]Check, error) {
	all := append(Checks(), cfg.Checks...)
	name := func(c Check) string { return c.Name }
	for i, c := range all {
		if c.Name == "" || c.Run == nil {
			return nil, usage("a check in Config.Checks has no name or no Run")
		}
		if slices.ContainsFunc(all[:i], func(other Check) bool { return other.Name == c.Name }) {
			return nil, usage("two checks are named %q", c.Name)
		}
	}
	for _, disabled := range cfg.Disable {
		if _, err := family.Find("check", disabled, all, name); err != nil {
			return nil, &UsageError{err}
		}
	}
	return slices.DeleteFunc(all, func(c Check) bool {
		return slices.Contains(cfg.Disable, c.Name) || c.Drift && !cfg.Drift
	}), nil
}

// the checks that sort what the document says of a response
const (
	forStatus    = "status"
	forMediaType = "media-type"
	forHeaders   = "headers"
	forEncoding  = "encoding"
	forNoBody    = "no-body"
	forBody      = "body"
)

// promised gives those problems of a response that one check speaks of.
func promised(x Exchange, check string) []spec.Problem {
	var out []spec.Problem
	for _, p := range x.Problems {
		if checkOf(x, p) == check {
			out = append(out, p)
		}
	}
	return out
}

// checkOf says which check speaks of a problem, so that each is spoken of once.
func checkOf(x Exchange, p spec.Problem) string {
	switch {
	case p.In == "status":
		return forStatus
	case p.In == "media type" || p.Keyword == "media type":
		return forMediaType
	case strings.HasPrefix(p.In, "header "):
		return forHeaders
	case p.Keyword == "encoding" || p.Keyword == "duplicate" || p.Keyword == "charset":
		return forEncoding
	case bodiless(x):
		return forNoBody
	}
	return forBody
}

// bodiless says that HTTP allows no body in this response (RFC 9110, sections 9.3.2, 15.3.5, 15.3.6 and 15.4.5).
func bodiless(x Exchange) bool {
	switch x.Status() {
	case 204, 205, 304:
		return true
	}
	return x.Request != nil && x.Request.Method == "HEAD"
}

// softly is what a run does not hold against a deployment: a refusal that the document does not list, where the
// deployment could not know a value of the request or who it is from.
func softly(x Exchange) (why string, soft bool) {
	switch x.Status() {
	case 401, 403:
		if len(x.Case.Operation.Security()) > 0 {
			return "the credentials were missing or refused", true
		}
	case 429:
		return "the target limits the rate", true
	case 400, 404, 409, 410, 412, 422, 423, 424, 428:
		if !x.Case.Sure() {
			return fmt.Sprintf("the deployment may not know %s", unsure(x.Case)), true
		}
	}
	return "", false
}

// unsure names the values that the deployment may not know.
func unsure(c Case) string {
	var names []string
	for _, v := range c.Values {
		switch v.Source {
		case FromExample, FromFixture, FromGenerator, FromLimit:
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	return strings.Join(names, ", ")
}
