package spec

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

// Forms: application/x-www-form-urlencoded by the Encoding Objects of its members (OpenAPI 3.1, section 4.8.15).
// A member without one travels as OpenAPI says by default: a scalar as its text, an array as one pair for each
// item, an object as JSON. It is read more kindly: names with brackets and dots are understood too.

// member gives the way in which a member of a form travels.
func (m *MediaType) member(name string) slot {
	sl := slot{in: "form", name: name, shape: shapeOf(m.Schema).property(name)}
	e := m.Encoding[name]
	if e == nil {
		return sl
	}
	sl.reserved = e.AllowReserved
	if e.Style != "" || e.Explode != nil || e.AllowReserved {
		if sl.style = e.Style; sl.style == "" {
			sl.style = "form"
		}
		sl.explode = sl.style == "form" || sl.style == "deepObject"
		if e.Explode != nil {
			sl.explode = *e.Explode
		}
		return sl
	}
	if kind, _ := mediaName(e.ContentType); kind != "" && (formOf(kind) == formJSON || formOf(kind) == formXML) {
		sl.content = &MediaType{Name: kind, Pointer: m.Pointer, Position: m.Position}
		if len(sl.shape) > 0 {
			sl.content.Schema = sl.shape[0]
		}
	}
	return sl
}

func (m *MediaType) decodeForm(data []byte) (any, []Problem) {
	pairs, ok := splitPairs(strings.TrimRight(string(data), "\r\n"), "&", func(s string) string { return unescape(s, true) })
	if !ok {
		return nil, []Problem{{Keyword: "size", Message: fmt.Sprintf("more than %d members in a form", maxPairs)}}
	}
	sh := shapeOf(m.Schema)
	names := sh.names()
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	o := &value.Object{}
	var problems []Problem
	read := func(sl slot) {
		others := taken
		if taken[sl.name] && len(pairs) > 0 && sl.style != "" {
			others = make(map[string]bool, len(taken))
			for name := range taken {
				others[name] = name != sl.name
			}
		}
		if sl.style == "" && sl.content == nil {
			sl.style = "deepObject"
		}
		v, present, problem := sl.readPairs(pairs, others)
		if problem != nil {
			problem.At = "/" + value.Escape(sl.name) + problem.At
			problems = append(problems, *problem)
		}
		if present {
			o.Set(sl.name, v)
		}
	}
	var late []slot
	for _, name := range names {
		sl := m.member(name)
		if sl.style == "form" && sl.explode && sl.content == nil && sl.shape.kinds() != AnyType && sl.shape.allows(Object) {
			late = append(late, sl)
			continue
		}
		read(sl)
	}
	for _, sl := range late {
		read(sl)
	}
	// what the document does not name is a member all the same
	rest := &treeNode{}
	for _, p := range pairs {
		if p.used {
			continue
		}
		keys := []string{p.name}
		if i := strings.IndexByte(p.name, '['); i > 0 {
			if inner, ok := brackets(p.name[i:]); ok {
				keys = append([]string{p.name[:i]}, inner...)
			}
		}
		if keys[0] == "" {
			continue
		}
		rest.put(keys, unescape(p.raw, true))
	}
	for _, key := range rest.keys {
		if name := key[1:]; !o.Has(name) {
			o.Set(name, rest.kids[key].value(sh.property(name)))
		}
	}
	if problems == nil && !wellFormed(o) {
		problems = append(problems, Problem{Keyword: "charset", Message: "the form holds text that is not UTF-8"})
	}
	if problems != nil {
		return nil, problems
	}
	return o, nil
}

func (m *MediaType) encodeForm(v any) ([]byte, error) {
	o, ok := v.(*value.Object)
	if !ok {
		if s, ok := v.(string); ok {
			return []byte(s), nil
		}
		return nil, fmt.Errorf("a form holds an object, not %s", value.Kind(v))
	}
	var list []written
	for name, x := range o.All() {
		sl := m.member(name)
		plain := sl.style == "" && sl.content == nil
		if plain {
			sl.style, sl.explode = "form", true
		}
		if x == nil {
			x = ""
		}
		if nested, ok := x.(*value.Object); ok && plain {
			x = textOf(nested)
		}
		more, err := sl.pairs(x)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", name, err)
		}
		list = append(list, more...)
	}
	return []byte(joinPairs(list, "&")), nil
}

// --- CSV ------------------------------------------------------------------------------------------

// decodeCSV reads RFC 4180: a row is an object by the names in the first line, or an array, as the schema has it.
func decodeCSV(data []byte, sh shape) (any, []Problem) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, []Problem{{Keyword: "syntax", Message: "the text is no CSV: " + err.Error()}}
	}
	list := []any{}
	if k := sh.item(0).kinds(); k&Object == 0 || k == AnyType {
		for i, row := range rows {
			item := sh.item(i)
			if item.kinds() != AnyType && !item.allows(Array) {
				list = append(list, item.read(strings.Join(row, ","), true))
				continue
			}
			cells := make([]any, len(row))
			for j, cell := range row {
				cells[j] = item.item(j).read(cell, true)
			}
			list = append(list, cells)
		}
		return list, nil
	}
	for i := 1; i < len(rows); i++ {
		o := &value.Object{}
		for j, cell := range rows[i] {
			if j >= len(rows[0]) {
				return nil, []Problem{{Keyword: "syntax", Message: fmt.Sprintf("line %d has more fields than the first one", i+1)}}
			}
			name := rows[0][j]
			sub := sh.item(i - 1).property(name)
			if cell == "" && sub.kinds()&String == 0 && !sub.allows(Null) {
				continue
			}
			o.Set(name, sub.read(cell, true))
		}
		list = append(list, o)
	}
	return list, nil
}

func encodeCSV(v any) ([]byte, error) {
	rows, ok := v.([]any)
	if !ok {
		if _, nested := v.(*value.Object); nested {
			rows = []any{v}
		} else {
			return []byte(textOf(v)), nil
		}
	}
	var head []string
	seen := map[string]bool{}
	for _, row := range rows {
		if o, ok := row.(*value.Object); ok {
			for name := range o.All() {
				if !seen[name] {
					seen[name] = true
					head = append(head, name)
				}
			}
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if head != nil {
		w.Write(head)
	}
	for _, row := range rows {
		var cells []string
		switch row := row.(type) {
		case []any:
			for _, x := range row {
				cells = append(cells, textOf(x))
			}
		case *value.Object:
			for _, name := range head {
				x, ok := row.Get(name)
				if !ok || x == nil {
					x = ""
				}
				cells = append(cells, textOf(x))
			}
		default:
			cells = []string{textOf(row)}
		}
		w.Write(cells)
	}
	w.Flush()
	return out.Bytes(), w.Error()
}
