package contract

import (
	"context"
	"iter"
	"net/http"

	"github.com/specimen-api/specimen/spec"
)

// unknownType is a media type that no document has.
const unknownType = "application/vnd.specimen.unknown"

// probes ask what the document answers beside its operation's own input: credentials that are nobody's, a method that
// the path does not have, media types that nobody has.
func (r *runner) probes(ctx context.Context, s *source) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		base := s.base()
		base.Phase = Coverage
		like := func() *Case {
			if len(r.phases) > 0 && r.phases[0] == Examples {
				return r.known(s.base(), Examples)
			}
			return r.known(base, Coverage)
		}
		if s.cred.needed && s.cred.has && s.cred.scheme != nil && safe(s.op.Method) {
			for _, garbled := range []bool{false, true} {
				// each server counts such requests; what cannot be read is refused in one place, not in each operation
				if garbled && (s.cred.scheme.Type == "apiKey" || r.garbled[s.cred.scheme.Name]) {
					continue
				}
				if garbled {
					r.garbled[s.cred.scheme.Name] = true
				}
				c := varied(base, "credentials", "that nobody has")
				if garbled {
					c = varied(base, "credentials", "that cannot be read")
				}
				c.Kind, c.garbled, c.like = Stranger, garbled, like()
				if !yield(c) {
					return
				}
			}
		}
		if m := r.otherMethods(s.op); m != nil {
			for _, method := range m {
				c := varied(base, "method", "%s", method)
				c.Kind, c.Method, c.Echo, c.EchoOnly = OtherMethod, method, nil, false
				if r.taken(ctx, c) {
					continue
				}
				if method == http.MethodHead {
					c.like = like()
				}
				if !yield(c) {
					return
				}
			}
		}
		if c := varied(base, "header Accept", "of an unknown media type"); safe(s.op.Method) && s.op.Parameter("header", "Accept") == nil && answersContent(s.op) {
			c.Kind, c.Accept, c.like = OtherAccept, unknownType, like()
			if !yield(c) {
				return
			}
		}
		if body := s.op.Body(); body != nil && base.Input.HasBody && spec.MatchMedia(body.Content, unknownType) == nil && len(body.Content) > 0 &&
			s.op.Parameter("header", "Content-Type") == nil {
			c := varied(base, "body", "of an unknown media type")
			c.Kind, c.Echo, c.EchoOnly = OtherType, nil, false
			c.Input.Body, c.Input.MediaType = []byte("specimen"), unknownType
			yield(c)
		}
	}
}

// otherMethods gives the safe methods that the document does not have for the path: once for each path, with the
// first of its operations that is sent.
func (r *runner) otherMethods(op *spec.Operation) []string {
	var out []string
	if r.doc.Operation("HEAD "+op.Path) == nil && op.Method == http.MethodGet {
		out = append(out, http.MethodHead)
	}
	for _, other := range r.doc.Operations() {
		if other.Path == op.Path && other.Index < op.Index && r.refusal(other) == "" {
			return out
		}
	}
	if r.doc.Operation("OPTIONS "+op.Path) == nil {
		out = append(out, http.MethodOptions)
	}
	if r.doc.Operation("GET "+op.Path) == nil {
		out = append(out, http.MethodGet)
	}
	return out
}

// taken says that the document has the method for this path all the same, under another template.
func (r *runner) taken(ctx context.Context, c Case) bool {
	base := "http://" + r.target.Host
	if servers := c.Operation.Servers(); len(servers) > 0 {
		base += servers[0].Path
	}
	req, err := r.draft(ctx, base, c, c.Input)
	return err != nil || r.doc.Route(req).Operation != nil
}

// answersContent says that the operation's success has a body of declared media types, so that one can be refused.
func answersContent(op *spec.Operation) bool {
	for _, res := range op.Responses() {
		if res.Status[0] == '2' && len(res.Content) > 0 && !res.AnyContent {
			return spec.MatchMedia(res.Content, unknownType) == nil
		}
	}
	return false
}
