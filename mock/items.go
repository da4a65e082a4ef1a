package mock

import (
	"fmt"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// resized gives the body with its list as long as the request asks: the body itself, or the first list that an
// object holds. New items are generated. false: there is no list, or the schema takes none of this length.
func resized(x *exchange, m *spec.MediaType, body any, p plan) (any, bool) {
	if m.Schema == nil {
		return nil, false
	}
	schemas := flatten(m.Schema)
	if list, ok := body.([]any); ok {
		out, ok := resizedList(x, list, schemas, p)
		return out, ok && len(m.Schema.Check(out, spec.Response)) == 0
	}
	o, ok := body.(*value.Object)
	if !ok {
		return nil, false
	}
	for name, v := range o.All() {
		list, ok := v.([]any)
		if !ok {
			continue
		}
		made, ok := resizedList(x, list, flatten(propertiesOf(schemas, name)...), p)
		if !ok {
			continue
		}
		out := shallow(o)
		out.Set(name, made)
		if len(m.Schema.Check(out, spec.Response)) == 0 {
			return out, true
		}
	}
	return nil, false
}

func resizedList(x *exchange, list []any, schemas []*spec.Schema, p plan) ([]any, bool) {
	n := p.want.items
	if len(list) >= n {
		return list[:n:n], true
	}
	var items *spec.Schema
	for _, s := range schemas {
		if items == nil && len(s.PrefixItems) == 0 {
			items = s.Items
		}
	}
	if items == nil {
		return nil, false
	}
	out := append(make([]any, 0, n), list...)
	address := x.api.book.Address(x.op, p.status, p.ask)
	for i := len(list); i < n; i++ {
		v, err := x.api.book.Value(items, spec.Response, fmt.Sprintf("%s item %d", address, i), p.ask)
		if err != nil {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}
