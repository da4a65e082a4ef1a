package mock

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// memory keeps the entities that requests changed. An entity is what a GET shows, without the envelope around it. It
// is known by its component schema and its id where the path, if it has parameters, names that id; else by the path
// and its parameters. Where the credential decides (x-entity-key), the credential is part of what it is known by.
//
// Records are never changed, only replaced, so that readers need no lock beyond the map's. A writer holds the lock of
// the entity while it reads, merges, stores and publishes: no change is lost, and none shows before it is kept.
type memory struct {
	gate  sync.RWMutex // held for reading by writers, for writing by reset
	locks [256]sync.Mutex
	store *store // nil: nothing outlives the process

	mu      sync.RWMutex
	records map[string]*record
	shapes  map[string]map[string]int // schema pointer -> name of the id member -> records
	members map[string]*collection    // what was created and deleted, by collection
}

// record is one entity as it is now.
type record struct {
	Schema string // document and pointer of its schema
	IDName string // "" when it is known by its path
	ID     string
	Object *value.Object
}

// change is what a write left behind, for its own answer.
type change struct {
	schema string
	object *value.Object
}

func openMemory(file string) (*memory, error) {
	m := &memory{records: map[string]*record{}, shapes: map[string]map[string]int{}, members: map[string]*collection{}}
	if file == "" {
		return m, nil
	}
	store, err := openStore(file)
	if err != nil {
		return nil, err
	}
	m.store = store
	for key, r := range store.loaded {
		m.publish(key, r)
	}
	store.loaded = nil
	return m, nil
}

func (m *memory) close() error {
	m.gate.Lock()
	defer m.gate.Unlock()
	if m.store == nil {
		return nil
	}
	return m.store.close()
}

func (m *memory) reset() error {
	m.gate.Lock()
	defer m.gate.Unlock()
	if m.store != nil {
		if err := m.store.empty(); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records, m.shapes, m.members = map[string]*record{}, map[string]map[string]int{}, map[string]*collection{}
	return nil
}

func (m *memory) get(key string) *record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.records[key]
}

func (m *memory) isEmpty() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.records) == 0
}

func (m *memory) publish(key string, r *record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key] == nil && r.IDName != "" {
		names := m.shapes[r.Schema]
		if names == nil {
			names = map[string]int{}
			m.shapes[r.Schema] = names
		}
		names[r.IDName]++
	}
	m.records[key] = r
	m.enlist(r)
}

func (m *memory) lock(key string) *sync.Mutex {
	h := fnv.New32a()
	h.Write([]byte(key))
	return &m.locks[h.Sum32()%uint32(len(m.locks))]
}

// --- what is known of an entity -----------------------------------------------------------------

// entity is the part of a body that a GET is about.
type entity struct {
	object  *value.Object
	member  string // of the envelope; "" when the body is the entity
	schemas []*spec.Schema
	pointer string // document and pointer of its schema
	key     string
	idName  string
	id      string
}

// locate finds the entity in the body of an operation's answer: the object inside an envelope of one member, else the body.
func locate(a *api, op *spec.Operation, m *spec.MediaType, body any, ask fixtures.Ask) *entity {
	o, ok := body.(*value.Object)
	if !ok || m == nil || m.Schema == nil {
		return nil
	}
	e := &entity{object: o, schemas: flatten(m.Schema)}
	if o.Len() == 1 {
		for name, v := range o.All() {
			if inner, ok := v.(*value.Object); ok {
				e.object, e.member, e.schemas = inner, name, flatten(propertiesOf(e.schemas, name)...)
			}
		}
	}
	e.pointer = a.doc.Title + " " + component(e.schemas, m.Schema)
	var names []string
	names = append(names, spec.TemplateNames(op.Path)...)
	last := ""
	if len(names) > 0 {
		last = names[len(names)-1]
	}
	e.idName, e.id, ok = idOf(e.object, last, e.schemas)
	if ok && len(names) > 0 {
		ok = false
		for _, name := range names {
			ok = ok || ask.Path[name] == e.id
		}
	}
	if ok {
		e.key = entityKey(e.pointer, e.idName, e.id)
	} else {
		e.idName, e.id = "", ""
		e.key = "path " + a.doc.Title + " " + op.Path
		sort.Strings(names)
		for _, name := range names {
			e.key += " " + name + "=" + strconv.Quote(ask.Path[name])
		}
	}
	if fixtures.ByCredential(op) {
		e.key += credentialPart(ask.Key)
	}
	return e
}

func entityKey(pointer, idName, id string) string {
	return "entity " + pointer + " " + idName + "=" + strconv.Quote(id)
}

// credentialPart stands for a credential in a key; the credential itself is kept nowhere.
func credentialPart(key string) string {
	sum := sha256.Sum256([]byte(key))
	return " key=" + hex.EncodeToString(sum[:12])
}

// flatten gives the schemas that speak of the same value: references, and the branches of allOf, anyOf and oneOf.
func flatten(schemas ...*spec.Schema) []*spec.Schema {
	var out []*spec.Schema
	var add func(s *spec.Schema)
	add = func(s *spec.Schema) {
		if s == nil || len(out) > 200 {
			return
		}
		for _, seen := range out {
			if seen == s {
				return
			}
		}
		out = append(out, s)
		if s.Ref != nil {
			add(s.Ref.Schema())
		}
		for _, list := range [][]*spec.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Then, s.Else}} {
			for _, b := range list {
				add(b)
			}
		}
	}
	for _, s := range schemas {
		add(s)
	}
	return out
}

// propertiesOf gives the schemas of a member, as the schemas declare it by name.
func propertiesOf(schemas []*spec.Schema, name string) []*spec.Schema {
	var out []*spec.Schema
	for _, s := range schemas {
		for _, p := range s.Properties {
			if p.Name == name {
				out = append(out, p.Schema)
			}
		}
	}
	return out
}

// isRequired says that one of the schemas asks for a member, whether it describes it or not.
func isRequired(schemas []*spec.Schema, name string) bool {
	for _, s := range schemas {
		if slices.Contains(s.Required, name) {
			return true
		}
	}
	return false
}

// component is the pointer of the schema that names the entity: the first one a reference leads to, else its own.
func component(schemas []*spec.Schema, fallback *spec.Schema) string {
	for _, s := range schemas {
		if s.Ref != nil {
			if t := s.Deref(); t.Ref == nil {
				return t.Pointer
			}
		}
	}
	if len(schemas) > 0 {
		return schemas[0].Pointer
	}
	return fallback.Pointer
}

// idOf finds the member that tells an entity from others of its kind: id, the one that is named as the last path
// parameter is, the schema's name with id at its end, or a uuid.
func idOf(o *value.Object, parameter string, schemas []*spec.Schema) (name, id string, ok bool) {
	text := func(v any) string {
		switch v := v.(type) {
		case string:
			return v
		case json.Number:
			return string(v)
		}
		return ""
	}
	tests := []func(member string) bool{
		func(member string) bool { return member == "id" },
		func(member string) bool { return parameter != "" && member == folded(parameter) },
		func(member string) bool {
			if !strings.HasSuffix(member, "id") {
				return false
			}
			for _, s := range schemas {
				kind := folded(s.Pointer[strings.LastIndexByte(s.Pointer, '/')+1:])
				if len(kind) > 1 && strings.HasPrefix(member, kind) {
					return true
				}
			}
			return false
		},
		func(member string) bool { return member == "uuid" || member == "guid" || member == "uid" },
	}
	for _, test := range tests {
		for member, v := range o.All() {
			if t := text(v); t != "" && test(folded(member)) {
				return member, t, true
			}
		}
	}
	return "", "", false
}

// --- showing what was changed -------------------------------------------------------------------

// show puts what requests changed into the body of an answer, wherever the same entity appears. A body that would
// break its schema with it stays as it was.
func (m *memory) show(x *exchange, p plan, media *spec.MediaType, body any) (any, bool) {
	if media.Schema == nil || p.wrote == nil && m.isEmpty() {
		return body, false
	}
	title := x.api.doc.Title
	credential := ""
	if fixtures.ByCredential(x.op) {
		credential = credentialPart(p.ask.Key)
	}
	v := overlay{m, title, credential}.walk(body, []*spec.Schema{media.Schema})
	if e := locate(x.api, x.op, media, body, p.ask); e != nil {
		var own *value.Object
		if p.wrote != nil && p.wrote.schema == e.pointer {
			own = p.wrote.object
		} else if r := m.get(e.key); r != nil && p.wrote == nil && r.Schema == e.pointer {
			own = r.Object
		}
		if own != nil {
			v = put(v, e.member, own)
		}
	}
	if value.Equal(v, body) || len(media.Schema.Check(v, spec.Response)) > 0 {
		return body, false
	}
	return v, true
}

// put gives the body with another entity in the place of its own.
func put(body any, member string, o *value.Object) any {
	if member == "" {
		return o
	}
	return value.NewObject(value.Member{Name: member, Value: o})
}

// overlay walks a body and its schemas; what it does not change it does not copy.
type overlay struct {
	m          *memory
	title      string
	credential string
}

func (l overlay) walk(v any, schemas []*spec.Schema) any {
	switch v := v.(type) {
	case *value.Object:
		flat := flatten(schemas...)
		if o := l.find(v, flat); o != nil {
			return o
		}
		var out *value.Object
		for name, x := range v.All() {
			var below []*spec.Schema
			switch x.(type) {
			case *value.Object, []any:
				below = propertiesOf(flat, name)
				if below == nil {
					for _, s := range flat {
						if s.AdditionalProperties != nil {
							below = append(below, s.AdditionalProperties)
						}
					}
				}
			}
			if below == nil {
				continue
			}
			if y := l.walk(x, below); !same(x, y) {
				if out == nil {
					out = shallow(v)
				}
				out.Set(name, y)
			}
		}
		if out != nil {
			return out
		}
	case []any:
		flat := flatten(schemas...)
		var out []any
		for i, x := range v {
			var below []*spec.Schema
			for _, s := range flat {
				if i < len(s.PrefixItems) {
					below = append(below, s.PrefixItems[i])
				} else if s.Items != nil {
					below = append(below, s.Items)
				}
			}
			if below == nil {
				continue
			}
			if y := l.walk(x, below); !same(x, y) {
				if out == nil {
					out = append([]any(nil), v...)
				}
				out[i] = y
			}
		}
		if out != nil {
			return out
		}
	}
	return v
}

// same says that walk gave back the very value that it was given.
func same(a, b any) bool {
	switch a := a.(type) {
	case *value.Object:
		b, ok := b.(*value.Object)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	}
	return true
}

func shallow(o *value.Object) *value.Object {
	out := &value.Object{}
	for name, v := range o.All() {
		out.Set(name, v)
	}
	return out
}

// find gives the entity as it is now for an object that shows it; nil when nothing changed it.
func (l overlay) find(o *value.Object, flat []*spec.Schema) *value.Object {
	own := ""
	if len(flat) > 0 {
		own = l.title + " " + component(flat, flat[0])
	}
	for _, s := range flat {
		pointer := l.title + " " + s.Pointer
		l.m.mu.RLock()
		names := l.m.shapes[pointer]
		var idNames []string
		for name := range names {
			idNames = append(idNames, name)
		}
		l.m.mu.RUnlock()
		for _, idName := range idNames {
			v, ok := o.Get(idName)
			if !ok {
				continue
			}
			var id string
			switch v := v.(type) {
			case string:
				id = v
			case json.Number:
				id = string(v)
			}
			key := entityKey(pointer, idName, id)
			r := (*record)(nil)
			if l.credential != "" {
				r = l.m.get(key + l.credential)
			}
			if r == nil {
				r = l.m.get(key)
			}
			if r == nil {
				continue
			}
			if pointer == own {
				return r.Object
			}
			// the place may say more than the component: keep that
			out := shallow(o)
			for _, p := range s.Properties {
				if !r.Object.Has(p.Name) {
					out.Delete(p.Name)
				}
			}
			for name, v := range r.Object.All() {
				out.Set(name, v)
			}
			return out
		}
	}
	return nil
}

// --- changing ---------------------------------------------------------------------------------

// reader finds the GET of a PATCH's or PUT's path and the JSON that it answers.
func (x *exchange) reader() (*spec.Operation, int, *spec.MediaType) {
	if x.op.Method != http.MethodPatch && x.op.Method != http.MethodPut {
		return nil, 0, nil
	}
	get := x.api.doc.Operation("GET " + x.op.Path)
	if get == nil {
		return nil, 0, nil
	}
	status := success(get)
	r := get.Response(status)
	if r == nil || status >= 300 {
		return nil, 0, nil
	}
	m := jsonOf(r.Content)
	if m == nil || m.Schema == nil {
		return nil, 0, nil
	}
	return get, status, m
}

// bodySchema gives the schemas of the request body.
func (x *exchange) bodySchema(in spec.Input) []*spec.Schema {
	b := x.op.Body()
	if b == nil {
		return nil
	}
	for _, m := range b.Content {
		if m.Name == in.MediaType && m.Schema != nil {
			return flatten(m.Schema)
		}
	}
	return nil
}

func flagged(schemas []*spec.Schema, flag func(*spec.Schema) bool) bool {
	for _, s := range schemas {
		if flag(s) {
			return true
		}
		if s.Ref != nil && flag(s.Deref()) {
			return true
		}
		for _, b := range s.AllOf {
			if flag(b) || b.Ref != nil && flag(b.Deref()) {
				return true
			}
		}
	}
	return false
}

func isReadOnly(s *spec.Schema) bool  { return s.ReadOnly }
func isWriteOnly(s *spec.Schema) bool { return s.WriteOnly }

// readOnly says which members of a PATCH only the service may set: the request's schema says so, or the schema of the
// entity does and the request's does not speak of the member.
func (m *memory) readOnly(x *exchange, in spec.Input) []spec.Problem {
	body, ok := in.Body.(*value.Object)
	if !ok || x.op.Method != http.MethodPatch {
		return nil
	}
	request := x.bodySchema(in)
	var shown []*spec.Schema
	if _, _, media := x.reader(); media != nil {
		shown = flatten(media.Schema)
	}
	patch, at := body, ""
	// {organization: {...}} around the members is not a member itself
	if body.Len() == 1 {
		for name, v := range body.All() {
			if inner, ok := v.(*value.Object); ok && enveloped(shown, name) {
				patch, at = inner, "/"+value.Escape(name)
				request, shown = flatten(propertiesOf(request, name)...), flatten(propertiesOf(shown, name)...)
			}
		}
	}
	if at == "" {
		if name := soleObject(shown); name != "" {
			shown = flatten(propertiesOf(shown, name)...)
		}
	}
	var out []spec.Problem
	for name := range patch.All() {
		declared := propertiesOf(request, name)
		by := declared
		if len(by) == 0 {
			by = propertiesOf(shown, name)
		}
		if !flagged(by, isReadOnly) {
			continue
		}
		out = append(out, spec.Problem{In: "body", At: at + "/" + value.Escape(name), Keyword: "readOnly", Got: "a member that only the service sets", Want: "no " + name,
			Message: name + " is read-only: leave it out", Position: by[0].Position, Pointer: by[0].Pointer})
	}
	return out
}

// enveloped says that a schema has this member and no other.
func enveloped(schemas []*spec.Schema, name string) bool {
	return soleObject(schemas) == name && name != ""
}

// soleObject gives the one member of a schema that is an object; "" when there are more, or none.
func soleObject(schemas []*spec.Schema) string {
	found := ""
	for _, s := range schemas {
		for _, p := range s.Properties {
			if found != "" && found != p.Name {
				return ""
			}
			found = p.Name
		}
	}
	if found == "" {
		return ""
	}
	for _, s := range flatten(propertiesOf(schemas, found)...) {
		if s.Types&spec.Object != 0 || len(s.Properties) > 0 {
			return found
		}
	}
	return ""
}

// write changes the entity that a PATCH or PUT is about. What it cannot keep without breaking the schema of the GET
// is a problem, and then nothing is changed.
func (m *memory) write(s *Server, x *exchange, ask fixtures.Ask, in spec.Input, p *plan) ([]spec.Problem, error) {
	get, status, media := x.reader()
	patch, isObject := in.Body.(*value.Object)
	steps, isList := in.Body.([]any)
	if get == nil || !isObject && !(isList && jsonPatch(in.MediaType)) || !in.HasBody || p.status >= 300 {
		return nil, nil
	}
	read := fixtures.Ask{Path: ask.Path, Key: ask.Key, Given: given(spec.Input{Path: in.Path}, ask.Path)}
	if n := x.api.book.Find(get, read); n != nil && n.Status(get) != status {
		return nil, nil
	}
	base, err := x.api.book.Response(get, status, media, read)
	if err != nil || !base.HasBody {
		return nil, nil // the GET says what is wrong with itself
	}
	e := locate(x.api, get, media, base.Value, read)
	if e == nil {
		return nil, nil
	}
	c := &changing{entity: e, media: media, request: x.bodySchema(in), put: x.op.Method == http.MethodPut, now: x.now()}
	if isObject && e.member != "" && patch.Len() == 1 {
		if inner, ok := patch.Get(e.member); ok {
			if o, ok := inner.(*value.Object); ok {
				patch, c.at = o, "/"+value.Escape(e.member)
				c.request = flatten(propertiesOf(c.request, e.member)...)
			}
		}
	}

	m.gate.RLock()
	defer m.gate.RUnlock()
	mu := m.lock(e.key)
	mu.Lock()
	defer mu.Unlock()
	current := e.object
	if r := m.get(e.key); r != nil {
		current = r.Object
	}
	if isList {
		patch, c.exact, c.request = c.stepped(current, steps), true, nil
	}
	next, problems := c.apply(current, patch)
	if isList {
		problems = nil // the document lets any steps be sent; those that cannot be taken are passed over
	}
	if len(problems) > 0 {
		return problems, nil
	}
	p.wrote = &change{schema: e.pointer, object: next}
	if value.Equal(next, current) {
		return nil, nil
	}
	r := &record{Schema: e.pointer, IDName: e.idName, ID: e.id, Object: next}
	if m.store != nil {
		if err := m.store.put(e.key, r); err != nil {
			return nil, err
		}
	}
	m.publish(e.key, r)
	return nil, nil
}

// changing is one change of an entity.
type changing struct {
	*entity
	media   *spec.MediaType
	request []*spec.Schema
	at      string // where the members stand in the request's body
	put     bool
	exact   bool // the members of the change replace, they are not merged
	now     time.Time
}

// check says how the GET's answer would break its schema with this entity.
func (c *changing) check(o *value.Object) []spec.Problem {
	return c.media.Schema.Check(put(nil, c.member, o), spec.Response)
}

// apply gives the entity after the change. The members that the request's schema declares are never refused here,
// since the document lets them be sent: one that the entity's schema has no place for is not remembered.
func (c *changing) apply(current, body *value.Object) (*value.Object, []spec.Problem) {
	var names []string
	for name := range body.All() {
		declared := propertiesOf(c.request, name)
		shown := propertiesOf(c.schemas, name)
		if flagged(declared, isWriteOnly) || flagged(shown, isWriteOnly) || flagged(declared, isReadOnly) || len(declared) == 0 && flagged(shown, isReadOnly) {
			continue
		}
		names = append(names, name)
	}
	next := c.merged(current, body, names)
	if c.put {
		next = c.replaced(next, body)
	}
	if len(c.check(next)) > 0 {
		next = current
		var problems []spec.Problem
		for _, name := range names {
			trial := c.merged(next, body, []string{name})
			broken := c.check(trial)
			if len(broken) == 0 {
				next = trial
				continue
			}
			shown := propertiesOf(c.schemas, name)
			if c.exact || len(propertiesOf(c.request, name)) > 0 || isRequired(c.request, name) || len(shown) == 0 {
				continue
			}
			first := broken[0]
			first.In, first.At = "body", c.at+"/"+value.Escape(name)
			problems = append(problems, first)
		}
		if len(problems) > 0 {
			return nil, problems
		}
	}
	if value.Equal(next, current) {
		return current, nil
	}
	if touched := c.touch(next, body); len(c.check(touched)) == 0 {
		next = touched
	}
	if len(c.check(next)) > 0 {
		return current, nil // the entity broke its schema before: it is not for this request to mend
	}
	return next, nil
}

// merged merges members as a JSON merge patch does (RFC 7396, section 2), but that null stays where the schema has it.
func (c *changing) merged(current, body *value.Object, names []string) *value.Object {
	out := shallow(current)
	for _, name := range names {
		v, _ := body.Get(name)
		old, _ := current.Get(name)
		if v == nil {
			if c.takesNull(name) {
				out.Set(name, nil)
			} else {
				out.Delete(name)
			}
			continue
		}
		if c.put || c.exact {
			out.Set(name, value.Clone(v))
			continue
		}
		out.Set(name, mergePatch(old, v))
	}
	return out
}

func (c *changing) takesNull(name string) bool {
	schemas := propertiesOf(c.schemas, name)
	for _, s := range schemas {
		if len(s.Check(nil, spec.Response)) > 0 {
			return false
		}
	}
	return len(schemas) > 0
}

// mergePatch is RFC 7396's MergePatch.
func mergePatch(target, patch any) any {
	p, ok := patch.(*value.Object)
	if !ok {
		return value.Clone(patch)
	}
	out := &value.Object{}
	if t, ok := target.(*value.Object); ok {
		out = shallow(t)
	}
	for name, v := range p.All() {
		if v == nil {
			out.Delete(name)
			continue
		}
		old, _ := out.Get(name)
		out.Set(name, mergePatch(old, v))
	}
	return out
}

// replaced takes away what a PUT does not send: members that its schema lets it send and that are not required.
func (c *changing) replaced(next, body *value.Object) *value.Object {
	required := map[string]bool{c.idName: true}
	for _, s := range c.schemas {
		for _, name := range s.Required {
			required[name] = true
		}
	}
	out := shallow(next)
	for name := range next.All() {
		declared := propertiesOf(c.request, name)
		if body.Has(name) || required[name] || len(declared) == 0 || flagged(declared, isReadOnly) || flagged(propertiesOf(c.schemas, name), isReadOnly) {
			continue
		}
		out.Delete(name)
	}
	return out
}

// clocks are the names, folded, of members that say when an entity last changed.
var clocks = map[string]bool{"updatedat": true, "modifiedat": true, "changedat": true, "lastmodified": true, "lastmodifiedat": true, "lastupdated": true, "lastupdatedat": true,
	"updated": true, "modified": true, "dateupdated": true, "datemodified": true, "updateddate": true, "modifieddate": true, "updatedon": true, "modifiedon": true,
	"updatetime": true, "updatedtime": true, "modifiedtime": true, "lastupdatetime": true, "lastmodifiedtime": true, "lastmodifieddate": true, "lastupdateddate": true}

// touch moves the members that say when the entity last changed, in the manner in which they were written before.
func (c *changing) touch(o, body *value.Object) *value.Object {
	out := shallow(o)
	for name, v := range o.All() {
		if !clocks[folded(name)] || body.Has(name) {
			continue
		}
		switch v := v.(type) {
		case string:
			if text, ok := clockLike(v, c.now); ok {
				out.Set(name, text)
			}
		case json.Number:
			if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n > 1e8 {
				if n > 1e11 {
					out.Set(name, json.Number(strconv.FormatInt(c.now.UnixMilli(), 10)))
				} else {
					out.Set(name, json.Number(strconv.FormatInt(c.now.Unix(), 10)))
				}
			}
		case nil:
			for _, s := range propertiesOf(c.schemas, name) {
				if s.Deref().Format == "date-time" {
					out.Set(name, c.now.UTC().Format("2006-01-02T15:04:05Z"))
				}
			}
		}
	}
	return out
}

// clockLike writes a moment as another one is written: RFC 3339 with as many digits after the second, or a date.
func clockLike(manner string, now time.Time) (string, bool) {
	if _, err := time.Parse(time.DateOnly, manner); err == nil {
		return now.UTC().Format(time.DateOnly), true
	}
	t, err := time.Parse(time.RFC3339Nano, manner)
	if err != nil {
		return "", false
	}
	layout := "2006-01-02T15:04:05"
	if i := strings.IndexByte(manner, '.'); i >= 0 {
		digits := 0
		for i+1+digits < len(manner) && manner[i+1+digits] >= '0' && manner[i+1+digits] <= '9' {
			digits++
		}
		layout += "." + strings.Repeat("0", min(digits, 9))
	}
	if strings.HasSuffix(strings.ToUpper(manner), "Z") {
		return now.UTC().Format(layout + "Z"), true
	}
	return now.In(t.Location()).Format(layout + "-07:00"), true
}

func (r *record) String() string { return fmt.Sprintf("%s %s=%s", r.Schema, r.IDName, r.ID) }
