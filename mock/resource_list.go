package mock

import (
	"encoding/base64"
	"encoding/json"

	"math/big"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// The names, folded, of query parameters that page and sort, and of members that say where a page stands.
var (
	limitNames  = wordSet("limit perpage pagesize pagelimit maxresults maxitems top take size count first")
	pageNames   = wordSet("page pagenumber pageno pageindex pagenum currentpage")
	offsetNames = wordSet("offset skip start startindex startat pageoffset")
	cursorNames = wordSet("cursor pagetoken nexttoken after startingafter continuationtoken marker nextcursor pagecursor pageafter")
	sortNames   = wordSet("sort sortby orderby ordering order sortfield")
	orderNames  = wordSet("order sortorder direction sortdirection dir orderdirection")

	totalNames  = wordSet("total totalcount totalitems totalresults totalelements totalrecords recordcount totalhits itemcount totalsize")
	countNames  = wordSet("count size returned numberofelements resultcount")
	pagesNames  = wordSet("totalpages pagecount pages lastpage numpages pagestotal")
	moreNames   = wordSet("hasmore hasnext hasnextpage morepages more")
	beforeNames = wordSet("hasprevious hasprev hasprevpage haspreviouspage")
	tokenNames  = wordSet("nextcursor nextpagetoken nexttoken endcursor continuationtoken cursor nextmarker")
	nextNames   = wordSet("next nextpage nexturl nextlink nextpageurl")
	prevNames   = wordSet("prev previous prevpage previouspage prevurl previousurl prevpageurl previouspageurl prevlink")
)

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// page is what a request asks of a list.
type page struct {
	limit    int // -1: no limit
	offset   int
	zero     bool // the first page is 0
	byPage   string
	byOffset string
	byCursor string
	number   int
	after    string // id of the thing before the page
	sort     []order
	filters  []filter
}

type order struct {
	name string
	down bool
}

type filter struct {
	name string
	want map[string]bool
}

// list says how the answer of a list shows what there is.
func (h *shelf) list(x *exchange, l *listing, in spec.Input, p *plan) {
	q := h.asked(x, l, in)
	var more, total int
	var ids []string
	composed := false
	p.compose = func(m *spec.MediaType, body any) (any, bool) {
		if m.Schema != l.media.Schema {
			return body, false
		}
		if _, ok := arrayAt(body, l.at); !ok {
			return body, false
		}
		entries, names, remembered := h.all(l)
		entries, names = q.choose(entries, names)
		total = len(entries)
		ids = names
		from, to := q.cut(names, l.most(m.Schema))
		more = total - to
		list := make([]any, 0, to-from)
		for _, o := range entries[from:to] {
			list = append(list, o)
		}
		next, ok := placed(body, l.at, list)
		if !ok || len(m.Schema.Check(next, spec.Response)) > 0 {
			return body, false
		}
		composed = true
		q.offset = from
		next = h.counted(x, l, q, m.Schema, next, total, from, to, names)
		return next, remembered
	}
	p.dress = func(r *spec.ResponseSpec, header http.Header, _ []byte) {
		if !composed {
			return
		}
		size := q.limit
		if size < 0 {
			size = total
		}
		for _, d := range r.Headers {
			set := func(text string) {
				if d.Schema == nil || len(d.Schema.Check(text, spec.Response)) == 0 || len(d.Schema.Check(json.Number(text), spec.Response)) == 0 {
					header.Set(d.Name, text)
				}
			}
			switch name := strings.TrimPrefix(folded(d.Name), "x"); {
			case totalNames[name] || totalNames[strings.TrimPrefix(name, "pagination")]:
				set(strconv.Itoa(total))
			case name == "link":
				var links []string
				if more > 0 && size > 0 {
					links = append(links, "<"+h.turned(x, q, q.offset+size, ids)+`>; rel="next"`)
				}
				if q.offset > 0 && size > 0 && q.byCursor == "" {
					links = append(links, "<"+h.turned(x, q, max(q.offset-size, 0), ids)+`>; rel="prev"`)
				}
				links = append(links, "<"+h.turned(x, q, 0, ids)+`>; rel="first"`)
				if text := strings.Join(links, ", "); d.Schema == nil || len(d.Schema.Check(text, spec.Response)) == 0 {
					header.Set(d.Name, text)
				}
			}
		}
	}
}

// most is how many entries the array may hold; -1: any number.
func (l *listing) most(s *spec.Schema) int {
	schemas := flatten(s)
	for _, name := range l.at {
		schemas = flatten(propertiesOf(schemas, name)...)
	}
	most := -1
	for _, s := range schemas {
		if s.MaxItems != nil && (most < 0 || *s.MaxItems < most) {
			most = *s.MaxItems
		}
	}
	return most
}

// asked reads the query: where the page begins, how long it is, how it is sorted and filtered.
func (h *shelf) asked(x *exchange, l *listing, in spec.Input) *page {
	q := &page{limit: -1, number: -1}
	entry := flatten(l.entry)
	own := func(name string) []*spec.Schema { return propertiesOf(entry, name) }
	direction := false
	var byDirection string
	read := func(name string, p *spec.Parameter, schema *spec.Schema, v any, given bool) {
		word := strings.NewReplacer("[", "", "]", "", "$", "").Replace(folded(name))
		n, isNumber := wholeOf(v)
		numeric := false
		for _, s := range flatten(schema) {
			numeric = numeric || s.Types&(spec.Integer|spec.Number) != 0 && s.Types != 0
		}
		text := textOf(v)
		switch {
		case limitNames[word] && numeric && len(own(name)) == 0:
			if isNumber && n >= 0 {
				q.limit = n
			}
		case pageNames[word] && numeric:
			q.byPage = name
			for _, s := range flatten(schema) {
				if s.Default != nil {
					if first, ok := wholeOf(s.Default.Value); ok && first == 0 {
						q.zero = true
					}
				} else if s.Minimum != nil && s.Minimum.Sign() == 0 {
					q.zero = true
				}
			}
			if isNumber && given {
				q.number = n
			}
		case offsetNames[word] && numeric:
			q.byOffset = name
			if isNumber && given {
				q.offset = max(n, 0)
			}
		case cursorNames[word] && !numeric:
			if q.byCursor == "" || given {
				q.byCursor = name
			}
			if given {
				q.after = text
			}
		case orderNames[word] && (text == "" || strings.EqualFold(text, "asc") || strings.EqualFold(text, "desc") || strings.EqualFold(text, "ascending") || strings.EqualFold(text, "descending")):
			if text != "" {
				direction, byDirection = true, strings.ToLower(text)
			}
		case sortNames[word]:
			if given {
				q.sort = append(q.sort, sortsOf(v, own)...)
			}
		case given:
			var member string
			for _, s := range entry {
				for _, d := range s.Properties {
					if folded(d.Name) == folded(name) && member == "" {
						member = d.Name
					}
				}
			}
			if member == "" {
				return
			}
			f := filter{name: member, want: map[string]bool{}}
			switch v := v.(type) {
			case []any:
				for _, one := range v {
					f.want[scalar(one)] = true
				}
			case *value.Object:
				return
			default:
				f.want[scalar(v)] = true
			}
			q.filters = append(q.filters, f)
		}
	}
	for _, p := range x.op.Parameters() {
		if p.In != "query" {
			continue
		}
		v, given := in.Query[p.Name]
		if !given && p.Schema != nil {
			for _, s := range flatten(p.Schema) {
				if s.Default != nil && v == nil {
					v = s.Default.Value
				}
			}
		}
		if o, ok := v.(*value.Object); ok && given && p.Schema != nil {
			for name, one := range o.All() {
				for _, s := range propertiesOf(flatten(p.Schema), name) {
					read(p.Name+"["+name+"]", p, s, one, true)
				}
			}
			continue
		}
		read(p.Name, p, p.Schema, v, given)
	}
	if direction && len(q.sort) > 0 {
		q.sort[0].down = strings.HasPrefix(byDirection, "desc")
	}
	return q
}

func wholeOf(v any) (int, bool) {
	n, err := strconv.Atoi(textOf(v))
	return n, err == nil
}

// scalar is a value as text, to compare by.
func scalar(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(value.Append(nil, v))
}

// sortsOf reads what to sort by: name, -name, +name, name:desc, name.desc, name desc, name_desc; several by commas.
func sortsOf(v any, own func(string) []*spec.Schema) []order {
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			parts = append(parts, textOf(x))
		}
	default:
		parts = strings.Split(textOf(v), ",")
	}
	var out []order
	for _, text := range parts {
		text = strings.TrimSpace(text)
		o := order{name: strings.TrimLeft(text, "+-"), down: strings.HasPrefix(text, "-")}
		if o.name == "asc" || o.name == "desc" {
			if len(out) > 0 {
				out[len(out)-1].down = o.name == "desc"
			}
			continue
		}
		if len(own(o.name)) == 0 {
			for _, mark := range []string{":", ".", " ", "_", "|"} {
				i := strings.LastIndex(o.name, mark)
				if i < 0 {
					continue
				}
				way := strings.ToLower(o.name[i+1:])
				if strings.HasPrefix(way, "asc") || strings.HasPrefix(way, "desc") {
					o.name, o.down = o.name[:i], strings.HasPrefix(way, "desc")
					break
				}
			}
		}
		if len(own(o.name)) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// choose filters and sorts.
func (q *page) choose(entries []*value.Object, ids []string) ([]*value.Object, []string) {
	type pair struct {
		o  *value.Object
		id string
	}
	var kept []pair
	for i, o := range entries {
		if q.keeps(o) {
			kept = append(kept, pair{o, ids[i]})
		}
	}
	if len(q.sort) > 0 {
		sort.SliceStable(kept, func(i, j int) bool {
			for _, by := range q.sort {
				a, _ := kept[i].o.Get(by.name)
				b, _ := kept[j].o.Get(by.name)
				if c := compare(a, b); c != 0 {
					return c < 0 != by.down
				}
			}
			return false
		})
	}
	outE, outI := make([]*value.Object, len(kept)), make([]string, len(kept))
	for i, k := range kept {
		outE[i], outI[i] = k.o, k.id
	}
	return outE, outI
}

func (q *page) keeps(o *value.Object) bool {
	for _, f := range q.filters {
		v, ok := o.Get(f.name)
		if !ok {
			return false
		}
		hit := false
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				hit = hit || f.want[scalar(x)]
			}
		default:
			hit = f.want[scalar(v)]
		}
		if !hit {
			return false
		}
	}
	return true
}

// compare orders two values: numbers by size, texts without case, what is not there last.
func compare(a, b any) int {
	if a == nil || b == nil {
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return 1
		}
		return -1
	}
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if isX && isY {
		var m, n *big.Rat
		var okM, okN bool
		if m, okM = value.Rat(x); okM {
			if n, okN = value.Rat(y); okN {
				return m.Cmp(n)
			}
		}
	}
	return strings.Compare(strings.ToLower(scalar(a)), strings.ToLower(scalar(b)))
}

// cut gives the bounds of the page.
func (q *page) cut(ids []string, most int) (from, to int) {
	n := len(ids)
	if most >= 0 && (q.limit < 0 || q.limit > most) {
		q.limit = most
	}
	if q.limit < 0 && (q.number > 1 || q.number == 1 && q.zero) {
		q.limit = 20
	}
	if q.number < 0 {
		q.number = 1
		if q.zero {
			q.number = 0
		}
	} else if q.byPage != "" && q.limit >= 0 {
		first := 1
		if q.zero {
			first = 0
		}
		if at := q.number - first; at > 0 && q.limit > 0 {
			if at > n { // far behind the end, whatever the size
				at = n
			}
			q.offset = at * q.limit
		}
	}
	if q.after != "" {
		id := q.after
		if data, err := base64.RawURLEncoding.DecodeString(q.after); err == nil && strings.HasPrefix(string(data), "after:") {
			id = string(data)[len("after:"):]
		}
		for i, other := range ids {
			if other == id {
				q.offset = i + 1
			}
		}
	}
	from = min(max(q.offset, 0), n)
	to = n
	if q.limit >= 0 && q.limit < n-from {
		to = from + q.limit
	}
	return from, to
}

// cursorAfter is the cursor of the page that begins after a thing.
func cursorAfter(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("after:" + id))
}

// turned is the address of the page that begins at an offset.
func (h *shelf) turned(x *exchange, q *page, offset int, ids []string) string {
	query := x.r.URL.Query()
	first := 1
	if q.zero {
		first = 0
	}
	switch {
	case q.byCursor != "" && q.byPage == "" && q.byOffset == "":
		query.Del(q.byCursor)
		if offset > 0 && offset <= len(ids) {
			query.Set(q.byCursor, h.cursor(x, q, ids[offset-1]))
		}
	case q.byPage != "":
		query.Set(q.byPage, strconv.Itoa(first+offset/max(q.limit, 1)))
	case q.byOffset != "":
		query.Set(q.byOffset, strconv.Itoa(offset))
	}
	u := url.URL{Scheme: "http", Host: x.r.Host, Path: x.r.URL.Path, RawPath: x.r.URL.RawPath, RawQuery: query.Encode()}
	if x.r.TLS != nil {
		u.Scheme = "https"
	}
	if u.Host == "" {
		u.Scheme = ""
	}
	return headerSafe(u.String())
}

// cursor is the text that leads to what follows a thing; the id itself where the parameter says that it takes one.
func (h *shelf) cursor(x *exchange, q *page, id string) string {
	if p := x.op.Parameter("query", q.byCursor); p != nil && p.Schema != nil {
		if text := cursorAfter(id); len(p.Schema.Check(text, spec.Request)) == 0 && folded(q.byCursor) != "startingafter" {
			return text
		}
		if len(p.Schema.Check(id, spec.Request)) == 0 {
			return id
		}
	}
	return cursorAfter(id)
}

// placed gives a copy of a body with another array at its place.
func placed(body any, at []string, list []any) (any, bool) {
	if len(at) == 0 {
		return list, true
	}
	o, ok := body.(*value.Object)
	if !ok {
		return nil, false
	}
	below, ok := o.Get(at[0])
	if !ok {
		return nil, false
	}
	next, ok := placed(below, at[1:], list)
	if !ok {
		return nil, false
	}
	out := shallow(o)
	out.Set(at[0], next)
	return out, true
}

// counted sets the members around the array that say how many things there are and where the page stands. A member
// that would break the schema stays as it was.
func (h *shelf) counted(x *exchange, l *listing, q *page, schema *spec.Schema, body any, total, from, to int, ids []string) any {
	if _, ok := body.(*value.Object); !ok {
		return body
	}
	size := q.limit
	if size < 0 {
		size = max(total, 1)
	}
	more := to < total
	number := func(n int) []any { return []any{json.Number(strconv.Itoa(n)), strconv.Itoa(n)} }
	hasTotal := false
	var visit func(o *value.Object, path []string, depth int, f func(path []string, name string, v any))
	visit = func(o *value.Object, path []string, depth int, f func(path []string, name string, v any)) {
		for name, v := range o.All() {
			here := append(append([]string(nil), path...), name)
			if inner, ok := v.(*value.Object); ok {
				if depth < 3 {
					visit(inner, here, depth+1, f)
				}
				continue
			}
			if _, ok := v.([]any); !ok {
				f(here, folded(name), v)
			}
		}
	}
	top := body.(*value.Object)
	visit(top, nil, 0, func(_ []string, name string, _ any) { hasTotal = hasTotal || totalNames[name] })
	type edit struct {
		path   []string
		values []any
	}
	var edits []edit
	visit(top, nil, 0, func(path []string, name string, v any) {
		var values []any
		text, isText := v.(string)
		switch {
		case totalNames[name]:
			values = number(total)
		case countNames[name] && name != "size":
			if values = number(total); hasTotal {
				values = number(to - from)
			}
		case limitNames[name] && (q.limit >= 0 || name != "first"):
			if q.limit >= 0 {
				values = number(q.limit)
			}
		case pageNames[name]:
			if q.byPage != "" {
				values = number(q.number)
			}
		case offsetNames[name]:
			values = number(from)
		case pagesNames[name]:
			values = number((total + max(size, 1) - 1) / max(size, 1))
		case moreNames[name]:
			values = []any{more}
		case beforeNames[name]:
			values = []any{from > 0}
		case tokenNames[name] && (name != "cursor" || q.byCursor != ""):
			if q.byCursor == "" {
				return
			}
			if more && to > 0 {
				values = []any{h.cursor(x, q, ids[to-1])}
			} else {
				values = []any{nil, gone{}, ""}
			}
		case nextNames[name] && (isText || v == nil):
			switch {
			case more && isText && !strings.Contains(text, "/") && q.byCursor != "" && to > 0:
				values = []any{h.cursor(x, q, ids[to-1])}
			case more:
				values = []any{h.turned(x, q, to, ids)}
			default:
				values = []any{nil, gone{}, ""}
			}
		case prevNames[name] && (isText || v == nil):
			if from > 0 && q.byCursor == "" {
				values = []any{h.turned(x, q, max(from-size, 0), ids)}
			} else {
				values = []any{nil, gone{}, ""}
			}
		}
		if len(values) > 0 {
			edits = append(edits, edit{path, values})
		}
	})
	for _, e := range edits {
		for _, v := range e.values {
			trial := edited(top, e.path, v)
			if len(schema.Check(trial, spec.Response)) == 0 {
				top = trial
				break
			}
		}
	}
	return top
}

// gone takes a member away.
type gone struct{}

func edited(o *value.Object, path []string, v any) *value.Object {
	out := shallow(o)
	if len(path) > 1 {
		below, _ := o.Get(path[0])
		if inner, ok := below.(*value.Object); ok {
			out.Set(path[0], edited(inner, path[1:], v))
		}
		return out
	}
	if _, away := v.(gone); away {
		out.Delete(path[0])
	} else {
		out.Set(path[0], v)
	}
	return out
}
