package mock

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// Resource is a kind of thing that a document's operations create, read, list, replace, change and delete, as the
// paths, verbs, schemas, links and names of the document say.
type Resource struct {
	Document   string   // info.title
	Collection string   // path template of the collection; "" for a singleton
	Item       string   // path template of one thing
	ID         string   // the member that holds the id; "" for a singleton, or where the schema has none
	Operations []Role   // in the order create, list, read, replace, change, delete
	Why        []string // sentences: what the document says that led here
}

// Role is what an operation does with a Resource.
type Role struct {
	Name      string // create, list, read, replace, change, delete
	Operation *spec.Operation
}

// Resources says what was inferred of the documents that are played, in the order of their paths. Things that it
// does not name are answered validly all the same, and are not remembered.
func (s *Server) Resources() []Resource {
	var out []Resource
	for _, a := range s.apis {
		out = append(out, a.resources()...)
	}
	return out
}

func (a *api) resources() []Resource {
	w := a.world()
	var out []Resource
	seen := map[string]bool{}
	for _, op := range a.doc.Operations() {
		at := skeleton(op.Path)
		if seen[at] {
			continue
		}
		seen[at] = true
		if r := w.resource(at); r != nil {
			out = append(out, r.told())
		} else if one := w.singleton(at); one != nil {
			out = append(out, *one)
		}
	}
	return out
}

// world is what is known of a document's paths without reading its operations.
type world struct {
	api   *api
	once  sync.Once
	paths map[string]map[string]*spec.Operation // path without names -> method -> operation
	kin   map[string][]string                   // singular of the last word of a path -> paths that end in it
	found sync.Map                              // path of an item, without names -> *resource, nil where it is none
	bases sync.Map                              // collection -> []thing
	count int
	mu    sync.Mutex
}

func (a *api) world() *world {
	w := &a.inferred
	w.once.Do(func() {
		w.api = a
		w.paths, w.kin = map[string]map[string]*spec.Operation{}, map[string][]string{}
		for _, op := range a.doc.Operations() {
			at := skeleton(op.Path)
			if w.paths[at] == nil {
				w.paths[at] = map[string]*spec.Operation{}
				if word := lastWord(strings.TrimSuffix(at, "/{}")); word != "" {
					w.kin[word] = append(w.kin[word], at)
				}
			}
			if w.paths[at][op.Method] == nil {
				w.paths[at][op.Method] = op
			}
		}
	})
	return w
}

// skeleton is a path without the names of its parameters and without a slash at its end.
func skeleton(path string) string { return strings.TrimRight(shape(path), "/") }

// lastWord is the last segment of a path, folded, in the singular.
func lastWord(path string) string {
	word := folded(path[strings.LastIndexByte(path, '/')+1:])
	if strings.Contains(word, "{") {
		return ""
	}
	return singular(word)
}

func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "xes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is") && len(word) > 3:
		return word[:len(word)-1]
	}
	return word
}

// resource is a kind of thing and the operations that deal with it.
type resource struct {
	w                *world
	collection, item string // without names
	create           *spec.Operation
	lists            []*listing
	read             *spec.Operation
	replace          *spec.Operation
	change           *spec.Operation
	remove           *spec.Operation

	status   int             // of read
	media    *spec.MediaType // of read; else one of the entries' schema
	member   string          // envelope around the thing in media
	schemas  []*spec.Schema  // of the thing
	idMember string
	idParam  *spec.Parameter
	why      []string
}

// listing is an operation that lists a resource.
type listing struct {
	op     *spec.Operation
	status int
	media  *spec.MediaType
	at     []string     // the members that lead to the array; none: the body is the array
	entry  *spec.Schema // of an entry
	same   bool         // an entry is the thing as the GET shows it, and not less of it
}

func (r *resource) told() Resource {
	out := Resource{Document: r.w.api.doc.Title, Collection: r.w.template(r.collection), Item: r.w.template(r.item), ID: r.idMember, Why: r.why}
	add := func(name string, op *spec.Operation) {
		if op != nil {
			out.Operations = append(out.Operations, Role{name, op})
		}
	}
	add("create", r.create)
	for _, l := range r.lists {
		add("list", l.op)
	}
	add("read", r.read)
	add("replace", r.replace)
	add("change", r.change)
	add("delete", r.remove)
	return out
}

// template is the path as the document writes it.
func (w *world) template(at string) string {
	var methods []string
	for m := range w.paths[at] {
		methods = append(methods, m)
	}
	sort.Strings(methods)
	for _, m := range methods {
		return w.paths[at][m].Path
	}
	return at
}

// singleton is a path that is read and written and stands for one thing.
func (w *world) singleton(at string) *Resource {
	ops := w.paths[at]
	if strings.HasSuffix(at, "}") || ops["GET"] == nil || ops["PUT"] == nil && ops["PATCH"] == nil {
		return nil
	}
	_, media := answerOf(ops["GET"])
	if media == nil || len(arrays(media.Schema)) > 0 && soleObject(flatten(media.Schema)) == "" {
		return nil
	}
	out := &Resource{Document: w.api.doc.Title, Item: ops["GET"].Path, Operations: []Role{{"read", ops["GET"]}}}
	if op := ops["PUT"]; op != nil {
		out.Operations = append(out.Operations, Role{"replace", op})
	}
	if op := ops["PATCH"]; op != nil {
		out.Operations = append(out.Operations, Role{"change", op})
	}
	out.Why = []string{fmt.Sprintf("%s is read and written, ends in no parameter and shows one thing", ops["GET"].Path)}
	return out
}

// resource gives what the item path stands for; nil when nothing is known to create or list it.
func (w *world) resource(item string) *resource {
	if r, ok := w.found.Load(item); ok {
		return r.(*resource)
	}
	r := w.infer(item)
	got, _ := w.found.LoadOrStore(item, r)
	return got.(*resource)
}

// of gives the resource of an operation and the role that the operation has.
func (w *world) of(op *spec.Operation) (*resource, string, *listing) {
	at := skeleton(op.Path)
	candidates := []string{at}
	if !strings.HasSuffix(at, "}") {
		candidates = []string{at + "/{}"}
		if i := strings.LastIndexByte(at, '/'); i > 0 && op.Method == http.MethodGet {
			candidates = append(candidates, at[:i]+"/{}")
		}
	}
	if word := lastWord(at); word != "" {
		for _, other := range w.kin[word] {
			if strings.HasSuffix(other, "/{}") && other != at+"/{}" {
				candidates = append(candidates, other)
			}
		}
	}
	for _, c := range candidates {
		if w.paths[c] == nil {
			continue
		}
		r := w.resource(c)
		if r == nil {
			continue
		}
		for _, l := range r.lists {
			if l.op == op {
				return r, "list", l
			}
		}
		switch op {
		case r.create:
			return r, "create", nil
		case r.read:
			return r, "read", nil
		case r.replace:
			return r, "replace", nil
		case r.change:
			return r, "change", nil
		case r.remove:
			return r, "delete", nil
		}
	}
	return nil, "", nil
}

func (w *world) infer(item string) *resource {
	if !strings.HasSuffix(item, "/{}") || w.paths[item] == nil {
		return nil
	}
	ops := w.paths[item]
	r := &resource{w: w, item: item, read: ops["GET"], replace: ops["PUT"], change: ops["PATCH"], remove: ops["DELETE"]}
	if r.read != nil {
		if r.status, r.media = answerOf(r.read); r.media == nil || len(flatten(r.media.Schema)) == 0 {
			return nil
		}
		r.schemas = flatten(r.media.Schema)
		if name := soleObject(r.schemas); name != "" {
			r.member, r.schemas = name, flatten(propertiesOf(r.schemas, name)...)
		}
		if !objects(r.schemas) {
			return nil
		}
	}
	r.collect()
	if r.collection == "" {
		return nil
	}
	names := spec.TemplateNames(w.template(item))
	for _, m := range []string{"GET", "DELETE", "PUT", "PATCH"} {
		if op := ops[m]; op != nil {
			names = spec.TemplateNames(op.Path)
			r.idParam = op.Parameter("path", names[len(names)-1])
			break
		}
	}
	if len(names) == 0 || r.media == nil {
		return nil
	}
	r.idMember = idMember(r.schemas, names[len(names)-1], lastWord(r.collection))
	if r.idMember == "" {
		return nil
	}
	r.why = append(r.why, fmt.Sprintf("member %s holds what {%s} names", r.idMember, names[len(names)-1]))
	return r
}

// collect finds the collection: the path before the parameter; else one of the same name that shows the same schema.
func (r *resource) collect() {
	w := r.w
	above := strings.TrimSuffix(r.item, "/{}")
	take := func(at, why string) bool {
		ops := w.paths[at]
		if ops == nil {
			return false
		}
		lists := w.listings(r, at)
		create := ops["POST"]
		if create != nil && len(lists) == 0 && r.read == nil {
			return false
		}
		if create != nil && !r.creates(create) {
			create = nil
		}
		if create == nil && len(lists) == 0 {
			return false
		}
		r.collection, r.create, r.lists = at, create, lists
		r.why = append(r.why, why)
		if r.media == nil {
			l := lists[0]
			r.media, r.status = &spec.MediaType{Name: "application/json", Schema: l.entry}, l.status
			r.schemas = flatten(l.entry)
		}
		for _, l := range r.lists {
			l.same = component(flatten(l.entry), l.entry) == component(r.schemas, r.media.Schema)
		}
		return true
	}
	if take(above, fmt.Sprintf("%s is %s and a parameter", w.template(r.item), w.template(above))) {
		return
	}
	if r.read == nil {
		return
	}
	word := lastWord(above)
	for _, at := range w.kin[word] {
		if strings.HasSuffix(at, "}") || at == above || strings.Count(at, "{}") != strings.Count(above, "{}") {
			continue
		}
		if !r.agrees(at) {
			continue
		}
		if take(at, fmt.Sprintf("%s and %s have the name %s and the schema of the thing in common", w.template(r.item), w.template(at), word)) {
			return
		}
	}
}

// agrees says that what a path lists or creates has the schema of the thing, or links to its GET.
func (r *resource) agrees(at string) bool {
	ops := r.w.paths[at]
	own := component(r.schemas, r.media.Schema)
	if op := ops["GET"]; op != nil {
		if _, m := answerOf(op); m != nil {
			for _, a := range arrays(m.Schema) {
				if component(flatten(a.entry), a.entry) == own {
					return true
				}
			}
		}
	}
	if op := ops["POST"]; op != nil {
		if status, m := answerOf(op); m != nil {
			schemas := flatten(m.Schema)
			if component(schemas, m.Schema) == own || soleObject(schemas) != "" && component(flatten(propertiesOf(schemas, soleObject(schemas))...), m.Schema) == own {
				return true
			}
			for _, l := range op.Response(status).Links {
				if l.OperationID != "" && l.OperationID == r.read.ID {
					return true
				}
			}
		}
	}
	return false
}

// creates says that a POST makes one thing of this kind: it takes an object and answers with a success.
func (r *resource) creates(op *spec.Operation) bool {
	status := success(op)
	if status >= 300 || op.Body() == nil {
		return false
	}
	for _, m := range op.Body().Content {
		if m.Schema != nil && objects(flatten(m.Schema)) {
			return true
		}
	}
	return false
}

// listings gives the operations that list the resource: the GET of the collection, and those one word below it
// whose entries have the schema of the thing.
func (w *world) listings(r *resource, at string) []*listing {
	var out []*listing
	add := func(op *spec.Operation, strict bool) {
		if op == nil {
			return
		}
		status, m := answerOf(op)
		if m == nil {
			return
		}
		var best *listing
		for _, a := range arrays(m.Schema) {
			if !objects(flatten(a.entry)) {
				continue
			}
			l := &listing{op: op, status: status, media: m, at: a.at, entry: a.entry}
			if r.read != nil && component(flatten(a.entry), a.entry) == component(r.schemas, r.media.Schema) {
				best = l
				break
			}
			if best == nil && !strict {
				best = l
			}
		}
		if best != nil {
			out = append(out, best)
		}
	}
	add(w.paths[at]["GET"], false)
	if r.read != nil {
		var below []string
		for path := range w.paths {
			if rest, ok := strings.CutPrefix(path, at+"/"); ok && !strings.ContainsAny(rest, "/{") {
				below = append(below, path)
			}
		}
		sort.Strings(below)
		for _, path := range below {
			add(w.paths[path]["GET"], true)
		}
	}
	return out
}

// answerOf gives the JSON of an operation's success.
func answerOf(op *spec.Operation) (int, *spec.MediaType) {
	status := success(op)
	rs := op.Response(status)
	if rs == nil || status >= 300 {
		return 0, nil
	}
	m := jsonOf(rs.Content)
	if m == nil || m.Schema == nil {
		return 0, nil
	}
	return status, m
}

// array is a place in a body where entries stand.
type array struct {
	at    []string
	entry *spec.Schema
}

// arrays finds the arrays of a body, the outermost first, no deeper than three envelopes.
func arrays(s *spec.Schema) []array {
	var out []array
	type step struct {
		at      []string
		schemas []*spec.Schema
	}
	queue := []step{{nil, flatten(s)}}
	for len(queue) > 0 && len(out) < 20 {
		now := queue[0]
		queue = queue[1:]
		isArray := false
		for _, s := range now.schemas {
			if s.Items != nil && (s.Types == 0 || s.Types&spec.Array != 0) {
				out = append(out, array{now.at, s.Items})
				isArray = true
				break
			}
		}
		if isArray || len(now.at) >= 3 {
			continue
		}
		for _, s := range now.schemas {
			for _, p := range s.Properties {
				queue = append(queue, step{append(append([]string(nil), now.at...), p.Name), flatten(p.Schema)})
			}
		}
	}
	return out
}

// objects says that the schemas describe an object with members of its own.
func objects(schemas []*spec.Schema) bool {
	for _, s := range schemas {
		if len(s.Properties) > 0 {
			return true
		}
	}
	return false
}

// idMember finds the member that a path parameter names: of its name, id, or the end of its name (petId: id,
// project_slug: slug), or one that is unique by custom.
func idMember(schemas []*spec.Schema, parameter, word string) string {
	var names []string
	for _, s := range schemas {
		for _, p := range s.Properties {
			for _, d := range flatten(p.Schema) {
				if d.Types&(spec.String|spec.Integer) != 0 && (d.Types&(spec.Object|spec.Array) == 0) {
					names = append(names, p.Name)
					break
				}
			}
		}
	}
	want := folded(parameter)
	tests := []func(string) bool{
		func(n string) bool { return n == want },
		func(n string) bool { return len(n) > 1 && word != "" && want == word+n },
		func(n string) bool { return n == "id" && !endsInOther(want, names) },
		func(n string) bool { return len(n) > 1 && strings.HasSuffix(want, n) },
		func(n string) bool { return word != "" && n == word+"id" },
		func(n string) bool { return n == "id" || n == "uuid" || n == "guid" || n == "uid" },
		func(n string) bool {
			return len(n) > 3 && want == "id" && strings.HasSuffix(n, "id") && strings.HasPrefix(word, n[:len(n)-2])
		},
		func(n string) bool { return want == word && (n == "slug" || n == "name" || n == "key" || n == "code") },
	}
	for _, test := range tests {
		for _, name := range names {
			if test(folded(name)) {
				return name
			}
		}
	}
	return ""
}

// endsInOther says that the parameter names a member beside id: {itemSlug}, {userName}.
func endsInOther(parameter string, names []string) bool {
	for _, name := range names {
		switch n := folded(name); n {
		case "slug", "name", "key", "code", "email", "login", "number", "username", "handle":
			if strings.HasSuffix(parameter, n) {
				return true
			}
		}
	}
	return false
}

// textOf is an id as a path holds it.
func textOf(v any) string {
	switch value.Kind(v) {
	case "string":
		return v.(string)
	case "integer", "number":
		return string(value.Append(nil, v))
	}
	return ""
}
