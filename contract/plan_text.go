package contract

import (
	"fmt"
	"io"
	"strings"
)

// Write writes what would be sent, for a person who has to agree to it: where to, with which credentials (by name),
// how many requests of each operation and phase, and the hash.
func (p *Plan) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "to           %s\n", p.Target)
	credentials := "none"
	if len(p.Credentials) > 0 {
		credentials = strings.Join(p.Credentials, "; ")
	}
	fmt.Fprintf(&b, "credentials  %s\n", oneLine(credentials))
	fmt.Fprintf(&b, "requests     %d, and repetitions of what is found: at most %d in all\n", len(p.Cases), max(p.MaxRequests, len(p.Cases)))
	type row struct {
		method, path string
		byPhase      map[Phase]int
		invalid      int
	}
	var rows []*row
	byName := map[string]*row{}
	method, path := 0, 0
	for _, c := range p.Cases {
		key := c.method() + " " + c.Operation.Path
		x := byName[key]
		if x == nil {
			x = &row{method: c.method(), path: c.Operation.Path, byPhase: map[Phase]int{}}
			byName[key] = x
			rows = append(rows, x)
			method, path = max(method, len(x.method)), max(path, min(60, len(x.path)))
		}
		x.byPhase[c.Phase]++
		if c.Kind == Bad || c.Kind == OtherType {
			x.invalid++
		}
	}
	if len(rows) > 0 {
		b.WriteString("\n")
	}
	for _, x := range rows {
		var parts []string
		for _, phase := range p.Phases {
			if n := x.byPhase[phase]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %d", phase, n))
			}
		}
		if x.invalid > 0 {
			parts = append(parts, fmt.Sprintf("%d of them invalid", x.invalid))
		}
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", method, x.method, path, oneLine(x.path), strings.Join(parts, ", "))
	}
	if len(p.Skipped) > 0 {
		b.WriteString("\n")
	}
	for _, s := range p.Skipped {
		fmt.Fprintf(&b, "not sent: %s %s: %s\n", s.Operation.Method, oneLine(s.Operation.Path), oneLine(s.Why))
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", oneLine(strings.TrimPrefix(n.Operation+": "+n.Text, ": ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
