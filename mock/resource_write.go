package mock

import (
	"encoding/json"
	"math/big"
	"net/http"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// create keeps the thing that a POST makes and says how its answer shows it.
func (h *shelf) create(x *exchange, ask fixtures.Ask, in spec.Input, p *plan) (*refusal, error) {
	body, ok := in.Body.(*value.Object)
	if !ok || !in.HasBody {
		return nil, nil
	}
	request := x.bodySchema(in)
	if body.Len() == 1 {
		for name, v := range body.All() {
			if inner, ok := v.(*value.Object); ok && enveloped(request, name) {
				body, request = inner, flatten(propertiesOf(request, name)...)
			}
		}
	}
	m := h.x.session.memory
	m.gate.RLock()
	defer m.gate.RUnlock()
	mu := m.lock("collection " + h.key)
	mu.Lock()
	defer mu.Unlock()
	once := h.again(x)
	if done := m.get(once); once != "" && done != nil {
		return h.repeated(x, body, done, p), nil
	}
	if taken := h.taken(x, body); taken != "" {
		return &refusal{status: http.StatusConflict, detail: "there is one with this " + taken + " already"}, nil
	}
	_, last := m.membersOf(h.key)
	id, native := h.fresh(x, body, request, last+1)
	if id == "" {
		return nil, nil
	}
	e, media := h.bare(id), &spec.MediaType{Name: h.r.media.Name, Schema: h.r.media.Schema}
	if h.r.read != nil {
		if e, ok = h.reads(id); !ok {
			return nil, nil
		}
	} else if len(h.r.lists) > 0 {
		if e.object = h.template(h.r.lists[0], id); e.object == nil {
			return nil, nil
		}
	}
	c := &changing{entity: e, media: media, request: request, now: h.x.now()}
	next := c.created(body, h.r.idMember, native)
	if next == nil {
		return nil, nil
	}
	if err := m.keep(e.key, &record{Schema: e.pointer, IDName: e.idName, ID: e.id, Object: next}); err != nil {
		return nil, err
	}
	if err := m.join(h.key, member{id: id, seq: last + 1, made: true}); err != nil {
		return nil, err
	}
	if once != "" {
		if err := m.keep(once, &record{Schema: "again", ID: id, Object: value.NewObject(value.Member{Name: "body", Value: digest(body)})}); err != nil {
			return nil, err
		}
	}
	h.shows(x, id, e, next, p)
	return nil, nil
}

// shows says how the answer of a POST shows the thing that it made.
func (h *shelf) shows(x *exchange, id string, e *entity, o *value.Object, p *plan) {
	p.compose = func(m *spec.MediaType, v any) (any, bool) { return h.answer(x, m, v, e, o), true }
	p.dress = func(r *spec.ResponseSpec, header http.Header, _ []byte) {
		h.location(x, id, r, header)
		tag(r, header, func() *value.Object { return o })
	}
}

// repeated answers a POST whose key was seen before: with what it made then, or with 409 when it says something else
// and that is declared.
func (h *shelf) repeated(x *exchange, body *value.Object, done *record, p *plan) *refusal {
	if was, _ := done.Object.Get("body"); was != digest(body) {
		for _, r := range x.op.Responses() {
			if r.Status == "409" {
				return &refusal{status: http.StatusConflict, detail: "the idempotency key was used for another request"}
			}
		}
	}
	e := h.bare(done.ID)
	if h.r.read != nil {
		found, ok := h.reads(done.ID)
		if !ok {
			return nil
		}
		e = found
	}
	if o := h.now(e); o != nil {
		h.shows(x, done.ID, e, o, p)
	}
	return nil
}

// taken names a member by which things are known and that another thing has already, where the POST declares 409.
func (h *shelf) taken(x *exchange, body *value.Object) string {
	declared := false
	for _, r := range x.op.Responses() {
		declared = declared || r.Status == "409"
	}
	if !declared {
		return ""
	}
	unique := map[string]bool{folded(h.r.idMember): true, "id": true, "slug": true, "email": true, "login": true, "username": true, "handle": true, "name": true}
	for name, v := range body.All() {
		text := textOf(v)
		if text == "" || !unique[folded(name)] {
			continue
		}
		for _, o := range h.objects() {
			if other, ok := o.Get(name); ok && textOf(other) == text {
				return name
			}
		}
	}
	return ""
}

// objects gives all things as they are now.
func (h *shelf) objects() []*value.Object {
	var out []*value.Object
	if len(h.r.lists) > 0 {
		entries, _, _ := h.all(h.r.lists[0])
		return entries
	}
	members, _ := h.x.session.memory.membersOf(h.key)
	for _, x := range members {
		if o := h.made(x.id); o != nil && !x.gone && x.made {
			out = append(out, o)
		}
	}
	return out
}

// fresh gives the id of a new thing: the one that the request says, where it may; else one like the others.
func (h *shelf) fresh(x *exchange, body *value.Object, request []*spec.Schema, seq int) (string, any) {
	name := h.r.idMember
	shown := propertiesOf(h.r.schemas, name)
	accepts := func(v any) bool {
		for _, s := range shown {
			if len(s.Check(v, spec.Response)) > 0 {
				return false
			}
		}
		return true
	}
	if v, ok := body.Get(name); ok {
		declared := propertiesOf(request, name)
		if text := textOf(v); text != "" && h.takes(text) && accepts(v) && !flagged(declared, isReadOnly) && (len(declared) > 0 || !flagged(shown, isReadOnly)) {
			return text, v
		}
	}
	used := map[string]bool{}
	most := new(big.Int)
	note := func(id string) {
		used[id] = true
		if n, ok := new(big.Int).SetString(id, 10); ok && n.Cmp(most) > 0 {
			most = n
		}
	}
	for _, l := range h.r.lists {
		for _, t := range h.base(l) {
			note(t.id)
		}
	}
	members, _ := h.x.session.memory.membersOf(h.key)
	for _, m := range members {
		note(m.id)
	}
	numeric := false
	for _, d := range flatten(shown...) {
		numeric = numeric || d.Types&(spec.Integer|spec.Number) != 0
	}
	if numeric {
		for step := int64(1); step <= 3; step++ {
			id := new(big.Int).Add(most, big.NewInt(step)).String()
			if h.takes(id) && accepts(json.Number(id)) {
				return id, json.Number(id)
			}
		}
	}
	var whole *spec.Schema
	switch {
	case h.r.read != nil:
		whole = h.r.media.Schema
	case len(h.r.lists) > 0:
		whole = h.r.lists[0].entry
	}
	for try := 0; try < 24; try++ {
		address := h.key + " new " + strconv.Itoa(seq) + strings.Repeat("'", try)
		var v any
		if try < 12 && whole != nil {
			// an id of the whole thing is one like the others'
			made, err := h.api.book.Value(whole, spec.Response, address, fixtures.Ask{})
			if err != nil {
				continue
			}
			o, _ := made.(*value.Object)
			if o != nil && h.r.member != "" {
				inner, _ := o.Get(h.r.member)
				o, _ = inner.(*value.Object)
			}
			if o == nil {
				continue
			}
			v, _ = o.Get(name)
		} else if h.r.idParam != nil && h.r.idParam.Schema != nil {
			v, _ = h.api.book.Value(h.r.idParam.Schema, spec.Response, address, fixtures.Ask{})
		}
		if id := textOf(v); id != "" && !used[id] && h.takes(id) && accepts(v) {
			return id, v
		}
	}
	return "", nil
}

// created gives a new thing: what the request says over what the service would make of it.
func (c *changing) created(body *value.Object, idName string, id any) *value.Object {
	var names []string
	for name := range body.All() {
		declared, shown := propertiesOf(c.request, name), propertiesOf(c.schemas, name)
		if name == idName || flagged(declared, isWriteOnly) || flagged(shown, isWriteOnly) || flagged(declared, isReadOnly) || len(declared) == 0 && flagged(shown, isReadOnly) {
			continue
		}
		names = append(names, name)
	}
	start := shallow(c.object)
	if shown := propertiesOf(c.schemas, idName); len(shown) > 0 || c.object.Has(idName) {
		start.Set(idName, id)
	}
	if len(c.check(start)) > 0 {
		start = c.object
	}
	c.exact = true // a new thing has no members to merge with
	clean := c.unsent(start, body, idName)
	for _, from := range []*value.Object{clean, start} {
		for _, clocked := range []bool{true, false} {
			next := c.merged(from, body, names)
			if clocked {
				next = c.born(next, body)
			}
			if len(c.check(next)) == 0 {
				return next
			}
		}
	}
	next := start
	for _, name := range names {
		if trial := c.merged(next, body, []string{name}); len(c.check(trial)) == 0 {
			next = trial
		}
	}
	if len(c.check(next)) > 0 {
		return nil
	}
	if trial := c.born(next, body); len(c.check(trial)) == 0 {
		next = trial
	}
	return next
}

// unsent takes away what the request could have said and did not: the default stands in its place, or null.
func (c *changing) unsent(o, body *value.Object, idName string) *value.Object {
	required := map[string]bool{idName: true, c.idName: true}
	for _, s := range c.schemas {
		for _, name := range s.Required {
			required[name] = true
		}
	}
	out := shallow(o)
	for name := range o.All() {
		declared := propertiesOf(c.request, name)
		if body.Has(name) || name == idName || len(declared) == 0 || flagged(declared, isReadOnly) || flagged(propertiesOf(c.schemas, name), isReadOnly) {
			continue
		}
		var fallback *spec.Literal
		for _, s := range flatten(append(append([]*spec.Schema(nil), declared...), propertiesOf(c.schemas, name)...)...) {
			if fallback == nil && s.Default != nil {
				fallback = s.Default
			}
		}
		switch {
		case fallback != nil:
			out.Set(name, value.Clone(fallback.Value))
		case c.takesNull(name):
			out.Set(name, nil)
		case !required[name]:
			out.Delete(name)
		}
	}
	return out
}

// births are the names, folded, of members that say when a thing began.
var births = map[string]bool{"createdat": true, "created": true, "createdon": true, "createddate": true, "datecreated": true, "createtime": true, "createdtime": true, "creationdate": true, "creationtime": true, "insertedat": true, "addedat": true, "uploadedat": true}

// born moves the members that say when the thing began and when it last changed.
func (c *changing) born(o, body *value.Object) *value.Object {
	out := c.touch(o, body)
	for name, v := range o.All() {
		if !births[folded(name)] || body.Has(name) {
			continue
		}
		switch v := v.(type) {
		case string:
			if text, ok := clockLike(v, c.now); ok {
				out.Set(name, text)
			}
		case json.Number:
			if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n > 1e8 {
				at := c.now.Unix()
				if n > 1e11 {
					at = c.now.UnixMilli()
				}
				out.Set(name, json.Number(strconv.FormatInt(at, 10)))
			}
		}
	}
	return out
}

// answer shows a thing in the body of a POST's, PUT's or DELETE's answer, as far as the schema there has room for it.
func (h *shelf) answer(x *exchange, m *spec.MediaType, body any, e *entity, object *value.Object) any {
	if m.Schema == nil {
		return body
	}
	fits := func(v any) bool { return len(m.Schema.Check(v, spec.Response)) == 0 }
	top, ok := body.(*value.Object)
	if !ok {
		return body
	}
	flat := flatten(m.Schema)
	title := h.api.doc.Title + " "
	if title+component(flat, m.Schema) == e.pointer && fits(object) {
		return object
	}
	// the thing stands below: {data: {...}}, {ok: true, thing: {...}}
	out := shallow(top)
	below := false
	for name, v := range top.All() {
		schemas := flatten(propertiesOf(flat, name)...)
		if _, ok := v.(*value.Object); !ok || len(schemas) == 0 {
			continue
		}
		same := title+component(schemas, m.Schema) == e.pointer
		if !same && !(top.Len() == 1 && objects(schemas)) {
			continue
		}
		trial := shallow(out)
		trial.Set(name, object)
		if !same {
			trial.Set(name, alike(schemas, v.(*value.Object), object, func(o *value.Object) bool { t := shallow(out); t.Set(name, o); return fits(t) }))
		}
		if fits(trial) {
			out, below = trial, true
		}
	}
	if below && top.Len() == 1 {
		return out
	}
	return alike(flat, out, object, func(o *value.Object) bool { return fits(o) })
}

// alike puts the members that both have in common into an object, as far as it stays valid.
func alike(schemas []*spec.Schema, into, from *value.Object, fits func(*value.Object) bool) *value.Object {
	out := into
	for name, v := range from.All() {
		if len(propertiesOf(schemas, name)) == 0 {
			continue
		}
		trial := shallow(out)
		trial.Set(name, v)
		if fits(trial) {
			out = trial
		}
	}
	return out
}

// location lets Location lead to the new thing, where the answer declares it.
func (h *shelf) location(x *exchange, id string, r *spec.ResponseSpec, header http.Header) {
	for _, d := range r.Headers {
		if !strings.EqualFold(d.Name, "Location") {
			continue
		}
		path := h.address(x, id)
		scheme := "http"
		if x.r.TLS != nil {
			scheme = "https"
		}
		for _, candidate := range []string{path, scheme + "://" + headerSafe(x.r.Host) + path} {
			if d.Schema == nil || len(d.Schema.Check(candidate, spec.Response)) == 0 {
				header.Set("Location", candidate)
				return
			}
		}
	}
}

// replace lets a PUT bring a thing into being: one that is not known belongs to the collection from then on. Where
// the thing has no GET, what is sent is kept here.
func (h *shelf) replace(x *exchange, ask fixtures.Ask, id string, in spec.Input, p *plan) (*refusal, error) {
	body, ok := in.Body.(*value.Object)
	if !ok || !in.HasBody {
		return nil, nil
	}
	known, _ := h.has(id)
	if !known {
		for _, r := range x.op.Responses() {
			if r.Status == "201" && p.status == http.StatusOK {
				p.status = http.StatusCreated
			}
		}
	}
	m := h.x.session.memory
	p.then = func() error {
		m.gate.RLock()
		defer m.gate.RUnlock()
		mu := m.lock("collection " + h.key)
		mu.Lock()
		defer mu.Unlock()
		if h.r.read == nil && len(h.r.lists) > 0 {
			if err := h.put(x, id, body, in, p); err != nil {
				return err
			}
		}
		if now, gone := h.has(id); now && !gone {
			return nil
		}
		if h.r.read != nil && p.wrote == nil {
			return nil
		}
		_, last := m.membersOf(h.key)
		return m.join(h.key, member{id: id, seq: last + 1, made: true})
	}
	return nil, nil
}

// put keeps a thing that has no GET.
func (h *shelf) put(x *exchange, id string, body *value.Object, in spec.Input, p *plan) error {
	l := h.r.lists[0]
	e := h.bare(id)
	if r := h.x.session.memory.get(e.key); r != nil {
		e.object = r.Object
	} else {
		for _, t := range h.base(l) {
			if t.id == id {
				e.object = t.entry
			}
		}
	}
	if e.object == nil {
		e.object = h.template(l, id)
	}
	if e.object == nil {
		return nil
	}
	var native any = id
	if v, _ := e.object.Get(h.r.idMember); value.Kind(v) == "integer" || value.Kind(v) == "number" {
		native = json.Number(id)
	}
	c := &changing{entity: e, media: h.r.media, request: x.bodySchema(in), now: h.x.now()}
	next := c.created(body, h.r.idMember, native)
	if next == nil {
		return nil
	}
	if err := h.x.session.memory.keep(e.key, &record{Schema: e.pointer, IDName: e.idName, ID: e.id, Object: next}); err != nil {
		return err
	}
	p.compose = func(m *spec.MediaType, v any) (any, bool) { return h.answer(x, m, v, e, next), true }
	return nil
}

// remove lets a thing be gone. Only what is known can go: an id that was neither listed nor created stands for a
// thing of its own each time that it is asked for, and so does one that the document gives as its example.
func (h *shelf) remove(x *exchange, id string, p *plan) (*refusal, error) {
	m := h.x.session.memory
	m.gate.RLock()
	defer m.gate.RUnlock()
	mu := m.lock("collection " + h.key)
	mu.Lock()
	defer mu.Unlock()
	known, gone := h.has(id)
	if gone {
		return &refusal{status: http.StatusNotFound, detail: "there is nothing with this id"}, nil
	}
	if !known || h.exemplary(id) {
		return nil, nil
	}
	e := h.bare(id)
	if h.r.read != nil {
		if found, ok := h.reads(id); ok {
			e = found
		}
	}
	if o := h.now(e); o != nil {
		p.compose = func(m *spec.MediaType, v any) (any, bool) { return h.answer(x, m, v, e, o), true }
	}
	was, ok := m.memberOf(h.key, id)
	if !ok {
		was = member{id: id}
	}
	was.gone = true
	return nil, m.join(h.key, was)
}
