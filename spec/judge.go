package spec

import "net/http"

// Check says how a value departs from the schema, when it travels in the given direction. The value is in the
// types of package value. No problem means that it obeys.
func (s *Schema) Check(v any, dir Direction) []Problem { return nil }

// CheckResponse says how a response departs from what the document promises: its status, media type, headers
// and body. It reads the body and puts it back. res.Request, when set, tells a HEAD from a GET.
func (op *Operation) CheckResponse(res *http.Response) []Problem { return nil }
