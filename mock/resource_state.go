package mock

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// collection is what requests made and deleted below one collection. It is kept as records of the schema "member",
// beside those of the entities themselves.
type collection struct {
	byID map[string]member
	last int
}

// member says that a thing belongs to its collection, or does not any more.
type member struct {
	id   string
	seq  int // the order in which things were created
	gone bool
	made bool // a request created it; else it was there from the beginning
}

const memberSchema = "member"

// enlist puts a record of a member into its collection; m.mu is held.
func (m *memory) enlist(r *record) {
	if r.Schema != memberSchema {
		return
	}
	text := func(name string) string { v, _ := r.Object.Get(name); s, _ := v.(string); return s }
	flag := func(name string) bool { v, _ := r.Object.Get(name); b, _ := v.(bool); return b }
	key := text("collection")
	c := m.members[key]
	if c == nil {
		c = &collection{byID: map[string]member{}}
		m.members[key] = c
	}
	seq, _ := r.Object.Get("seq")
	n, _ := seq.(json.Number)
	at, _ := strconv.Atoi(string(n))
	c.byID[r.ID] = member{r.ID, at, flag("gone"), flag("made")}
	c.last = max(c.last, at)
}

// keep stores and publishes a record.
func (m *memory) keep(key string, r *record) error {
	if m.store != nil {
		if err := m.store.put(key, r); err != nil {
			return err
		}
	}
	m.publish(key, r)
	return nil
}

// join says what has become of a thing's place in its collection.
func (m *memory) join(key string, x member) error {
	return m.keep("member "+key+" "+strconv.Quote(x.id), &record{Schema: memberSchema, ID: x.id, Object: value.NewObject(
		value.Member{Name: "collection", Value: key},
		value.Member{Name: "seq", Value: json.Number(strconv.Itoa(x.seq))},
		value.Member{Name: "gone", Value: x.gone},
		value.Member{Name: "made", Value: x.made},
	)})
}

func (m *memory) memberOf(key, id string) (member, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := m.members[key]
	if c == nil {
		return member{}, false
	}
	x, ok := c.byID[id]
	return x, ok
}

// membersOf gives what is known of a collection, in the order of creation, and the last number given.
func (m *memory) membersOf(key string) ([]member, int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := m.members[key]
	if c == nil {
		return nil, 0
	}
	out := make([]member, 0, len(c.byID))
	for _, x := range c.byID {
		out = append(out, x)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].seq != out[j].seq {
			return out[i].seq < out[j].seq
		}
		return out[i].id < out[j].id
	})
	return out, c.last
}

// --- one collection ---------------------------------------------------------------------------

// shelf is one collection as a request meets it: a resource below certain parents, for a certain credential.
type shelf struct {
	s       *Server
	x       *exchange
	api     *api
	r       *resource
	parents []string
	key     string // of the collection
	who     string // the credential
}

// thing is one thing of a shelf.
type thing struct {
	id    string
	entry *value.Object // as the generated list shows it; nil for one that was created
	e     *entity       // as its GET shows it, before any change; nil where there is no GET
	fixed bool          // a fixture or an example says what the entry is
}

func (s *Server) shelf(x *exchange, r *resource, parents []string, who string) *shelf {
	a := x.api
	h := &shelf{s: s, x: x, api: a, r: r, parents: parents, who: who}
	h.key = a.doc.Title + " " + r.collection
	for _, p := range parents {
		h.key += " " + strconv.Quote(p)
	}
	for _, op := range []*spec.Operation{r.read, r.create, r.remove} {
		if op != nil && fixtures.ByCredential(op) {
			h.key += credentialPart(who)
			break
		}
	}
	return h
}

// values are the path parameters of a request, in the order of the template.
func values(op *spec.Operation, path map[string]string) []string {
	var out []string
	for _, name := range spec.TemplateNames(op.Path) {
		out = append(out, path[name])
	}
	return out
}

// asking is what a request for an operation with these path parameters would say.
func (h *shelf) asking(op *spec.Operation, values []string) fixtures.Ask {
	ask := fixtures.Ask{Path: map[string]string{}, Key: h.who, Seed: h.x.session.options().seed}
	for i, name := range spec.TemplateNames(op.Path) {
		if i < len(values) {
			ask.Path[name] = values[i]
		}
	}
	ask.Given = given(spec.Input{}, ask.Path)
	return ask
}

// reads gives what the GET of a thing shows before any change; nil when there is no GET, or it shows something else.
func (h *shelf) reads(id string) (*entity, bool) {
	r := h.r
	if r.read == nil {
		return nil, false
	}
	ask := h.asking(r.read, append(append([]string(nil), h.parents...), id))
	f, err := h.api.book.Response(r.read, r.status, r.media, ask)
	if err != nil || !f.HasBody {
		return nil, false
	}
	if n := h.api.book.Find(r.read, ask); n != nil && n.Status(r.read) != r.status {
		return nil, false
	}
	e := locate(h.api, r.read, r.media, f.Value, ask)
	return e, e != nil
}

// now gives a thing as it is: as changed, else as its GET shows it from the beginning.
func (h *shelf) now(e *entity) *value.Object {
	if r := h.x.session.memory.get(e.key); r != nil && r.Schema == e.pointer {
		return r.Object
	}
	return e.object
}

// bare is the place where a thing is kept that has no GET.
func (h *shelf) bare(id string) *entity {
	pointer := h.api.doc.Title + " " + component(h.r.schemas, h.r.media.Schema)
	e := &entity{schemas: h.r.schemas, pointer: pointer, idName: h.r.idMember, id: id}
	e.key = entityKey(pointer, e.idName, id) + " of " + h.key
	return e
}

const maxBases = 512

// base gives the things that a list shows from the beginning.
func (h *shelf) base(l *listing) []thing {
	w := h.r.w
	key := h.key + " " + l.op.Method + " " + l.op.Path
	if fixtures.ByCredential(l.op) {
		key += credentialPart(h.who)
	}
	if seed := h.x.session.options().seed; seed != nil {
		key += " seed " + strconv.FormatUint(*seed, 10)
	}
	if v, ok := w.bases.Load(key); ok {
		return v.([]thing)
	}
	ask := h.asking(l.op, h.parents)
	f, err := h.api.book.Response(l.op, l.status, l.media, ask)
	if err != nil || !f.HasBody {
		return nil
	}
	out := h.entries(l, f.Value, !strings.HasPrefix(f.Source, "generated"))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count++; w.count > maxBases {
		w.bases.Clear()
		w.count = 1
	}
	w.bases.Store(key, out)
	return out
}

func (h *shelf) entries(l *listing, body any, fixed bool) []thing {
	list, ok := arrayAt(body, l.at)
	if !ok {
		return nil
	}
	var out []thing
	seen := map[string]bool{}
	for i, v := range list {
		o, ok := v.(*value.Object)
		if !ok {
			return nil
		}
		x, _ := o.Get(h.r.idMember)
		t := thing{id: textOf(x), entry: o, fixed: fixed}
		if !fixed {
			t.id, t.entry = h.fitting(l, o, t.id, i, seen)
		}
		if t.id != "" {
			seen[t.id] = true
			if e, ok := h.reads(t.id); ok && !fixed {
				t.e = e
				t.entry = h.shown(l, t.entry, e.object)
			}
		}
		out = append(out, t)
	}
	return out
}

// fitting gives an entry an id that the path takes and that no entry before it has.
func (h *shelf) fitting(l *listing, o *value.Object, id string, i int, seen map[string]bool) (string, *value.Object) {
	if id != "" && !seen[id] && h.takes(id) {
		return id, o
	}
	if p := h.r.idParam; p != nil && p.Schema != nil {
		for try := 0; try < 4; try++ {
			v, err := h.api.book.Value(p.Schema, spec.Response, h.key+" entry "+strconv.Itoa(i)+strings.Repeat("'", try), fixtures.Ask{})
			if err != nil {
				break
			}
			text := textOf(v)
			if text == "" || seen[text] || !h.takes(text) {
				continue
			}
			out := shallow(o)
			out.Set(h.r.idMember, v)
			if len(l.entry.Check(out, spec.Response)) == 0 {
				return text, out
			}
		}
	}
	if id != "" && !seen[id] {
		return id, o
	}
	return "", o
}

// takes says that the path parameter may have this value, in a path.
func (h *shelf) takes(id string) bool {
	if id == "" || id == "." || id == ".." || strings.ContainsAny(id, "/\\") || statusWord(id) != 0 {
		return false
	}
	if h.r.idParam == nil || h.r.idParam.Schema == nil {
		return true
	}
	s := h.r.idParam.Schema
	if len(s.Check(id, spec.Request)) == 0 {
		return true
	}
	if n, err := value.Parse([]byte(id)); err == nil {
		if _, ok := n.(json.Number); ok {
			return len(s.Check(n, spec.Request)) == 0
		}
	}
	return false
}

// shown is the entry of a list for a thing: the thing itself, where an entry is the same kind; else the entry with
// what both have in common.
func (h *shelf) shown(l *listing, entry, object *value.Object) *value.Object {
	if l.same && len(l.entry.Check(object, spec.Response)) == 0 {
		return object
	}
	if entry == nil {
		return nil
	}
	flat := flatten(l.entry)
	out := shallow(entry)
	for name, v := range object.All() {
		if len(propertiesOf(flat, name)) > 0 {
			out.Set(name, v)
		}
	}
	if len(l.entry.Check(out, spec.Response)) == 0 {
		return out
	}
	out = entry
	for name, v := range object.All() {
		if len(propertiesOf(flat, name)) == 0 {
			continue
		}
		trial := shallow(out)
		trial.Set(name, v)
		if len(l.entry.Check(trial, spec.Response)) == 0 {
			out = trial
		}
	}
	return out
}

func arrayAt(body any, at []string) ([]any, bool) {
	for _, name := range at {
		o, ok := body.(*value.Object)
		if !ok {
			return nil, false
		}
		body, _ = o.Get(name)
	}
	list, ok := body.([]any)
	return list, ok
}

// has says whether a thing is known: created, or listed from the beginning. gone says that it was deleted.
func (h *shelf) has(id string) (known, gone bool) {
	if x, ok := h.x.session.memory.memberOf(h.key, id); ok {
		return !x.gone, x.gone
	}
	for _, l := range h.r.lists {
		for _, t := range h.base(l) {
			if t.id == id {
				return true, false
			}
		}
	}
	return false, false
}

// exemplary says that the document itself gives the id as an example: of the parameter, of the thing's own id, or in
// the example of a list. Whoever follows the document's examples finds them each time.
func (h *shelf) exemplary(id string) bool {
	if x, ok := h.x.session.memory.memberOf(h.key, id); ok && x.made {
		return false
	}
	given := func(list []spec.Literal) bool {
		for i := range list {
			if textOf(list[i].Value) == id {
				return true
			}
		}
		return false
	}
	var schemas []*spec.Schema
	if p := h.r.idParam; p != nil {
		if given(p.Examples) {
			return true
		}
		schemas = flatten(p.Schema)
	}
	for _, s := range append(schemas, flatten(propertiesOf(h.r.schemas, h.r.idMember)...)...) {
		if given(s.Examples) {
			return true
		}
	}
	for _, l := range h.r.lists {
		for _, t := range h.base(l) {
			if t.id == id && t.fixed {
				return true
			}
		}
	}
	return false
}

// all gives the entries that a list shows now: those from the beginning, then those created, oldest first.
func (h *shelf) all(l *listing) (entries []*value.Object, ids []string, remembered bool) {
	members, _ := h.x.session.memory.membersOf(h.key)
	gone := map[string]bool{}
	made := map[string]bool{}
	for _, x := range members {
		gone[x.id] = x.gone
		made[x.id] = x.made && !x.gone
	}
	base := h.base(l)
	listed := map[string]bool{}
	for _, t := range base {
		if t.id != "" && gone[t.id] {
			remembered = true
			continue
		}
		listed[t.id] = true
		entry := t.entry
		e := t.e
		if e == nil && h.r.read == nil && t.id != "" {
			e = h.bare(t.id)
		}
		if e != nil {
			if r := h.x.session.memory.get(e.key); r != nil && r.Schema == e.pointer {
				entry, remembered = h.shown(l, entry, r.Object), true
			}
		}
		entries, ids = append(entries, entry), append(ids, t.id)
	}
	for _, x := range members {
		if x.gone || !x.made || listed[x.id] {
			continue
		}
		o := h.made(x.id)
		if o == nil {
			continue
		}
		entry := h.shown(l, nil, o)
		if entry == nil {
			entry = h.shown(l, h.template(l, x.id), o)
		}
		if entry == nil {
			continue
		}
		entries, ids, remembered = append(entries, entry), append(ids, x.id), true
	}
	return entries, ids, remembered
}

// made gives a thing that was created.
func (h *shelf) made(id string) *value.Object {
	e := h.bare(id)
	if h.r.read != nil {
		var ok bool
		if e, ok = h.reads(id); !ok {
			return nil
		}
	}
	return h.now(e)
}

// template makes an entry to put a created thing into.
func (h *shelf) template(l *listing, id string) *value.Object {
	ask := h.asking(l.op, h.parents)
	v, err := h.api.book.Value(l.entry, spec.Response, h.key+" entry of "+id, ask)
	if err != nil {
		return nil
	}
	o, _ := v.(*value.Object)
	return o
}

// --- hooks ------------------------------------------------------------------------------------

// known says that the path of a request leads to something that was created.
func (s *Server) known(x *exchange, ask fixtures.Ask) bool {
	found := false
	s.above(x, ask, func(h *shelf, id string, _ bool) {
		if m, ok := x.session.memory.memberOf(h.key, id); ok && m.made {
			found = true
		}
	})
	return found
}

// above calls f for every thing that the path of a request leads through, the last one included.
func (s *Server) above(x *exchange, ask fixtures.Ask, f func(h *shelf, id string, own bool)) {
	at := skeleton(x.op.Path)
	w := x.api.world()
	vals := values(x.op, ask.Path)
	for n, i := 0, 0; ; n++ {
		next := strings.Index(at[i:], "/{}")
		if next < 0 {
			return
		}
		i += next + len("/{}")
		if n >= len(vals) {
			return
		}
		if i < len(at) && at[i] != '/' || strings.Count(at[:i], "{}") != n+1 {
			continue
		}
		if r := w.resource(at[:i]); r != nil {
			f(s.shelf(x, r, vals[:n], ask.Key), vals[n], i == len(at))
		}
	}
}

// live plays the resources: it refuses what is gone, keeps what is created and deleted, and says how the answer is
// composed. Nil: go on.
func (s *Server) live(x *exchange, ask fixtures.Ask, in spec.Input, p *plan) (*refusal, error) {
	r, role, l := x.api.world().of(x.op)
	if !x.session.memory.isEmpty() {
		var no *refusal
		s.above(x, ask, func(h *shelf, id string, own bool) {
			if m, ok := x.session.memory.memberOf(h.key, id); ok && m.gone && !(own && x.op.Method == http.MethodPut) {
				no = &refusal{status: http.StatusNotFound, detail: "there is nothing with this id"}
			}
		})
		if no != nil {
			return no, nil
		}
	}
	if r == nil || p.status >= 300 || x.api.book.Find(x.op, ask) != nil {
		return nil, nil
	}
	vals := values(x.op, ask.Path)
	id := ""
	if role != "list" && role != "create" {
		if len(vals) == 0 {
			return nil, nil
		}
		vals, id = vals[:len(vals)-1], vals[len(vals)-1]
	}
	h := s.shelf(x, r, vals, ask.Key)
	if id != "" && r.read != nil {
		if no := h.conditions(x, id, p); no != nil {
			return no, nil
		}
	}
	switch role {
	case "list":
		h.list(x, l, in, p)
	case "create":
		return h.create(x, ask, in, p)
	case "replace":
		return h.replace(x, ask, id, in, p)
	case "delete":
		return h.remove(x, id, p)
	}
	return nil, nil
}

// address is the path that leads to a thing from where the request went.
func (h *shelf) address(x *exchange, id string) string {
	op := h.r.read
	if op == nil {
		op = h.r.remove
	}
	here := strings.TrimRight(x.r.URL.EscapedPath(), "/")
	if op == nil || h.r.item == h.r.collection+"/{}" {
		return here + "/" + url.PathEscape(id)
	}
	fill := func(path string, values []string) string {
		for i, name := range spec.TemplateNames(path) {
			if i < len(values) {
				path = strings.Replace(path, "{"+name+"}", url.PathEscape(values[i]), 1)
			}
		}
		return path
	}
	before := strings.TrimSuffix(here, strings.TrimRight(fill(x.op.Path, h.parents), "/"))
	return before + fill(op.Path, append(append([]string(nil), h.parents...), id))
}
