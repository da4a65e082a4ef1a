package contract

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/spec"
)

// Kind says what a case is sent for.
type Kind string

const (
	Good        Kind = "good"                 // valid, to be served
	Bare        Kind = "without credentials"  // as good as another one, but for the credentials, which it leaves out
	Stranger    Kind = "with bad credentials" // as good as another one, but for the credentials, which nobody has
	Bad         Kind = "invalid"              // it breaks the document in one place, Case.Fault, and is to be refused
	OtherMethod Kind = "another method"       // a safe method that the document does not have for the path
	OtherType   Kind = "another media type"   // its body is of a media type that the document does not have
	OtherAccept Kind = "not acceptable"       // as good as another one, but it accepts no media type of the document
)

// Source says where a value of a case came from.
type Source string

const (
	FromSet       Source = "set"       // Config.Set
	FromDocument  Source = "document"  // a const, an enum or a default: a value that the document names
	FromExample   Source = "example"   // an example of the document, which a deployment need not know
	FromFixture   Source = "fixture"   // a named fixture
	FromGenerator Source = "generated" // made up
	FromLimit     Source = "limit"     // a limit that the document's schema sets, or just inside of it
	FromAnswer    Source = "answer"    // read from the deployment before
)

// Value is one value of a case and where it came from.
type Value struct {
	Name   string // of the parameter; "body" for the body
	In     string // path, query, header, cookie, body
	Source Source
}

// Case is one request of a plan.
type Case struct {
	// ID is unique in the plan and made of what is sent: "getPet/3fa2c91b". The same operation, phase and values have
	// the same one on every machine.
	ID     string
	Phase  Phase
	Name   string // what tells it from the operation's other cases
	Kind   Kind
	Varied string // the place that is varied: "query limit", "body /name"; "" when none is
	Method string // "" is the operation's
	Accept string // "" is what the document has
	// Fault is how a Bad request breaks the document, as it travels.
	Fault     *spec.Problem
	Operation *spec.Operation
	Input     spec.Input
	Values    []Value
	// Echo is the operation whose answer the body is made of, so that a write changes nothing; nil when it is not.
	Echo *spec.Operation
	// EchoOnly says that the case is not sent without that answer.
	EchoOnly bool

	index     int   // its place in the plan
	like      *Case // while the plan is made: the case that has to be answered with 2xx before
	after     int   // its place in the plan; -1 when there is none
	reference int   // the status of that answer
	freely    bool  // it varies what its operation is known to serve by values that are made up
	garbled   bool  // of a Stranger: the credentials cannot be read, whoever they are of
}

// method is the one that is sent.
func (c Case) method() string {
	if c.Method != "" {
		return c.Method
	}
	return c.Operation.Method
}

// Safe says whether the request asks for no change (RFC 9110, section 9.2.1).
func (c Case) Safe() bool { return safe(c.method()) || c.method() == http.MethodOptions }

// Sure says that the deployment has to know every value: each was given for it, or is named by the document's schemas.
func (c Case) Sure() bool {
	return !slices.ContainsFunc(c.Values, func(v Value) bool {
		return v.Source == FromExample || v.Source == FromFixture || v.Source == FromGenerator || v.Source == FromLimit
	})
}

// guessed names the path parameters whose values the deployment may not know.
func (c Case) guessed() []string {
	var names []string
	for _, v := range c.Values {
		if v.In == "path" && v.Source != FromSet && v.Source != FromDocument {
			names = append(names, v.Name)
		}
	}
	return names
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// Plan is what a run will send, made before anything is sent.
type Plan struct {
	Target      string   // the base URL
	Credentials []string // the security schemes that carry the token, and the names of the headers that are given
	Phases      []Phase
	MaxRequests int       // with what is repeated; what the plan itself sends is len(Cases)
	Cases       []Case    // in the order of the document
	Skipped     []Skipped // operations that have no case
	Cut         []Cut     // operations that would have more cases
	Notes       []Note
}

// Skipped is an operation that is not tested.
type Skipped struct {
	Operation *spec.Operation
	Why       string
}

// Cut is an operation whose cases are not all in the plan, since MaxRequests would not do for them.
type Cut struct {
	Operation *spec.Operation
	Planned   int   // its cases in the plan
	Phase     Phase // the first phase that is not complete
}

// Note is something that the reader should know and that is nobody's fault, or our own.
type Note struct {
	Operation string `json:"operation,omitempty"` // its name; "" when it is about the run
	Text      string `json:"text"`
}

// refusal says why an operation is not in the plan at all; "" when it may be.
func (r *runner) refusal(op *spec.Operation) string {
	switch op.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if !r.cfg.AllowWrites {
			return "it writes, and writes are not allowed"
		}
	case http.MethodDelete:
		return "DELETE is never sent"
	default:
		return op.Method + " is not sent"
	}
	for _, p := range op.Problems() {
		if p.Severity == spec.Error {
			return "the document's operation cannot be used: " + p.String()
		}
	}
	return r.elsewhere(op)
}

// elsewhere says that the operation has servers of its own and the target is none of them.
func (r *runner) elsewhere(op *spec.Operation) string {
	own, all := op.Servers(), r.doc.Servers()
	for _, s := range own {
		if slices.ContainsFunc(all, func(x spec.Server) bool { return x.URL == s.URL }) || strings.TrimRight(s.URL, "/") == r.target.String() {
			return ""
		}
	}
	if len(own) == 0 {
		return ""
	}
	return fmt.Sprintf("the document serves it at %s", own[0].URL)
}
