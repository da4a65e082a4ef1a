package spec

import (
	"context"
	"errors"
	"net/http"
)

// Input is what a request carries, decoded: the values of its parameters and its body, in the types of package value.
type Input struct {
	Path, Query, Header, Cookie map[string]any
	QueryString                 any    // 3.2's parameter in querystring
	Body                        any    // decoded; []byte when the media type is binary
	HasBody                     bool   // false: no body at all
	MediaType                   string // of the body, as in the document's content map
}

// NewRequest writes a request for the operation as its document describes it: every parameter in its style,
// the body in its media type. base is an absolute URL; the operation's path is added to it.
func (op *Operation) NewRequest(ctx context.Context, base string, in Input) (*http.Request, error) {
	return nil, errors.New("not written")
}

// Decode reads a request: parameters by their style, the body by its media type. What cannot be read is a Problem.
// The body is read and put back.
func (op *Operation) Decode(r *http.Request, route Route) (Input, []Problem) {
	return Input{}, nil
}

// CheckRequest says how a request departs from what the document asks for. The input is what could be read.
// Credentials are not looked at.
func (op *Operation) CheckRequest(r *http.Request, route Route) (Input, []Problem) {
	return op.Decode(r, route)
}
