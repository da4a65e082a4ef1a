package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/cache"
	"github.com/pb33f/libopenapi-validator/config"
	liberrors "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/helpers"
	"github.com/pb33f/libopenapi-validator/schema_validation"
	"github.com/pb33f/libopenapi/datamodel"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"

	"github.com/specimen-api/specimen/internal/value"
)

// libopenapi-validator is given a slice of the document for each operation, when the operation is first judged: the
// whole document would take it minutes. In the place of each schema stands a small one with a title of its own, and when the
// validator looks for a compiled schema under the hash of the small one it finds the one that judge.go compiled. So
// it decides which schema a message has to obey, and what the schema says is said once.

// referee is the validator for one operation.
type referee struct {
	once  sync.Once
	judge validator.Validator
	item  *v3.PathItem
	path  string
	err   error
}

// maxReferees bounds how many operations keep their validator, at about a quarter of a MiB each. The one that was built
// first goes first; building it again takes a few milliseconds.
const maxReferees = 128

// referees are the operations of a document that hold a validator, in the order in which they got it.
type referees struct {
	mu  sync.Mutex
	ops []*Operation
}

func (op *Operation) validator() *referee {
	r := op.referee.Load()
	if r == nil {
		r = &referee{}
		if op.referee.CompareAndSwap(nil, r) {
			op.doc.referees.add(op)
		} else if r = op.referee.Load(); r == nil {
			r = &referee{}
		}
	}
	r.once.Do(func() {
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("libopenapi gave up on the operation: %v", p)
			}
		}()
		r.err = r.build(op)
	})
	return r
}

func (all *referees) add(op *Operation) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.ops = append(all.ops, op)
	if len(all.ops) > maxReferees {
		all.ops[0].referee.Store(nil)
		all.ops = append(all.ops[:0:0], all.ops[1:]...)
	}
}

func (r *referee) build(op *Operation) error {
	sl := &slicer{doc: op.doc, op: op, stub: stubSchema}
	slice := sl.slice()
	// whichever version the document has, its schemas are those of 2020-12 by now
	slice.Set("openapi", "3.1.0")
	doc, err := libopenapi.NewDocumentWithConfiguration(value.Append(nil, slice), &datamodel.DocumentConfiguration{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("libopenapi cannot read the operation: %w", err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		return fmt.Errorf("libopenapi cannot model the operation: %w", err)
	}
	schemas := &schemaCache{}
	r.judge = validator.NewValidatorFromV3Model(&model.Model, config.WithSchemaCache(schemas), config.WithoutSecurityValidation(), config.WithFormatAssertions())
	for pair := model.Model.Paths.PathItems.First(); pair != nil; pair = pair.Next() {
		r.path, r.item = pair.Key(), pair.Value()
	}
	if r.item == nil || r.item.Post == nil {
		return errors.New("libopenapi found no operation in the slice")
	}
	schemas.fill(r.item.Post, sl.sites)
	return nil
}

// stubSchema writes what the validator reads in the place of a schema: the types that it needs to take parameters apart,
// and a title that makes its hash one of a kind.
func stubSchema(s *Schema, number int) any {
	out := stubTypes(shapeOf(s), 0)
	out.Set("title", stubTitle+strconv.Itoa(number))
	return out
}

const stubTitle = "schema "

func stubTypes(sh shape, depth int) *value.Object {
	out := &value.Object{}
	kinds := sh.kinds()
	if kinds != AnyType {
		var names []any
		for _, t := range typeNames {
			if kinds&t.t != 0 && (t.t != Integer || kinds&Number == 0) {
				names = append(names, t.name)
			}
		}
		if len(names) == 1 {
			out.Set("type", names[0])
		} else {
			out.Set("type", names)
		}
	}
	if depth < 2 && kinds != AnyType {
		if kinds&Array != 0 {
			out.Set("items", stubTypes(sh.item(0), depth+1))
		}
		if kinds&Object != 0 {
			members := &value.Object{}
			for _, name := range sh.names() {
				members.Set(name, stubTypes(sh.property(name), depth+1))
			}
			if members.Len() > 0 {
				out.Set("properties", members)
			}
		}
	}
	return out
}

// schemaCache answers the validator's search for compiled schemas. While the validator is built it answers that
// everything is there: it would compile every schema otherwise. That a Load that finds something means "skip" is not
// documented; a test holds it.
type schemaCache struct {
	filled  bool
	mu      sync.RWMutex
	entries map[uint64]*cachedSchema
	stored  sync.Map // what the validator compiled itself, from a stub
}

type cachedSchema struct {
	schema *Schema
	dir    Direction
	once   sync.Once
	entry  *cache.SchemaCacheEntry
}

func (c *schemaCache) Load(key uint64) (*cache.SchemaCacheEntry, bool) {
	c.mu.RLock()
	filled, known := c.filled, c.entries[key]
	c.mu.RUnlock()
	if !filled {
		return &cache.SchemaCacheEntry{}, true
	}
	if known == nil {
		if e, ok := c.stored.Load(key); ok {
			return e.(*cache.SchemaCacheEntry), true
		}
		return nil, false
	}
	known.once.Do(func() {
		compiled, err := known.schema.judge(known.dir).entry(known.schema).get()
		if err != nil {
			return
		}
		known.entry = &cache.SchemaCacheEntry{CompiledSchema: compiled, RenderedInline: []byte("{}"), RenderedJSON: []byte("{}"), RenderedNode: &yaml.Node{Kind: yaml.MappingNode}}
	})
	return known.entry, known.entry != nil
}

func (c *schemaCache) Store(key uint64, e *cache.SchemaCacheEntry) { c.stored.Store(key, e) }

func (c *schemaCache) Range(f func(key uint64, e *cache.SchemaCacheEntry) bool) {
	c.stored.Range(func(k, e any) bool { return f(k.(uint64), e.(*cache.SchemaCacheEntry)) })
}

// fill notes which of our schemas stands behind each key that the validator will ask for.
func (c *schemaCache) fill(op *v3.Operation, sites []site) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filled, c.entries = true, map[uint64]*cachedSchema{}
	clash := map[uint64]bool{}
	add := func(proxy *base.SchemaProxy, purpose schema_validation.SchemaValidationPurpose, dir Direction) {
		if proxy == nil {
			return
		}
		stub := proxy.Schema()
		if stub == nil || stub.GoLow() == nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimPrefix(stub.Title, stubTitle))
		if err != nil || n >= len(sites) || sites[n].schema == nil {
			return
		}
		key := schema_validation.SchemaCacheKey(stub.GoLow().Hash(), 3.1, purpose)
		if other := c.entries[key]; other != nil && other.schema != sites[n].schema {
			clash[key] = true
		}
		c.entries[key] = &cachedSchema{schema: sites[n].schema, dir: dir}
	}
	content := func(m *orderedmap.Map[string, *v3.MediaType], purpose schema_validation.SchemaValidationPurpose, dir Direction) {
		for pair := m.First(); pair != nil; pair = pair.Next() {
			add(pair.Value().Schema, purpose, dir)
		}
	}
	response := func(r *v3.Response) {
		if r == nil {
			return
		}
		content(r.Content, schema_validation.SchemaValidationPurposeResponseBody, Response)
		for pair := r.Headers.First(); pair != nil; pair = pair.Next() {
			add(pair.Value().Schema, schema_validation.SchemaValidationPurposeGeneric, Response)
		}
	}
	for _, p := range op.Parameters {
		add(p.Schema, schema_validation.SchemaValidationPurposeGeneric, Request)
		content(p.Content, schema_validation.SchemaValidationPurposeGeneric, Request)
	}
	if op.RequestBody != nil {
		content(op.RequestBody.Content, schema_validation.SchemaValidationPurposeRequestBody, Request)
	}
	if op.Responses != nil {
		for pair := op.Responses.Codes.First(); pair != nil; pair = pair.Next() {
			response(pair.Value())
		}
		response(op.Responses.Default)
	}
	for key := range clash {
		delete(c.entries, key)
	}
}

// verdict is what the validator says of a response, untouched but for the media type, which is the documented one
// that the response was matched with.
func (r *referee) verdict(res *http.Response, m *MediaType, data []byte) (errs []*liberrors.ValidationError, err error) {
	if r.err != nil {
		return nil, r.err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("libopenapi-validator gave up: %v", p)
		}
	}()
	req, err := http.NewRequest(http.MethodPost, "http://localhost/", nil)
	if err != nil {
		return nil, err
	}
	seen := &http.Response{StatusCode: res.StatusCode, Header: res.Header.Clone(), Body: io.NopCloser(bytes.NewReader(data)), Request: req}
	if m != nil {
		seen.Header.Set("Content-Type", m.Name)
	}
	_, errs = r.judge.GetResponseBodyValidator().ValidateResponseBodyWithPathItem(req, seen, r.item, r.path)
	return errs, nil
}

// secondOpinion gives what the validator finds wrong with the body of a response. Its word does not count where
// it has lost what was sent: it reads numbers as float64.
func (op *Operation) secondOpinion(res *http.Response, m *MediaType, data []byte, v any) []Problem {
	errs, err := op.validator().verdict(res, m, data)
	if err != nil || !exact(v) {
		return nil
	}
	var out []Problem
	for _, e := range errs {
		if e.ValidationSubType == helpers.Schema { // not those of headers, which are read otherwise
			out = append(out, schemaErrors(e, m.Schema, v, Response)...)
		}
	}
	return out
}

// schemaErrors reads the engine's own error out of one of the validator's.
func schemaErrors(e *liberrors.ValidationError, s *Schema, v any, dir Direction) []Problem {
	if s == nil {
		return nil
	}
	for _, f := range e.SchemaValidationErrors {
		if f.OriginalJsonSchemaError != nil {
			return s.judge(dir).problems(s, f.OriginalJsonSchemaError, v)
		}
	}
	return nil
}

// exact says that float64 holds every number of a value.
func exact(v any) bool {
	switch v := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		r, ok := value.Rat(v)
		if err != nil || !ok {
			return false
		}
		short, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
		return short != nil && short.Cmp(r) == 0
	case []any:
		for _, x := range v {
			if !exact(x) {
				return false
			}
		}
	case *value.Object:
		for _, x := range v.All() {
			if !exact(x) {
				return false
			}
		}
	}
	return true
}

// JudgeRequest says what libopenapi-validator finds wrong with a request, in its own words but for the body's schema.
// The body is read and put back. It is a second opinion to CheckRequest: what it does not know (credentials, streams,
// media type ranges) it does not judge.
func (op *Operation) JudgeRequest(r *http.Request) (out []Problem) {
	data, p := readBody(&r.Body)
	if p != nil {
		return []Problem{*p}
	}
	ref := op.validator()
	if ref.err != nil {
		return []Problem{{Severity: Warning, In: "request", Message: ref.err.Error(), Position: op.Position, Pointer: op.Pointer}}
	}
	defer func() {
		if p := recover(); p != nil {
			out = []Problem{{Severity: Warning, In: "request", Message: fmt.Sprintf("libopenapi-validator gave up: %v", p), Position: op.Position, Pointer: op.Pointer}}
		}
	}()
	seen := r.Clone(r.Context())
	seen.Method = http.MethodPost
	seen.Body = io.NopCloser(bytes.NewReader(data))
	if len(data) == 0 {
		seen.Body = http.NoBody
	}
	seen.URL = op.withoutServer(r.URL)
	_, errs := ref.judge.ValidateHttpRequestSyncWithPathItem(seen, ref.item, ref.path)
	for _, e := range errs {
		out = append(out, op.requestProblem(e, r, data)...)
	}
	return out
}

// withoutServer takes the path of the operation's server off a URL; the slice knows no servers.
func (op *Operation) withoutServer(u *url.URL) *url.URL {
	out := *u
	best := ""
	for _, s := range op.Servers() {
		if len(s.Path) > len(best) && strings.HasPrefix(u.EscapedPath(), s.Path+"/") {
			best = s.Path
		}
	}
	if best == "" {
		return &out
	}
	out.RawPath = strings.TrimPrefix(u.EscapedPath(), best)
	if p, err := url.PathUnescape(out.RawPath); err == nil {
		out.Path = p
	}
	return &out
}

func (op *Operation) requestProblem(e *liberrors.ValidationError, r *http.Request, data []byte) []Problem {
	body := op.Body()
	switch e.ValidationType {
	case "request", "requestBody":
		if body == nil {
			break
		}
		m := body.Match(r.Header.Get("Content-Type"))
		if m != nil {
			if v, err := value.Parse(data); err == nil {
				if list := schemaErrors(e, m.Schema, v, Request); list != nil {
					for i := range list {
						list[i].In = "body"
					}
					return list
				}
			}
		}
		return []Problem{{In: "body", Keyword: e.ValidationSubType, Message: oneLine(e.Reason), Position: body.Position, Pointer: body.Pointer}}
	case "parameter":
		p := op.Parameter(e.ValidationSubType, e.ParameterName)
		out := Problem{In: strings.TrimSpace(e.ValidationSubType + " " + e.ParameterName), Keyword: "schema", Message: oneLine(e.Reason), Position: op.Position, Pointer: op.Pointer}
		if p != nil {
			out.Position, out.Pointer = p.Position, p.Pointer
		}
		for _, f := range e.SchemaValidationErrors {
			out.Keyword = f.KeywordLocation[strings.LastIndexByte(f.KeywordLocation, '/')+1:]
			out.Message = oneLine(f.Reason)
			break
		}
		if p != nil && (p.Schema.secret() || secretName.MatchString(p.Name) || p.In == "cookie") {
			out.Message = "the value does not fit, or is missing" // the validator's own words hold the value
		}
		return []Problem{out}
	}
	return []Problem{{In: "request", Keyword: e.ValidationType, Message: oneLine(e.Message + ": " + e.Reason), Position: op.Position, Pointer: op.Pointer}}
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
