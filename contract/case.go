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
	Good Kind = "good"                // valid, to be served
	Bare Kind = "without credentials" // as good as another one, but for the credentials, which it leaves out
)

// Source says where a value of a case came from.
type Source string

const (
	FromSet       Source = "set"       // Config.Set
	FromDocument  Source = "document"  // a const, an enum or a default: a value that the document names
	FromExample   Source = "example"   // an example of the document, which a deployment need not know
	FromFixture   Source = "fixture"   // a named fixture
	FromGenerator Source = "generated" // made up
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
	ID        string // unique in the plan, the same in every run with the same seed: "getPet/2"
	Name      string // what tells it from the operation's other cases
	Kind      Kind
	Operation *spec.Operation
	Input     spec.Input
	Values    []Value
	// Echo is the operation whose answer the body is made of, so that a write changes nothing; nil when it is not.
	Echo *spec.Operation
	// EchoOnly says that the case is not sent without that answer.
	EchoOnly bool

	index int // its place in the plan
	after int // the case that has to be answered with 2xx before; -1 when there is none
}

// Safe says whether the request asks for no change (RFC 9110, section 9.2.1).
func (c Case) Safe() bool { return safe(c.Operation.Method) }

// Sure says that the deployment has to know every value: each was given for it, or is named by the document's schemas.
func (c Case) Sure() bool {
	return !slices.ContainsFunc(c.Values, func(v Value) bool {
		return v.Source == FromExample || v.Source == FromFixture || v.Source == FromGenerator
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
	Cases   []Case
	Skipped []Skipped // operations that have no case
	Notes   []Note
}

// Skipped is an operation that is not tested.
type Skipped struct {
	Operation *spec.Operation
	Why       string
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
