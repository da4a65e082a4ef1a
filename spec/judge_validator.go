package spec

import (
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec/internal/second"
)

// libopenapi-validator is given a slice of the document for each operation, when the operation is first judged: the
// whole document would take it minutes. In the place of each schema stands a small one with a title of its own, and when the
// validator looks for a compiled schema under the hash of the small one it finds the one that judge.go compiled. So
// it decides which schema a message has to obey, and what the schema says is said once.

// referee is the validator for one operation.
type referee struct {
	once  sync.Once
	judge second.Judge
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
	r.once.Do(func() { r.judge, r.err = op.newReferee() })
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

func (op *Operation) newReferee() (second.Judge, error) {
	sl := &slicer{doc: op.doc, op: op, stub: stubSchema}
	slice := sl.slice()
	// whichever version the document has, its schemas are those of 2020-12 by now
	slice.Set("openapi", "3.1.0")
	return second.New(value.Append(nil, slice), func(number int, request bool) (*jsonschema.Schema, error) {
		if number < 0 || number >= len(sl.sites) || sl.sites[number].schema == nil {
			return nil, nil
		}
		dir := Response
		if request {
			dir = Request
		}
		s := sl.sites[number].schema
		return s.judge(dir).entry(s).get()
	})
}

// stubSchema writes what the validator reads in the place of a schema: the types that it needs to take parameters apart,
// and a title that makes its hash one of a kind.
func stubSchema(s *Schema, number int) any {
	out := stubTypes(shapeOf(s), 0)
	out.Set("title", second.Title+strconv.Itoa(number))
	return out
}

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

// secondOpinion gives what the validator finds wrong with the body of a response. Its word does not count where
// it has lost what was sent: it reads numbers as float64.
func (op *Operation) secondOpinion(res *http.Response, m *MediaType, data []byte, v any) []Problem {
	ref := op.validator()
	if ref.err != nil || !exact(v) {
		return nil
	}
	name := ""
	if m != nil {
		name = m.Name
	}
	errs, err := ref.judge.Response(res, name, data)
	if err != nil {
		return nil
	}
	var out []Problem
	for _, e := range errs {
		if e.Schema { // not those of headers, which are read otherwise
			out = append(out, schemaErrors(e, m.Schema, v, Response)...)
		}
	}
	return out
}

// schemaErrors reads the engine's own error out of one of the validator's.
func schemaErrors(e second.Error, s *Schema, v any, dir Direction) []Problem {
	if s == nil || e.Cause == nil {
		return nil
	}
	return s.judge(dir).problems(s, e.Cause, v)
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
	seen := r.Clone(r.Context())
	seen.URL = op.withoutServer(r.URL)
	errs, err := ref.judge.Request(seen, data)
	if err != nil {
		return []Problem{{Severity: Warning, In: "request", Message: err.Error(), Position: op.Position, Pointer: op.Pointer}}
	}
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

func (op *Operation) requestProblem(e second.Error, r *http.Request, data []byte) []Problem {
	body := op.Body()
	switch e.Type {
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
		return []Problem{{In: "body", Keyword: e.SubType, Message: oneLine(e.Reason), Position: body.Position, Pointer: body.Pointer}}
	case "parameter":
		p := op.Parameter(e.SubType, e.Parameter)
		out := Problem{In: strings.TrimSpace(e.SubType + " " + e.Parameter), Keyword: "schema", Message: oneLine(e.Reason), Position: op.Position, Pointer: op.Pointer}
		if p != nil {
			out.Position, out.Pointer = p.Position, p.Pointer
		}
		if e.Keyword != "" {
			out.Keyword, out.Message = e.Keyword, oneLine(e.Detail)
		}
		return []Problem{out}
	}
	return []Problem{{In: "request", Keyword: e.Type, Message: oneLine(e.Message + ": " + e.Reason), Position: op.Position, Pointer: op.Pointer}}
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
