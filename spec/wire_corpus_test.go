package spec

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

// plainFor makes a simple value of the kind that the schemas ask for; ok is false when there is none that is simple.
func plainFor(sh shape, name string, depth int) (any, bool) {
	var listed any
	sh.each(func(s *Schema) {
		if listed == nil && len(s.Enum) > 0 {
			listed = s.Enum[0].Value
		}
	})
	kinds := sh.kinds()
	switch {
	case listed != nil && kinds&typeOf(listed) != 0:
		return listed, true
	case kinds == AnyType, kinds&String != 0:
		return "x" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return '-'
		}, name), true
	case kinds&(Integer|Number) != 0:
		return json.Number("7"), true
	case kinds&Boolean != 0:
		return true, true
	case kinds&Array != 0:
		first, ok := plainFor(sh.item(0), name, depth-1)
		second, _ := plainFor(sh.item(1), name, depth-1)
		return []any{first, second}, ok
	case kinds&Object != 0 && depth > 0:
		o := &value.Object{}
		for _, prop := range sh.names() {
			if v, ok := plainFor(sh.property(prop), prop, depth-1); ok {
				o.Set(prop, v)
			}
		}
		return o, o.Len() > 0
	}
	return nil, false
}

func bodyFor(m *MediaType) (any, bool) {
	name, _ := mediaName(m.concrete())
	f := formOf(name)
	if f == formBinary && !m.json() {
		return []byte{0xff}, true
	}
	if f == formText {
		return "text", true
	}
	v, ok := plainFor(shapeOf(m.Schema), "body", 4)
	if _, stream := m.Items(); stream {
		return []any{v, v}, ok
	}
	if _, object := v.(*value.Object); !object && (f == formURL || f == formMultipart) {
		return value.NewObject(value.Member{Name: "a", Value: "b"}), true
	}
	return v, ok
}

// each is the schemas' walk for tests.
func (sh shape) each(visit func(*Schema)) {
	for _, s := range sh {
		each(s, visit)
	}
}

func TestRequestsOfTheCorpusArriveAsTheyWereSent(t *testing.T) {
	docs := corpus(t)
	var names []string
	for name := range docs {
		names = append(names, name)
	}
	sort.Strings(names)
	operations, lost, values := 0, 0, 0
	bodies := map[string]int{}
	for _, name := range names {
		d, err := Load(context.Background(), docs[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Operations() {
			in := Input{}
			for _, p := range op.Parameters() {
				sh := shapeOf(p.Schema)
				if p.Content != nil {
					sh = shapeOf(p.Content.Schema)
				}
				v, ok := plainFor(sh, p.Name, 2)
				if !ok {
					continue
				}
				if err := p.Encodable(v); err == nil {
					in.Set(p, v)
					values++
				} else if p.In == "path" {
					t.Errorf("%s %s %s: %v", name, op.ID, p.place(), err)
				}
			}
			content := []*MediaType{nil}
			if body := op.Body(); body != nil && len(body.Content) > 0 {
				content = body.Content
			}
			for _, m := range content {
				in.HasBody, in.MediaType, in.Body = false, "", nil
				if m != nil {
					in.Body, in.HasBody = bodyFor(m)
					in.MediaType = m.Name
					kind, _ := mediaName(m.Name)
					bodies[kind]++
				}
				req, err := op.NewRequest(context.Background(), "http://api.test", in)
				if err != nil {
					t.Errorf("%s %s %s: %v", name, op.ID, in.MediaType, err)
					continue
				}
				r := httptest.NewRequest(req.Method, req.URL.String(), req.Body)
				r.Header = req.Header
				operations++
				route := d.Route(r)
				if route.Operation != op {
					lost++
					t.Logf("%s: %s %s leads to %v", name, op.ID, r.URL, route.Operation)
					continue
				}
				got, problems := op.Decode(r, route)
				for _, p := range problems {
					if p.Keyword != "required" {
						t.Errorf("%s %s %s: %s", name, op.ID, in.MediaType, p)
					}
				}
				if len(got.Unknown) > 0 {
					t.Errorf("%s %s: got unknown %v", name, op.ID, got.Unknown)
				}
				for _, p := range op.Parameters() {
					want, sent := in.Value(p)
					if p.Name == "Content-Length" {
						continue // the body's own
					}
					if v, ok := got.Value(p); ok != sent || !value.Equal(v, want) {
						t.Errorf("%s %s %s: got %s, want %s (%s)", name, op.ID, p.place(), show(v), show(want), r.URL)
					}
				}
				if in.HasBody && show(got.Body) != show(in.Body) && !value.Equal(got.Body, in.Body) {
					t.Errorf("%s %s body %s: got %s, want %s", name, op.ID, in.MediaType, show(got.Body), show(in.Body))
				}
			}
		}
	}
	t.Logf("bodies: %v", bodies)
	t.Logf("%d operations, %d values; %d requests led elsewhere", operations, values, lost)
	if lost*100 > operations {
		t.Errorf("%d of %d requests led to another operation", lost, operations)
	}
}
