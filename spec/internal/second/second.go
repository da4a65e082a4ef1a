// Package second asks libopenapi-validator for its opinion of a message. It stands apart, behind an interface of plain types,
// because whoever imports the library's generic types compiles them again.
package second

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// Title begins the title of each schema in a slice; the schema's number follows. It makes the hash of each one of a kind.
const Title = "schema "

// Lookup gives the compiled schema of a number; nil when there is none.
type Lookup func(number int, request bool) (*jsonschema.Schema, error)

// Judge is the validator for one operation. Any number of goroutines may ask it.
type Judge interface {
	// Response gives what is wrong with a response whose body is data. mediaType, when not "", stands for its Content-Type.
	Response(res *http.Response, mediaType string, data []byte) ([]Error, error)
	// Request gives what is wrong with a request to the path of the slice whose body is data.
	Request(r *http.Request, data []byte) ([]Error, error)
}

// Error is one of the validator's errors.
type Error struct {
	Type, SubType, Parameter string
	Schema                   bool // SubType says that a body's schema is broken
	Message, Reason          string
	Keyword, Detail          string                      // of the first schema failure: its keyword and reason
	Cause                    *jsonschema.ValidationError // the engine's own error; nil when there is none
}

type judge struct {
	validator validator.Validator
	schemas   *schemaCache
	item      *v3.PathItem
	path      string
}

// New reads a slice: an OpenAPI 3.1 document of one path with one operation, a POST, whose schemas have a title made
// of Title and their number. lookup gives the schemas that they stand for.
func New(slice []byte, lookup Lookup) (_ Judge, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("libopenapi gave up on the operation: %v", p)
		}
	}()
	doc, err := libopenapi.NewDocumentWithConfiguration(slice, &datamodel.DocumentConfiguration{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("libopenapi cannot read the operation: %w", err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("libopenapi cannot model the operation: %w", err)
	}
	j := &judge{schemas: &schemaCache{}}
	j.validator = validator.NewValidatorFromV3Model(&model.Model, config.WithSchemaCache(j.schemas), config.WithoutSecurityValidation(), config.WithFormatAssertions())
	for pair := model.Model.Paths.PathItems.First(); pair != nil; pair = pair.Next() {
		j.path, j.item = pair.Key(), pair.Value()
	}
	if j.item == nil || j.item.Post == nil {
		return nil, errors.New("libopenapi found no operation in the slice")
	}
	j.schemas.fill(j.item.Post, lookup)
	return j, nil
}

func (j *judge) Response(res *http.Response, mediaType string, data []byte) (out []Error, err error) {
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
	if mediaType != "" {
		seen.Header.Set("Content-Type", mediaType)
	}
	_, errs := j.validator.GetResponseBodyValidator().ValidateResponseBodyWithPathItem(req, seen, j.item, j.path)
	return read(errs), nil
}

func (j *judge) Request(r *http.Request, data []byte) (out []Error, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("libopenapi-validator gave up: %v", p)
		}
	}()
	seen := r.Clone(r.Context())
	seen.Method = http.MethodPost
	seen.Body = http.NoBody
	if len(data) > 0 {
		seen.Body = io.NopCloser(bytes.NewReader(data))
	}
	_, errs := j.validator.ValidateHttpRequestSyncWithPathItem(seen, j.item, j.path)
	return read(errs), nil
}

func read(errs []*liberrors.ValidationError) []Error {
	var out []Error
	for _, e := range errs {
		one := Error{Type: e.ValidationType, SubType: e.ValidationSubType, Parameter: e.ParameterName, Schema: e.ValidationSubType == helpers.Schema, Message: e.Message, Reason: e.Reason}
		for i, f := range e.SchemaValidationErrors {
			if i == 0 {
				one.Keyword, one.Detail = f.KeywordLocation[strings.LastIndexByte(f.KeywordLocation, '/')+1:], f.Reason
			}
			if one.Cause == nil {
				one.Cause = f.OriginalJsonSchemaError
			}
		}
		out = append(out, one)
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
	number  int
	request bool
	lookup  Lookup
	once    sync.Once
	entry   *cache.SchemaCacheEntry
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
		compiled, err := known.lookup(known.number, known.request)
		if err != nil || compiled == nil {
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
func (c *schemaCache) fill(op *v3.Operation, lookup Lookup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filled, c.entries = true, map[uint64]*cachedSchema{}
	clash := map[uint64]bool{}
	add := func(proxy *base.SchemaProxy, purpose schema_validation.SchemaValidationPurpose, request bool) {
		if proxy == nil {
			return
		}
		stub := proxy.Schema()
		if stub == nil || stub.GoLow() == nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimPrefix(stub.Title, Title))
		if err != nil {
			return
		}
		key := schema_validation.SchemaCacheKey(stub.GoLow().Hash(), 3.1, purpose)
		if other := c.entries[key]; other != nil && other.number != n {
			clash[key] = true
		}
		c.entries[key] = &cachedSchema{number: n, request: request, lookup: lookup}
	}
	content := func(m *orderedmap.Map[string, *v3.MediaType], purpose schema_validation.SchemaValidationPurpose, request bool) {
		for pair := m.First(); pair != nil; pair = pair.Next() {
			add(pair.Value().Schema, purpose, request)
		}
	}
	response := func(r *v3.Response) {
		if r == nil {
			return
		}
		content(r.Content, schema_validation.SchemaValidationPurposeResponseBody, false)
		for pair := r.Headers.First(); pair != nil; pair = pair.Next() {
			add(pair.Value().Schema, schema_validation.SchemaValidationPurposeGeneric, false)
		}
	}
	for _, p := range op.Parameters {
		add(p.Schema, schema_validation.SchemaValidationPurposeGeneric, true)
		content(p.Content, schema_validation.SchemaValidationPurposeGeneric, true)
	}
	if op.RequestBody != nil {
		content(op.RequestBody.Content, schema_validation.SchemaValidationPurposeRequestBody, true)
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
