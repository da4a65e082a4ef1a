package spec

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/specimen-api/specimen/internal/near"
	"github.com/specimen-api/specimen/internal/value"
)

// Version is the line of OpenAPI that a document is written in.
type Version uint8

const (
	V20 Version = iota + 1
	V30
	V31
	V32
)

func (v Version) String() string {
	return [...]string{"?", "2.0", "3.0", "3.1", "3.2"}[v]
}

// Document is one OpenAPI document, with the files it refers to. It never changes after loading, and any
// number of goroutines may share it.
type Document struct {
	Location    string // as given to Load
	Title       string // info.title
	Description string // info.description
	Release     string // info.version, the version of the API
	Text        string // the openapi or swagger member: "3.1.0"

	version    Version
	file       *file
	lib        *library
	operations []*Operation
	byID       map[string]*Operation
	routes     *tree
	problems   []Problem

	schemaMu  sync.Mutex
	schemas   map[schemaKey]*Schema
	resMu     sync.Mutex
	resources map[*node]*Resource
	anchors   map[*node]map[string]place
	ids       map[*file]map[string]place

	kidsOnce sync.Once
	kids     map[string][]Mapping // by the pointer of the parent

	views sync.Map // *Schema to *view

	faults sync.Map // *Schema to []Problem

	serverOnce sync.Once
	servers    []Server

	judges   [2]judge // by Direction
	referees referees
}

// place is a node with its pointer, and the resource that it belongs to.
type place struct {
	node     *node
	pointer  string
	resource *Resource
}

// Version says which line of OpenAPI the document is written in.
func (d *Document) Version() Version { return d.version }

// Source gives the bytes of the document's own file.
func (d *Document) Source() []byte { return d.file.data }

// Operations gives every operation, in the order of the document.
func (d *Document) Operations() []*Operation { return d.operations }

// Operation finds an operation by its operationId, or by its method and path ("GET /pets/{id}"); nil when there is none.
func (d *Document) Operation(name string) *Operation {
	return d.byID[name]
}

// Problems gives what was found wrong while the document was loaded; what is wrong with one operation
// is found when that operation is first asked for.
func (d *Document) Problems() []Problem { return d.problems }

// Component finds a schema of components/schemas (definitions in 2.0) by its name; nil when there is none.
func (d *Document) Component(name string) *Schema {
	n := d.componentsNode().get(name)
	if n == nil || (!n.is(kindObject) && !n.is(kindBool)) {
		return nil
	}
	return d.schemaAt(n, d.componentPrefix()+value.Escape(name), d.resourceOf(d.file))
}

// Components names the schemas of components/schemas (definitions in 2.0), in the order of the document.
func (d *Document) Components() []string {
	var names []string
	for _, f := range d.componentsNode().fields() {
		names = append(names, f.name)
	}
	return names
}

func (d *Document) componentsNode() *node {
	if d.version == V20 {
		return d.file.root.get("definitions")
	}
	return d.file.root.get("components").get("schemas")
}

func (d *Document) componentPrefix() string {
	if d.version == V20 {
		return "#/definitions/"
	}
	return "#/components/schemas/"
}

// Extension gives a member of the document's root whose name begins with x-.
func (d *Document) Extension(name string) (any, bool) { return extension(d.file.root, name) }

func extension(n *node, name string) (any, bool) {
	m := n.get(name)
	if m == nil {
		return nil, false
	}
	v, err := m.value()
	return v, err == nil
}

func (l Loader) parse(ctx context.Context, name, uri string, data []byte) (*Document, error) {
	f, err := parseFile(name, uri, data)
	if err != nil {
		var le *LoadError
		if errors.As(err, &le) {
			le.Location = name
		}
		return nil, err
	}
	if err := l.withOverlays(ctx, f); err != nil {
		return nil, err
	}
	d := &Document{
		Location: name, file: f,
		schemas: map[schemaKey]*Schema{}, resources: map[*node]*Resource{},
		anchors: map[*node]map[string]place{}, ids: map[*file]map[string]place{},
		judges: [2]judge{Response: {dir: Response}, Request: {dir: Request}},
	}
	d.lib = &library{loader: l, ctx: context.WithoutCancel(ctx), files: map[string]*shelf{}}
	switch {
	case isURL(l.Root):
		d.lib.remote = strings.TrimRight(directory(l.Root+"/"), "/") + "/"
	case l.Root != "":
		if d.lib.root, err = filepath.Abs(l.Root); err != nil {
			return nil, &LoadError{Location: l.Root, Err: err}
		}
	case isURL(uri):
		d.lib.remote = directory(uri)
	}
	if d.lib.root == "" && uri != "" && !isURL(uri) {
		d.lib.root = filepath.Dir(uri)
	}
	if uri != "" {
		s := &shelf{file: f}
		s.once.Do(func() {})
		s.read.Store(true)
		d.lib.files[uri] = s
	}
	if p := d.identify(); p != nil {
		return nil, &InvalidError{Location: name, Problems: []Problem{*p}}
	}
	info := f.root.get("info")
	d.Title, d.Description, d.Release = info.str("title"), info.str("description"), info.str("version")
	if num, ok := info.get("version").number(); ok {
		d.Release = string(num)
	}
	d.problems = append(d.problems, f.problems...)
	d.twice(f.root, "#")
	d.twice(info, "#/info")
	d.readPaths()
	if d.version == V20 {
		d.twice(f.root.get("definitions"), "#/definitions")
	}
	components := f.root.get("components")
	d.twice(components, "#/components")
	for _, group := range components.fields() {
		if group.name != "examples" && !strings.HasPrefix(group.name, "x-") {
			d.twice(group.node, "#/components/"+value.Escape(group.name))
		}
	}
	return d, nil
}

// twice names the members of an object that come more than once.
func (d *Document) twice(n *node, pointer string) {
	n.expand()
	if n == nil {
		return
	}
	for _, dup := range n.dups {
		d.problems = append(d.problems, Problem{Code: CodeDuplicate, Severity: Warning, In: "document", Keyword: dup.name, Position: dup.pos(),
			Pointer: pointer + "/" + value.Escape(dup.name), Message: fmt.Sprintf("%q comes twice; the first one is read", dup.name)})
	}
}

// identify reads the version; the problem says why this is no OpenAPI document.
func (d *Document) identify() *Problem {
	root := d.file.root
	no := func(n *node, pointer, format string, args ...any) *Problem {
		return &Problem{Code: CodeNotOpenAPI, In: "document", Message: fmt.Sprintf(format, args...), Position: n.pos(), Pointer: pointer}
	}
	if !root.is(kindObject) {
		return no(root, "#", "the document is %s, want an object with an openapi or swagger member", root.kind)
	}
	for _, key := range []string{"openapi", "swagger"} {
		n := root.get(key)
		if n == nil {
			continue
		}
		text, ok := n.text()
		if num, isNum := n.number(); !ok && isNum {
			text, ok = string(num), true
		}
		d.Text = text
		switch {
		case !ok:
			return no(n, "#/"+key, "%s is a %s, want a version such as \"3.1.0\"", key, n.kind)
		case key == "swagger" && (text == "2.0" || text == "2"):
			d.version = V20
		case strings.HasPrefix(text, "3.0"):
			d.version = V30
		case strings.HasPrefix(text, "3.1"):
			d.version = V31
		case strings.HasPrefix(text, "3.2"):
			d.version = V32
		default:
			return no(n, "#/"+key, "%s %q is not known; Specimen reads 2.0, 3.0, 3.1 and 3.2", key, text)
		}
		if paths := root.get("paths"); paths != nil && !paths.is(kindObject) && !paths.is(kindNull) {
			return no(paths, "#/paths", "paths is a %s, want an object", paths.kind)
		}
		return nil
	}
	if root.get("asyncapi") != nil {
		return no(root, "#", "this is an AsyncAPI document; Specimen reads OpenAPI")
	}
	return no(root, "#", "there is neither an openapi nor a swagger member")
}

// Warm compiles the operations ahead of their first use, one after the other, until ctx is done. Between two of them it
// calls pause, if that is not nil; an operation that is asked for meanwhile waits for no other one.
func (d *Document) Warm(ctx context.Context, pause func(spent time.Duration)) {
	for _, op := range d.operations {
		if ctx.Err() != nil {
			return
		}
		start := time.Now()
		op.compiled()
		if pause != nil {
			pause(time.Since(start))
		}
	}
}

// Read reads a file that references may lead to, if it is not read yet; path is absolute. It serves to see whether the
// file can be read at all. The error is a *LoadError.
func (d *Document) Read(path string) error {
	_, err := d.lib.read(filepath.Clean(path))
	var le *LoadError
	if err == nil || errors.As(err, &le) {
		return err
	}
	return &LoadError{Location: asTyped(path), Err: err}
}

// Mentions says whether a text stands in any file that was read for the document so far.
func (d *Document) Mentions(text string) bool {
	if d.file.mentions(text) {
		return true
	}
	d.lib.mu.Lock()
	defer d.lib.mu.Unlock()
	for _, s := range d.lib.files {
		if s.read.Load() && s.file != nil && s.file.mentions(text) {
			return true
		}
	}
	return false
}

// --- references ---------------------------------------------------------------------------------

// resourceOf gives the resource that a file is.
func (d *Document) resourceOf(f *file) *Resource {
	d.resMu.Lock()
	defer d.resMu.Unlock()
	r := d.resources[f.root]
	if r == nil {
		r = &Resource{root: f.root, doc: d, file: f}
		if d.version == V32 && f == d.file {
			r.URI = f.root.str("$self")
		}
		d.resources[f.root] = r
	}
	return r
}

// resourceAt gives the resource that a schema with an $id begins.
func (d *Document) resourceAt(n *node, parent *Resource, id string) *Resource {
	d.resMu.Lock()
	defer d.resMu.Unlock()
	r := d.resources[n]
	if r == nil {
		r = &Resource{root: n, doc: d, file: n.file.base(), URI: resolveURI(parent.URI, id)}
		d.resources[n] = r
	}
	return r
}

func resolveURI(base, ref string) string {
	r, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	out := b.ResolveReference(r)
	out.Fragment, out.RawFragment = "", ""
	return strings.TrimSuffix(out.String(), "#")
}

// follow finds what a reference that stands in resource res of file f leads to.
func (d *Document) follow(f *file, res *Resource, ref string) (*node, string, *Resource, error) {
	left := maxHops
	return d.followOn(f, res, ref, &left)
}

// maxHops is how many references may stand in the way of one reference's pointer.
const maxHops = 64

func (d *Document) followOn(f *file, res *Resource, ref string, left *int) (*node, string, *Resource, error) {
	if *left--; *left < 0 {
		return nil, "", nil, fmt.Errorf("more than %d references stand in the way", maxHops)
	}
	f = f.base()
	before, fragment, _ := strings.Cut(ref, "#")
	if un, err := url.PathUnescape(fragment); err == nil {
		fragment = un
	}
	start, err := d.startOf(f, res, before)
	if err != nil {
		return nil, "", nil, err
	}
	if fragment == "" {
		return start.node, start.pointer, start.resource, nil
	}
	if strings.HasPrefix(fragment, "/") {
		return d.walk(start, fragment, left)
	}
	at, ok := d.anchorsOf(start.resource)[fragment]
	if !ok {
		at, ok = d.anchorsOf(start.resource)["dynamic "+fragment]
	}
	if !ok {
		return nil, "", nil, fmt.Errorf("there is no $anchor %q", fragment)
	}
	return at.node, at.pointer, at.resource, nil
}

// startOf finds the root of the resource that the part of a reference before # names.
func (d *Document) startOf(f *file, res *Resource, before string) (place, error) {
	if before == "" {
		if res != nil {
			return place{res.root, d.pointerOf(res), res}, nil
		}
		return place{f.root, d.filePrefix(f) + "#", d.resourceOf(f)}, nil
	}
	if res != nil {
		target := resolveURI(res.URI, before)
		if at, ok := d.idsOf(f)[target]; ok {
			return at, nil
		}
		if own := d.resourceOf(d.file); own.URI != "" && own.URI == target {
			return place{d.file.root, "#", own}, nil
		}
	}
	g, err := d.lib.open(f, d.mirrored(f, before))
	if err != nil && isURL(before) && d.lib.mayFetch(before) {
		g, err = d.lib.open(f, before)
	}
	if err != nil {
		return place{}, err
	}
	return place{g.root, d.filePrefix(g) + "#", d.resourceOf(g)}, nil
}

// mirrored writes a URL on the host of 3.2's $self as the file that stands to this document as that URL stands to $self
// (OpenAPI 3.2, section 4.1.2.2.1). Anything else stays as it is.
func (d *Document) mirrored(f *file, ref string) string {
	own := d.resourceOf(d.file).URI
	if !isURL(own) || !isURL(ref) || f.uri == "" || isURL(f.uri) {
		return ref
	}
	self, err := url.Parse(own)
	target, err2 := url.Parse(ref)
	if err != nil || err2 != nil || self.Host != target.Host || self.Scheme != target.Scheme {
		return ref
	}
	rel, err := filepath.Rel(filepath.FromSlash(path.Dir(self.Path)), filepath.FromSlash(target.Path))
	if err != nil {
		return ref
	}
	return filepath.Join(filepath.Dir(d.file.uri), rel)
}

func (d *Document) filePrefix(f *file) string {
	if f.base() == d.file {
		return ""
	}
	return f.name
}

func (d *Document) pointerOf(r *Resource) string {
	if r.root == r.file.root {
		return d.filePrefix(r.file) + "#"
	}
	return d.idsOf(r.file)[r.URI].pointer
}

// walk follows a JSON pointer from a place, and keeps track of the resources that it enters.
func (d *Document) walk(from place, pointer string, left *int) (*node, string, *Resource, error) {
	n, res := from.node, from.resource
	at := from.pointer
	for _, token := range strings.Split(pointer[1:], "/") {
		name := value.Unescape(token)
		var next *node
		switch {
		case n.is(kindArray):
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.list()) {
				next = n.list()[i]
			}
		case n.is(kindObject):
			next = n.get(name)
			// A path item or a response may be a reference itself.
			if next == nil {
				if ref, ok := n.get("$ref").text(); ok && ref != at {
					if t, p, r, err := d.followOn(n.file, res, ref, left); err == nil && t != n && t.is(kindObject) {
						if next = t.get(name); next != nil {
							at, res = p, r
						}
					}
				}
			}
		}
		if next == nil {
			return nil, "", nil, fmt.Errorf("there is nothing at %s/%s", at, token)
		}
		n = next
		at += "/" + token
		if d.version >= V31 && n.is(kindObject) {
			if id, ok := n.get("$id").text(); ok && id != "" && id != "#" {
				res = d.resourceAt(n, res, id)
			}
		}
	}
	return n, at, res, nil
}

var notSchemas = map[string]bool{"enum": true, "const": true, "example": true, "examples": true, "default": true, "value": true}

// scan walks a subtree for $id, $anchor and $dynamicAnchor.
func (d *Document) scan(n *node, pointer string, res *Resource, depth int, left *int, visit func(n *node, pointer string, res *Resource) *Resource) {
	if *left--; *left < 0 || depth > value.MaxDepth {
		return
	}
	if n.is(kindArray) {
		for i, item := range n.list() {
			d.scan(item, pointer+"/"+strconv.Itoa(i), res, depth+1, left, visit)
		}
		return
	}
	if !n.is(kindObject) {
		return
	}
	res = visit(n, pointer, res)
	for _, f := range n.fields() {
		if notSchemas[f.name] && !f.node.is(kindObject) || f.name == "enum" || f.name == "const" {
			continue
		}
		d.scan(f.node, pointer+"/"+value.Escape(f.name), res, depth+1, left, visit)
	}
}

// idsOf finds the embedded resources of a file by their URI.
func (d *Document) idsOf(f *file) map[string]place {
	d.resMu.Lock()
	ids, ok := d.ids[f]
	d.resMu.Unlock()
	if ok {
		return ids
	}
	ids = map[string]place{}
	if d.version >= V31 && f.mentions("$id") {
		left := maxValues
		d.scan(f.root, d.filePrefix(f)+"#", d.resourceOf(f), 0, &left, func(n *node, pointer string, res *Resource) *Resource {
			if id, ok := n.get("$id").text(); ok && id != "" && id != "#" {
				res = d.resourceAt(n, res, id)
				if _, taken := ids[res.URI]; !taken {
					ids[res.URI] = place{n, pointer, res}
				}
			}
			return res
		})
	}
	d.resMu.Lock()
	d.ids[f] = ids
	d.resMu.Unlock()
	return ids
}

// anchorsOf finds the anchors of a resource: by name, dynamic ones also as "dynamic NAME".
func (d *Document) anchorsOf(r *Resource) map[string]place {
	d.resMu.Lock()
	anchors, ok := d.anchors[r.root]
	d.resMu.Unlock()
	if ok {
		return anchors
	}
	anchors = map[string]place{}
	left := maxValues
	d.scan(r.root, d.pointerOf(r), r, 0, &left, func(n *node, pointer string, res *Resource) *Resource {
		if id, ok := n.get("$id").text(); ok && id != "" && id != "#" && n != r.root {
			return nil // another resource
		}
		if res != r {
			return nil
		}
		for _, key := range []string{"$anchor", "$dynamicAnchor"} {
			name, ok := n.get(key).text()
			if !ok {
				continue
			}
			if key == "$dynamicAnchor" {
				anchors["dynamic "+name] = place{n, pointer, r}
			}
			if _, taken := anchors[name]; !taken {
				anchors[name] = place{n, pointer, r}
			}
		}
		return res
	})
	d.resMu.Lock()
	d.anchors[r.root] = anchors
	d.resMu.Unlock()
	return anchors
}

// childrenOf gives the components that name a schema in their allOf, and those that name these, by name.
func (d *Document) childrenOf(s *Schema) []Mapping {
	d.kidsOnce.Do(func() {
		d.kids = map[string][]Mapping{}
		for _, f := range d.componentsNode().fields() {
			for _, branch := range f.node.get("allOf").list() {
				if ref, ok := branch.get("$ref").text(); ok {
					if _, pointer, _, err := d.follow(d.file, nil, ref); err == nil {
						d.kids[pointer] = append(d.kids[pointer], Mapping{Value: f.name})
					}
				}
			}
		}
	})
	var out []Mapping
	seen := map[string]bool{}
	var add func(pointer string, depth int)
	add = func(pointer string, depth int) {
		if depth > 8 {
			return
		}
		for _, kid := range d.kids[pointer] {
			if seen[kid.Value] {
				continue
			}
			seen[kid.Value] = true
			if c := d.Component(kid.Value); c != nil && c != s {
				out = append(out, Mapping{kid.Value, c})
			}
			add(d.componentPrefix()+value.Escape(kid.Value), depth+1)
		}
	}
	add(s.Pointer, 0)
	return out
}

// --- paths --------------------------------------------------------------------------------------

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func (d *Document) problem(code string, n *node, pointer, message string) {
	d.problems = append(d.problems, Problem{Code: code, In: "document", Message: message, Position: n.pos(), Pointer: pointer})
}

func (d *Document) readPaths() {
	d.byID = map[string]*Operation{}
	root := d.resourceOf(d.file)
	d.twice(d.file.root.get("paths"), "#/paths")
	for _, f := range d.file.root.get("paths").fields() {
		if strings.HasPrefix(f.name, "x-") {
			continue
		}
		pointer := "#/paths/" + value.Escape(f.name)
		if !strings.HasPrefix(f.name, "/") {
			d.problem(CodePath, f.node, pointer, fmt.Sprintf("path %q does not begin with /; it is not served", f.name))
			continue
		}
		item := place{f.node, pointer, root}
		var beside place // what stands beside the item's $ref
		for hops := 0; item.node.is(kindObject) && hops < 32; hops++ {
			ref, ok := item.node.get("$ref").text()
			if !ok {
				break
			}
			n, p, res, err := d.follow(item.node.file, item.resource, ref)
			if err != nil {
				d.problem(CodeReference, item.node, pointer, fmt.Sprintf("$ref %q: %v; the path is not served", ref, err))
				break
			}
			if hops == 0 && len(item.node.fields()) > 1 {
				beside = item
			}
			item = place{n, p, res}
		}
		if beside.node != nil {
			d.readItem(f.name, beside, place{})
		}
		if !item.node.is(kindObject) {
			if !item.node.is(kindNull) {
				d.problem(CodeStructure, f.node, pointer, fmt.Sprintf("the path is a %s, want an object; it is not served", item.node.kind))
			}
			continue
		}
		d.readItem(f.name, item, beside)
	}
	routes, problems := newTree(d)
	d.routes = routes
	d.problems = append(d.problems, problems...)
}

// readItem reads the operations of a path item. Those that stand beside a $ref, if any, were read before and stay.
func (d *Document) readItem(path string, item, beside place) {
	d.twice(item.node, item.pointer)
	add := func(method string, n *node, pointer string) {
		if beside.node != nil && d.byID[strings.ToUpper(method)+" "+path] != nil {
			return
		}
		if !n.is(kindObject) {
			d.problem(CodeStructure, n, pointer, fmt.Sprintf("the operation is a %s, want an object; it is not served", n.kind))
			return
		}
		op := &Operation{Method: strings.ToUpper(method), Path: path, Pointer: pointer, Position: n.pos(), doc: d, node: n, item: item, beside: beside, place: place{n, pointer, item.resource}}
		op.ID = n.str("operationId")
		d.twice(n, pointer)
		op.Summary, op.Description = n.str("summary"), n.str("description")
		op.Deprecated = n.flag("deprecated")
		for _, tag := range n.get("tags").list() {
			if name, ok := tag.text(); ok {
				op.Tags = append(op.Tags, name)
			}
		}
		op.Index = len(d.operations)
		d.operations = append(d.operations, op)
		d.byID[op.Method+" "+path] = op
		if op.ID == "" {
			op.ID = op.Method + " " + path
			return
		}
		if first := d.byID[op.ID]; first != nil {
			d.problems = append(d.problems, Problem{Code: CodeOperationID, Severity: Warning, In: "document", Keyword: "operationId", Position: n.posOf("operationId"), Pointer: pointer + "/operationId",
				Message: fmt.Sprintf("operationId %q belongs to %s %s already; this one is %s %s", op.ID, first.Method, first.Path, op.Method, path)})
			op.ID = op.Method + " " + path
			return
		}
		d.byID[op.ID] = op
	}
	for _, f := range item.node.fields() {
		for _, method := range methods {
			if f.name == method && (method != "query" || d.version >= V32) {
				add(method, f.node, item.pointer+"/"+method)
			}
		}
		if f.name == "additionalOperations" && d.version >= V32 {
			for _, x := range f.node.fields() {
				add(x.name, x.node, item.pointer+"/additionalOperations/"+value.Escape(x.name))
			}
		}
	}
	if item.node.kind == kindBroken {
		d.problem(CodeUnreadable, item.node, item.pointer, item.node.err.Error())
	}
}

// Select gives the operations that match any of the patterns, in the order of the document: an operationId,
// tag:NAME, a path, or METHOD and path; * stands for any text. No pattern selects every operation. A pattern that
// matches nothing is an error that wraps ErrNoOperation.
func (d *Document) Select(patterns ...string) ([]*Operation, error) {
	if len(patterns) == 0 {
		return d.operations, nil
	}
	chosen := map[*Operation]bool{}
	for _, pattern := range patterns {
		found := false
		for _, op := range d.operations {
			if op.matches(pattern) {
				chosen[op], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("%q: %w%s", pattern, ErrNoOperation, d.nearest(pattern))
		}
	}
	var out []*Operation
	for _, op := range d.operations {
		if chosen[op] {
			out = append(out, op)
		}
	}
	return out, nil
}

// ErrNoOperation says that a name or pattern fits no operation of the document.
var ErrNoOperation = errors.New("no such operation")

func (d *Document) nearest(pattern string) string {
	var names []string
	for _, op := range d.operations {
		names = append(names, op.ID)
	}
	if len(names) == 0 {
		return "; the document has none"
	}
	return "; there are " + strings.Join(near.Names(pattern, names, 3), ", ")
}

// wild matches text with a pattern in which * stands for any text.
func wild(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
