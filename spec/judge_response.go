package spec

import "net/http"

// CheckResponse says how a response departs from what the document promises: its status, media type, headers
// and body. It reads the body and puts it back. res.Request, when set, tells a HEAD from a GET.
func (op *Operation) CheckResponse(res *http.Response) []Problem { return nil }

// JudgeRequest says what libopenapi-validator finds wrong with a request. The body is read and put back.
func (op *Operation) JudgeRequest(r *http.Request) []Problem { return nil }
