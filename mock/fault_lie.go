package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

var _ = faults.Add(Fault{
	Name: "lie",
	Doc: "breaks the document in exactly one place of a documented answer, which Specimen-Source names: missing, type, null, enum, extra or format (check body; " +
		"extra where the schema is open: check undeclared), media-type, status, header (check headers); type:0.2 lies in a fifth of the requests",
	Example: "lie=missing",
	Caught:  "body",
	read: func(arg string) (strike, error) {
		kind, rate, cut := strings.Cut(arg, ":")
		if !slices.Contains(lieKinds, kind) {
			return nil, fmt.Errorf("no lie named %q; there are %s", kind, strings.Join(lieKinds, ", "))
		}
		if cut && rate == "" {
			return nil, errors.New("no share stands after the colon")
		}
		share, err := readShare(rate)
		return func(x *exchange, _ *turn, r *rand.Rand) bool {
			if len(x.harm.lies) > 0 || r.Float64() >= share {
				return false
			}
			x.harm.lies = append(x.harm.lies, lieAsked{kind: kind, text: "lie=" + arg, draw: r, byRequest: x.harm.asked})
			return false // it is noted when it is told
		}, err
	},
})

var lieKinds = []string{"missing", "type", "null", "enum", "extra", "format", "media-type", "status", "header"}

// lieAsked is a lie that is to be told if the answer has a place for it.
type lieAsked struct {
	kind      string
	text      string
	draw      *rand.Rand
	byRequest bool
}

// told is a lie as Specimen-Source names it.
func (rep *reply) told(keyword, at string) {
	rep.source = strings.TrimSpace("lie " + keyword + " " + at)
}

// lie tells the lie of the request in an answer that is ready. false: the answer has no place for it.
func (s *Server) lie(x *exchange, rep *reply, r *spec.ResponseSpec, m *spec.MediaType, body any, l lieAsked) bool {
	switch l.kind {
	case "status":
		for _, code := range []int{http.StatusNonAuthoritativeInfo, http.StatusIMUsed, http.StatusMultiStatus, http.StatusTeapot, 599} {
			if x.op.Response(code) == nil && len(x.op.Responses()) > 0 {
				rep.status = code
				rep.told("status", "")
				return true
			}
		}
		return false
	case "media-type":
		if m == nil || len(rep.body) == 0 || r.AnyContent {
			return false
		}
		for _, name := range []string{"text/html", "application/octet-stream", "application/x-lie"} {
			if spec.MatchMedia(r.Content, name) == nil {
				rep.header.Set("Content-Type", name)
				rep.told("media type", "")
				return true
			}
		}
		return false
	case "header":
		return lieInHeader(rep, r)
	}
	if m == nil || m.Schema == nil || !isJSON(m.Name) || len(rep.body) == 0 {
		return false
	}
	found := s.falsehood(x, rep.status, m, body, l)
	if found == nil {
		return false
	}
	data, _, err := m.EncodeBody(found.value)
	if err != nil {
		return false
	}
	rep.body = data
	rep.told(found.keyword, found.at)
	return true
}

func lieInHeader(rep *reply, r *spec.ResponseSpec) bool {
	for _, h := range r.Headers {
		if hopHeader(h.Name) || rep.header.Get(h.Name) == "" {
			continue
		}
		if h.Required {
			rep.header.Del(h.Name)
			rep.told("required", h.Name)
			return true
		}
		if h.Schema == nil {
			continue
		}
		if problems := h.Schema.Check("lie", spec.Response); len(problems) == 1 && h.Schema.Deref().Types&(spec.Array|spec.Object) == 0 {
			rep.header.Set(h.Name, "lie")
			rep.told(problems[0].Keyword, h.Name)
			return true
		}
	}
	return false
}

// falsehood is a body that breaks its schema in one place.
type falsehood struct {
	value   any
	keyword string
	at      string
}

// keywordsOf are those that a lie of a kind may break.
var keywordsOf = map[string][]string{
	"missing": {"required"}, "type": {"type"}, "null": {"type"}, "enum": {"enum", "const"},
	"extra": {"additionalProperties", "unevaluatedProperties"}, "format": {"format"},
}

// lieKey is what a spoiled value of the book is kept by.
type lieKey struct {
	m    *spec.MediaType
	kind string
}

const (
	maxLiePlaces = 400
	maxLieTries  = 120
	maxSpoiled   = 300
)

// falsehood looks for a lie in the answer itself, so that all the rest of it stays believable; where it has no place
// for one, among the values that the book spoils.
func (s *Server) falsehood(x *exchange, status int, m *spec.MediaType, body any, l lieAsked) *falsehood {
	places := placesOf(body, m.Schema)
	if len(places) > 0 {
		first := l.draw.IntN(len(places))
		tries := 0
		for i := range places {
			p := places[(first+i)%len(places)]
			for _, v := range p.lies(l.kind) {
				if tries++; tries > maxLieTries {
					break
				}
				if f := judge(m.Schema, replaced(body, p.at, v), l.kind); f != nil {
					return f
				}
			}
		}
	}
	if l.kind == "extra" {
		return undeclared(m.Schema, body)
	}
	key := lieKey{m, l.kind}
	if f, ok := s.lies.Load(key); ok {
		return f.(*falsehood)
	}
	var found *falsehood
	n := 0
	for sp := range x.api.book.Spoil(m.Schema, spec.Response, fmt.Sprintf("%s %s %d lie", x.op.Method, x.op.Path, status)) {
		if n++; n > maxSpoiled {
			break
		}
		if !slices.Contains(keywordsOf[l.kind], sp.Keyword) {
			continue
		}
		if v, ok := value.Pointer(sp.Value, sp.At); l.kind == "null" && (!ok || v != nil) || l.kind == "type" && ok && v == nil {
			continue
		}
		if found = judge(m.Schema, sp.Value, l.kind); found != nil {
			break
		}
	}
	s.lies.Store(key, found)
	return found
}

// judge says whether a value breaks its schema in one place alone, by a keyword of the lie.
func judge(schema *spec.Schema, v any, kind string) *falsehood {
	problems := schema.Check(v, spec.Response)
	if len(problems) != 1 || problems[0].Code != "" || !slices.Contains(keywordsOf[kind], problems[0].Keyword) {
		return nil
	}
	return &falsehood{v, problems[0].Keyword, problems[0].At}
}

// undeclared adds a member that the document does not know, where it takes any.
func undeclared(schema *spec.Schema, body any) *falsehood {
	for _, p := range placesOf(body, schema) {
		o, ok := p.v.(*value.Object)
		if !ok || o.Has("lie") || propertiesOf(p.schemas, "lie") != nil {
			continue
		}
		free := true
		for _, s := range p.schemas {
			free = free && s.AdditionalProperties == nil && len(s.PatternProperties) == 0
		}
		v := replaced(body, p.at, p.lies("extra")[0])
		if free && len(schema.Check(v, spec.Response)) == 0 {
			return &falsehood{v, "undeclared", pointerTo(p.at) + "/lie"}
		}
	}
	return nil
}

// liePlace is a place of a body and the schemas that speak of it.
type liePlace struct {
	v       any
	at      []string
	schemas []*spec.Schema
}

// placesOf gives the places of a body level by level; of the items of a list the first alone.
func placesOf(body any, schema *spec.Schema) []liePlace {
	queue := []liePlace{{body, nil, flatten(schema)}}
	for i := 0; i < len(queue) && len(queue) < maxLiePlaces; i++ {
		p := queue[i]
		switch v := p.v.(type) {
		case *value.Object:
			for name, y := range v.All() {
				if below := propertiesOf(p.schemas, name); below != nil {
					queue = append(queue, liePlace{y, append(slices.Clip(p.at), name), flatten(below...)})
				}
			}
		case []any:
			var below []*spec.Schema
			for _, s := range p.schemas {
				if s.Items != nil && len(s.PrefixItems) == 0 {
					below = append(below, s.Items)
				}
			}
			if len(v) > 0 && below != nil {
				queue = append(queue, liePlace{v[0], append(slices.Clip(p.at), "0"), flatten(below...)})
			}
		}
	}
	return queue
}

// lies are values for the place that may break its schema as the kind says.
func (p liePlace) lies(kind string) []any {
	switch kind {
	case "missing", "extra":
		o, ok := p.v.(*value.Object)
		if !ok {
			return nil
		}
		if kind == "extra" {
			next := shallow(o)
			next.Set("lie", true)
			return []any{next}
		}
		var out []any
		for _, s := range p.schemas {
			for _, name := range s.Required {
				if o.Has(name) {
					next := shallow(o)
					next.Delete(name)
					out = append(out, next)
				}
			}
		}
		return out
	case "null":
		if p.v != nil {
			return []any{nil}
		}
	case "type":
		switch v := p.v.(type) {
		case string:
			return []any{json.Number("7"), true}
		case json.Number:
			return []any{string(v), true}
		case bool:
			return []any{strconv.FormatBool(v)}
		case *value.Object:
			return []any{[]any{}, "lie"}
		case []any:
			return []any{&value.Object{}, "lie"}
		}
	case "enum", "format":
		asked := false
		for _, s := range p.schemas {
			asked = asked || kind == "format" && s.Format != "" || kind == "enum" && (len(s.Enum) > 0 || s.Const != nil)
		}
		if !asked {
			return nil
		}
		switch v := p.v.(type) {
		case string:
			return []any{"lie", strings.Repeat("x", max(1, len(v))), v + " lie"}
		case json.Number:
			return []any{json.Number("987654321"), json.Number("9999999999"), json.Number("-1")}
		}
	}
	return nil
}

// replaced copies a value as far as needed and puts another one in a place of it.
func replaced(v any, at []string, in any) any {
	if len(at) == 0 {
		return in
	}
	switch v := v.(type) {
	case *value.Object:
		out := shallow(v)
		inner, _ := v.Get(at[0])
		out.Set(at[0], replaced(inner, at[1:], in))
		return out
	case []any:
		out := slices.Clone(v)
		if i, err := strconv.Atoi(at[0]); err == nil && i < len(out) {
			out[i] = replaced(v[i], at[1:], in)
		}
		return out
	}
	return v
}

func pointerTo(at []string) string {
	var b strings.Builder
	for _, token := range at {
		b.WriteString("/" + value.Escape(token))
	}
	return b.String()
}
