package spec

import (
	"strings"
	"sync"
	"sync/atomic"
)

// Operation is one method of one path. What stands below its name is read, and modelled by kin-openapi,
// when it is first asked for; any number of goroutines may ask.
type Operation struct {
	ID          string // operationId; "GET /pets/{id}" where the document gives none, or gives it twice
	Method      string // upper case
	Path        string // the template as the document writes it
	Summary     string
	Description string
	Tags        []string
	Deprecated  bool
	Index       int // its place among the document's operations
	Pointer     string
	Position    Position

	doc  *Document
	node *node
	item place
	// beside is what stands beside the $ref of the path item; its node is nil when nothing does.
	beside place
	place

	once  sync.Once
	model operationModel

	referee atomic.Pointer[referee]
}

// operationModel is what compiling an operation gives.
type operationModel struct {
	parameters []*Parameter
	body       *RequestBody
	responses  []*ResponseSpec
	security   []Requirement
	problems   []Problem
	faults     map[string][]Problem // by part, as the slicer has it
}

// Parameter is one input beside the body. Those of the path item and of the operation are merged.
type Parameter struct {
	Name            string
	In              string // path, query, header, cookie, querystring (3.2)
	Description     string
	Required        bool
	Deprecated      bool
	Style           string // never empty: form, simple, label, matrix, spaceDelimited, pipeDelimited, deepObject; tabDelimited for 2.0's tsv, cookie (3.2)
	Explode         bool
	AllowReserved   bool
	AllowEmptyValue bool
	Schema          *Schema    // nil when Content is set
	Content         *MediaType // the one media type of a parameter that travels as a document
	Examples        []Literal
	Pointer         string
	Position        Position
}

// MediaType is one entry of a content map.
type MediaType struct {
	Name       string  // as written: "application/json; charset=utf-8", "image/*"
	Schema     *Schema // nil: anything
	ItemSchema *Schema // 3.2: of each item of a stream
	Examples   []Literal
	Encoding   map[string]*Encoding
	Pointer    string
	Position   Position
}

// Encoding is the Encoding Object of one member of a form.
type Encoding struct {
	ContentType   string
	Style         string // "" when not given
	Explode       *bool
	AllowReserved bool
	Headers       []*Header
}

// RequestBody is the Request Body Object; 2.0's body and formData parameters become one.
type RequestBody struct {
	Description string
	Required    bool
	Content     []*MediaType // in the order of the document
	Pointer     string
	Position    Position
}

// ResponseSpec is what the document says of one status.
type ResponseSpec struct {
	Status      string // "200", "2XX" or "default"
	Description string
	Content     []*MediaType
	Headers     []*Header // without Content-Type, which the content speaks of
	Links       []*Link
	// AnyContent says that 2.0 names no media type for the body that it describes.
	AnyContent bool
	Pointer    string
	Position   Position
	site       int
	faults     map[string][]Problem // of the operation, by part
}

// Header is the Header Object.
type Header struct {
	Name        string
	Description string
	Required    bool
	Explode     bool
	Schema      *Schema
	Content     *MediaType
	Examples    []Literal
	// Separator joins the items of an array: "," but for 2.0's other collection formats.
	Separator string
	Pointer   string
	Position  Position
}

// Link is the Link Object.
type Link struct {
	Name         string
	OperationID  string
	OperationRef string
	Parameters   map[string]any // constants or runtime expressions
	RequestBody  any
	Pointer      string
	Position     Position
}

// Requirement is one of the alternatives of security: all its schemes are needed together. An empty one lets everybody in.
type Requirement []Need

// Need is one scheme of a requirement with the scopes that it asks for.
type Need struct {
	Scheme *SecurityScheme
	Scopes []string
}

// SecurityScheme is the Security Scheme Object; 2.0's basic is type http with scheme basic.
type SecurityScheme struct {
	Name       string // its key among the components
	Type       string // apiKey, http, oauth2, openIdConnect, mutualTLS
	In         string // of an apiKey: header, query, cookie
	Parameter  string // of an apiKey: the name of that header, query parameter or cookie
	Scheme     string // of http, in lower case: bearer, basic, ...
	Deprecated bool
	node       *node
}

// Extension gives a member whose name begins with x-.
func (s *SecurityScheme) Extension(name string) (any, bool) { return extension(s.node, name) }

// Server is one base URL with its variables at their defaults.
type Server struct {
	URL         string // variables put in
	Template    string // as written
	Description string
	Path        string // the path of URL without a slash at its end; "" for the root
}

// Document gives the document that the operation belongs to.
func (op *Operation) Document() *Document { return op.doc }

// Parameters gives the inputs beside the body, path item's first.
func (op *Operation) Parameters() []*Parameter { return op.compiled().parameters }

// Body gives the request body; nil when the operation takes none.
func (op *Operation) Body() *RequestBody { return op.compiled().body }

// Responses gives what is documented for each status, in the order of the document.
func (op *Operation) Responses() []*ResponseSpec { return op.compiled().responses }

// Security gives the alternatives that a request may satisfy; none means that no credentials are asked for.
func (op *Operation) Security() []Requirement { return op.compiled().security }

// Problems says what of the operation cannot be used; one of Severity Error means that a part of it cannot be served,
// and Faults says which. References inside its schemas are followed only when the schemas are used; Diagnose looks at all of them.
func (op *Operation) Problems() []Problem { return op.compiled().problems }

// Faults gives the problems that keep every request for the operation from being read. What is wrong inside the schemas of
// parameters and bodies shows when a request gets there: CheckRequest's problem then has the Code of it.
func (op *Operation) Faults() []Problem { return op.compiled().faults[""] }

// Faults gives the problems that keep the response from being made in one of its media types (nil: without a body):
// those of the response, of its headers, and of what their schemas and that of the media type reach.
func (r *ResponseSpec) Faults(m *MediaType) []Problem {
	out := append([]Problem(nil), r.faults[r.Status]...)
	for _, h := range r.Headers {
		out = append(out, h.Schema.faults()...)
		if h.Content != nil {
			out = append(out, h.Content.Schema.faults()...)
		}
	}
	if m != nil {
		out = append(out, r.faults[r.Status+" "+m.Name]...)
		out = append(out, m.Schema.faults()...)
		out = append(out, m.ItemSchema.faults()...)
	}
	return out
}

// Extension gives a member whose name begins with x-.
func (op *Operation) Extension(name string) (any, bool) { return extension(op.node, name) }

// Response gives what the document says of a status: the status itself, else its range (2XX), else default, else nil.
func (op *Operation) Response(status int) *ResponseSpec {
	if status < 100 || status > 599 {
		return nil
	}
	var inRange, fallback *ResponseSpec
	for _, r := range op.Responses() {
		switch {
		case len(r.Status) == 3 && r.Status == statusText(status):
			return r
		case len(r.Status) == 3 && r.Status[1:] == "XX" && int(r.Status[0]-'0') == status/100:
			inRange = r
		case r.Status == "default":
			fallback = r
		}
	}
	if inRange != nil {
		return inRange
	}
	return fallback
}

// Parameter finds a parameter by where it stands and its name; header names are compared without case.
func (op *Operation) Parameter(in, name string) *Parameter {
	for _, p := range op.Parameters() {
		if p.In == in && (p.Name == name || in == "header" && strings.EqualFold(p.Name, name)) {
			return p
		}
	}
	return nil
}

func statusText(status int) string {
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}

// Is says whether the response stands for exactly this status, its range, or is the default.
func (r *ResponseSpec) Is(status int) bool {
	switch {
	case r.Status == "default":
		return true
	case len(r.Status) == 3 && r.Status[1:] == "XX":
		return int(r.Status[0]-'0') == status/100
	}
	return r.Status == statusText(status)
}

func (op *Operation) matches(pattern string) bool {
	if tag, ok := strings.CutPrefix(pattern, "tag:"); ok {
		for _, t := range op.Tags {
			if wild(tag, t) {
				return true
			}
		}
		return false
	}
	if wild(pattern, op.ID) || wild(pattern, op.Path) {
		return true
	}
	method, path, ok := strings.Cut(pattern, " ")
	return ok && (method == "*" || strings.EqualFold(method, op.Method)) && wild(strings.TrimSpace(path), op.Path)
}
