package spec

import (
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// Direction says which way a value travels: readOnly members are not asked of a request, writeOnly ones not of a response.
type Direction uint8

const (
	Response Direction = iota
	Request
)

func (d Direction) String() string {
	if d == Request {
		return "request"
	}
	return "response"
}

// Types is a set of JSON types; 0 stands for all of them.
type Types uint8

const (
	Null Types = 1 << iota
	Boolean
	Integer
	Number // holds the integers too
	String
	Array
	Object

	AnyType = Null | Boolean | Integer | Number | String | Array | Object
)

var typeNames = []struct {
	name string
	t    Types
}{{"null", Null}, {"boolean", Boolean}, {"integer", Integer}, {"number", Number}, {"string", String}, {"array", Array}, {"object", Object}}

// String gives the names, joined by "or".
func (t Types) String() string {
	var names []string
	for _, x := range typeNames {
		if t&x.t != 0 && !(x.t == Integer && t&Number != 0) {
			names = append(names, x.name)
		}
	}
	return strings.Join(names, " or ")
}

// Schema is one schema of JSON Schema 2020-12, whichever version of OpenAPI the document is written in:
// nullable has become the type null, boolean exclusive bounds have become numbers, items arrays prefixItems.
// A keyword that is not there is nil, or the zero value where that means the same.
// Schemas are immutable and shared; two uses of one component are the same *Schema.
type Schema struct {
	Pointer  string   // "#/components/schemas/Pet", with the file before # when it is another one
	Position Position // where it stands

	Always *bool // a boolean schema: true takes everything, false nothing

	Ref        *Reference // $ref; its siblings apply too (before 3.1 they are not read)
	DynamicRef *Reference // $dynamicRef; Target is where it leads when the dynamic scope holds no other
	// DynamicAnchor is this schema's $dynamicAnchor.
	DynamicAnchor string
	// Resource is the schema resource that this schema belongs to (2020-12 core, section 4.3.5).
	Resource *Resource

	Types            Types
	Const            *Literal
	Enum             []Literal // nil: no enum
	MultipleOf       *big.Rat
	Maximum          *big.Rat
	ExclusiveMaximum *big.Rat
	Minimum          *big.Rat
	ExclusiveMinimum *big.Rat

	MaxLength, MinLength *int
	Pattern              *string
	Format               string
	ContentEncoding      string
	ContentMediaType     string
	ContentSchema        *Schema

	Items            *Schema
	PrefixItems      []*Schema
	Contains         *Schema
	MinContains      *int
	MaxContains      *int
	MaxItems         *int
	MinItems         *int
	UniqueItems      bool
	UnevaluatedItems *Schema

	Properties            []Property
	PatternProperties     []Property // Name is the pattern
	AdditionalProperties  *Schema
	PropertyNames         *Schema
	UnevaluatedProperties *Schema
	Required              []string
	DependentRequired     []Dependency
	DependentSchemas      []Property
	MaxProperties         *int
	MinProperties         *int

	AllOf, AnyOf, OneOf []*Schema
	Not                 *Schema
	If, Then, Else      *Schema

	Discriminator *Discriminator

	Title, Description string
	Default            *Literal
	Examples           []Literal // example, examples and x-example of this schema, in this order
	ReadOnly           bool
	WriteOnly          bool
	Deprecated         bool
	XML                *XML

	doc      *Document
	node     *node // nil for a schema that the document does not spell out
	problems []Problem
}

// Property is a name with its schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Dependency is a name and the names that it needs (dependentRequired).
type Dependency struct {
	Name  string
	Needs []string
}

// Literal is a value that stands in the document. Value is in the types of package value:
// nil, bool, json.Number, string, []any, *value.Object; whoever reads it must not change it.
type Literal struct {
	Name     string // of a named example
	Summary  string
	Value    any
	Position Position
	Pointer  string
}

// Reference leads to a schema, which is read when it is first asked for.
type Reference struct {
	Text string // as written

	from    *Schema
	keyword string
	inAllOf bool
	once    sync.Once
	target  *Schema
	problem *Problem
}

// Resource is a schema resource: a document, or an embedded schema with an $id.
type Resource struct {
	URI  string // "" for the document itself
	root *node
	file *file
	doc  *Document
}

// DynamicAnchor finds the schema that carries $dynamicAnchor name inside the resource; nil when none does.
func (r *Resource) DynamicAnchor(name string) *Schema {
	at, ok := r.doc.anchorsOf(r)["dynamic "+name]
	if !ok {
		return nil
	}
	return r.doc.schemaAt(at.node, at.pointer, r)
}

// Discriminator names the member that tells the branches apart (OpenAPI 3.1, section 4.8.25).
type Discriminator struct {
	PropertyName string

	from     *Schema
	explicit []field // mapping as written
	fallback string  // 3.2's defaultMapping
	once     sync.Once
	mappings []Mapping
	children bool
	byName   *Reference
}

// Mapping is one value of a discriminator and the schema that an object with this value obeys.
type Mapping struct {
	Value  string
	Schema *Schema
}

// Mappings gives the schema of each value: the explicit ones first, then those that the names of the
// branches of oneOf or anyOf give or, where there are no branches, the names of the components that
// name this schema in their allOf. A mapping that leads nowhere is left out.
func (d *Discriminator) Mappings() []Mapping {
	d.once.Do(d.read)
	return d.mappings
}

// Inherited says that the mappings are children that name this schema in their allOf, not branches of it.
func (d *Discriminator) Inherited() bool {
	d.once.Do(d.read)
	return d.children
}

// Default is the schema of 3.2's defaultMapping; nil when there is none.
func (d *Discriminator) Default() *Schema {
	d.once.Do(d.read)
	if d.byName == nil {
		return nil
	}
	return d.byName.Schema()
}

// XML is the XML Object.
type XML struct {
	Name, Namespace, Prefix string
	Attribute, Wrapped      bool
	NodeType                string // 3.2
}

// Schema gives the target, or nil when the reference leads nowhere; Problem says why.
func (r *Reference) Schema() *Schema {
	r.once.Do(r.resolve)
	return r.target
}

// Problem says why the reference leads nowhere; nil when it does lead somewhere.
func (r *Reference) Problem() *Problem {
	r.once.Do(r.resolve)
	return r.problem
}

// Polymorphic says that the reference stands for the children of its target too: the target has a
// discriminator that its children use by inheritance, and this reference is not itself a step of
// inheritance (a branch of allOf).
func (r *Reference) Polymorphic() bool {
	t := r.Schema()
	return t != nil && !r.inAllOf && t.Discriminator != nil && t.Discriminator.Inherited()
}

func (r *Reference) resolve() {
	fail := func(message string) {
		r.problem = &Problem{Code: CodeReference, In: "document", Keyword: r.keyword, Message: message, Position: r.from.node.posOf(r.keyword), Pointer: r.from.Pointer}
	}
	n, pointer, res, err := r.from.doc.follow(r.from.node.file, r.from.Resource, r.Text)
	switch {
	case err != nil:
		fail(fmt.Sprintf("%s %q: %v", r.keyword, r.Text, err))
	case n.kind != kindObject && n.kind != kindBool:
		fail(fmt.Sprintf("%s %q leads to a %s, want a schema", r.keyword, r.Text, n.kind))
	default:
		r.target = r.from.doc.schemaAt(n, pointer, res)
	}
}

// Extension gives the value of a member that begins with x-.
func (s *Schema) Extension(name string) (any, bool) {
	if s.node == nil {
		return nil, false
	}
	n := s.node.get(name)
	if n == nil {
		return nil, false
	}
	v, err := n.value()
	return v, err == nil
}

// Deref follows plain references (those without siblings that matter to the caller) to the schema at their end.
// It stops at a reference that leads nowhere and at a circle.
func (s *Schema) Deref() *Schema {
	for hops := 0; s != nil && s.Ref != nil && hops < 64; hops++ {
		next := s.Ref.Schema()
		if next == nil {
			return s
		}
		s = next
	}
	return s
}
