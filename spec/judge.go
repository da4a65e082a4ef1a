package spec

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/specimen-api/specimen/internal/value"
)

// Check says how a value departs from the schema, when it travels in the given direction. The value is in the
// types of package value. No problem means that it obeys. A nil Schema takes everything.
//
// Formats are asserted (format.go). In a request the members that are readOnly need not be there, in a response those
// that are writeOnly; that one is there which should not be is for Strict to say. Where the value meets a reference that
// leads nowhere, or a pattern that cannot be read, the problem carries the Code of that fault of the document.
func (s *Schema) Check(v any, dir Direction) []Problem {
	if s == nil {
		return nil
	}
	plain, p := plainValue(v, "", 0)
	if p != nil {
		return []Problem{*p}
	}
	j := s.judge(dir)
	compiled, err := j.entry(s).get()
	if err == nil {
		err = validate(compiled, plain)
	}
	if err == nil {
		return nil
	}
	return j.problems(s, err, v)
}

// judge compiles the schemas of one document for one direction, each when it is first asked for, and none twice.
type judge struct {
	dir     Direction
	entries sync.Map // *Schema to *resource

	mu       sync.Mutex // guards the rest
	compiler *jsonschema.Compiler
	known    map[resourceKey]*resource
	list     []*resource
	circles  map[vertex]bool
	anchors  map[*Resource][]string
}

func (s *Schema) judge(dir Direction) *judge {
	if s.doc == nil {
		return &judge{dir: dir}
	}
	return &s.doc.judges[dir]
}

// resource is one schema as the engine knows it: the target of a reference, or the schema that Check was asked about.
// References between resources are followed when a value gets there, so that compiling one compiles no other.
type resource struct {
	resourceKey
	j        *judge
	number   int
	compiled atomic.Pointer[jsonschema.Schema]
	err      error // of compiling; guarded by j.mu

	once   sync.Once
	places map[string]*located // by the pointer in the rendered schema
}

type resourceKey struct {
	schema  *Schema
	variant variant
	trail   string // the resources on a circle that lead here without going into the value
}

type variant uint8

const (
	plain       variant = iota
	polymorphic         // with the children of a discriminator's schema
	dynamic             // the $dynamicRef of the schema alone
)

func (j *judge) entry(s *Schema) *resource {
	if r, ok := j.entries.Load(s); ok {
		return r.(*resource)
	}
	j.mu.Lock()
	r := j.resource(resourceKey{schema: s})
	j.mu.Unlock()
	j.entries.Store(s, r)
	return r
}

// resource gives the resource of a key; the caller holds mu.
func (j *judge) resource(key resourceKey) *resource {
	if r, ok := j.known[key]; ok {
		return r
	}
	if j.known == nil {
		j.known = map[resourceKey]*resource{}
		j.circles = map[vertex]bool{}
		j.compiler = newCompiler()
	}
	r := &resource{resourceKey: key, j: j, number: len(j.list)}
	j.known[key] = r
	j.list = append(j.list, r)
	return r
}

func (r *resource) url() string { return fmt.Sprintf("urn:schema:%d", r.number) }

// get compiles the resource when it is first asked for.
func (r *resource) get() (*jsonschema.Schema, error) {
	if c := r.compiled.Load(); c != nil {
		return c, nil
	}
	r.j.mu.Lock()
	defer r.j.mu.Unlock()
	if c := r.compiled.Load(); c != nil || r.err != nil {
		return c, r.err
	}
	c, err := r.compile()
	if err != nil {
		r.err = fmt.Errorf("the schema cannot be compiled: %w", err)
		return nil, r.err
	}
	r.compiled.Store(c)
	return c, nil
}

func (r *resource) compile() (c *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine gave up: %v", p)
		}
	}()
	b := renderer{j: r.j, r: r}
	if err := r.j.compiler.AddResource(r.url(), b.document()); err != nil {
		return nil, err
	}
	return r.j.compiler.Compile(r.url())
}

// refKeyword stands in a rendered schema for references: its value is a link, and the engine asks it.
const refKeyword = "x-reference"

// link holds the targets of the references of one schema. Its siblings see what the targets evaluated.
type link []*resource

// Validate makes link a jsonschema.SchemaExt.
func (l link) Validate(ctx *jsonschema.ValidatorContext, v any) {
	for _, r := range l {
		c, err := r.get()
		if err != nil {
			ctx.AddError(&uncompiled{r, err})
			continue
		}
		if err := ctx.Validate(c, v, nil); err != nil {
			ctx.AddErr(err)
		}
	}
}

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	c.AssertFormat()
	c.AssertVocabs()
	c.UseRegexpEngine(func(p string) (jsonschema.Regexp, error) {
		return knownPattern(p), nil
	})
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL: "urn:schema:vocabulary",
		Compile: func(_ *jsonschema.CompilerContext, obj map[string]any) (jsonschema.SchemaExt, error) {
			if l, ok := obj[refKeyword].(link); ok {
				return l, nil
			}
			return nil, nil
		},
	})
	for name, check := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: formatPrefix + name, Validate: check})
	}
	return c
}

// noLoader refuses to read anything: every resource is rendered from the document's own schemas.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("nothing is read from %s", url)
}

// validate asks the engine. It names its circles by slicing locations, which can go wrong across resources.
func validate(c *jsonschema.Schema, v any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine gave up on a circle of references: %v", p)
		}
	}()
	return c.Validate(v)
}

// plainValue turns a value into what the engine reads (map[string]any for objects). What holds no object is not copied.
func plainValue(v any, at string, depth int) (any, *Problem) {
	if depth > value.MaxDepth {
		return nil, &Problem{At: at, Keyword: "type", Message: fmt.Sprintf("nested more than %d levels deep", value.MaxDepth)}
	}
	switch v := v.(type) {
	case nil, bool, string:
		return v, nil
	case json.Number:
		if _, ok := value.Rat(v); !ok {
			return nil, &Problem{At: at, Keyword: "type", Got: shorten(string(v)), Want: "a number", Message: fmt.Sprintf("%s is a number too large to judge", shorten(string(v)))}
		}
		return v, nil
	case []byte:
		return string(v), nil
	case []any:
		out := v
		for i, x := range v {
			p, problem := plainValue(x, "", depth+1)
			if problem != nil {
				problem.At = fmt.Sprintf("%s/%d%s", at, i, problem.At)
				return nil, problem
			}
			if isContainer(x) {
				if &out[0] == &v[0] {
					out = append([]any(nil), v...)
				}
				out[i] = p
			}
		}
		return out, nil
	case *value.Object:
		out := make(map[string]any, v.Len())
		for name, x := range v.All() {
			p, problem := plainValue(x, "", depth+1)
			if problem != nil {
				problem.At = at + "/" + value.Escape(name) + problem.At
				return nil, problem
			}
			out[name] = p
		}
		return out, nil
	}
	known, err := value.From(v)
	if err != nil {
		return nil, &Problem{At: at, Keyword: "type", Got: fmt.Sprintf("a Go %T", v), Want: "a JSON value"}
	}
	return plainValue(known, at, depth+1)
}

func isContainer(v any) bool {
	switch v.(type) {
	case nil, bool, string, json.Number:
		return false
	}
	return true
}
