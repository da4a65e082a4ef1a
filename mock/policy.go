package mock

import (
	"fmt"
	"sort"
	"strings"

	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/spec"
)

// Policy says what becomes of requests whose parameters, media type or body break the document. Credentials are
// asked for under each of them.
type Policy string

const (
	Reject Policy = "reject" // they are refused
	Report Policy = "report" // they are answered; Specimen-Problems and Call.Problems say what was wrong
	Off    Policy = "off"    // they are answered, and nobody looks what is wrong
)

var policies = []Policy{Reject, Report, Off}

func (p Policy) known() error {
	_, err := family.Find("policy", string(p), policies, func(p Policy) string { return string(p) })
	return err
}

func (s *Server) readPolicies() error {
	if s.cfg.Policy == "" {
		s.cfg.Policy = Reject
	}
	if err := s.cfg.Policy.known(); err != nil {
		return err
	}
	s.policies = map[*spec.Operation]Policy{}
	selectors := make([]string, 0, len(s.cfg.Policies))
	for selector := range s.cfg.Policies {
		selectors = append(selectors, selector)
	}
	// those with wildcards first, so that the word of one that names an operation holds
	sort.Slice(selectors, func(i, j int) bool {
		a, b := strings.Count(selectors[i], "*"), strings.Count(selectors[j], "*")
		if a != b {
			return a > b
		}
		return selectors[i] < selectors[j]
	})
	for _, selector := range selectors {
		p := s.cfg.Policies[selector]
		if err := p.known(); err != nil {
			return fmt.Errorf("policy for %s: %w", selector, err)
		}
		ops, err := s.selected(selector)
		if err != nil {
			return fmt.Errorf("policy for %s: %w", selector, err)
		}
		for op := range ops {
			s.policies[op] = p
		}
	}
	return nil
}

// policyOf is how a request is judged: as it asks itself, as its session says, as the Config says of its operation.
func (s *Server) policyOf(x *exchange, want preference) Policy {
	if want.policy != "" {
		return want.policy
	}
	if p := x.session.options().policy; p != "" {
		return p
	}
	if p, ok := s.policies[x.op]; ok {
		return p
	}
	return s.cfg.Policy
}

// selected gives the operations of a selector: an ID, a path, or a method and a path, with * for any text; tag:NAME.
// One that is of no document is an error that names the nearest.
func (s *Server) selected(selector string) (map[*spec.Operation]bool, error) {
	out := map[*spec.Operation]bool{}
	var first error
	for _, a := range s.apis {
		ops, err := a.doc.Select(selector)
		if err != nil && first == nil {
			first = err
		}
		for _, op := range ops {
			out[op] = true
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, doc := range s.cfg.Others {
		if ops, err := doc.Select(selector); err == nil && len(ops) > 0 {
			return out, nil // it speaks of what another Server plays
		}
	}
	return nil, first
}
