package contract

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// maxVariants is how many cases an operation has for the examples of its parameters.
const maxVariants = 5

// MakePlan says what Run would send with this Config, and sends nothing.
func MakePlan(ctx context.Context, doc *spec.Document, cfg Config) (*Plan, error) {
	r, err := newRunner(doc, cfg)
	if err != nil {
		return nil, err
	}
	return r.plan(ctx)
}

func (r *runner) plan(ctx context.Context) (*Plan, error) {
	ops, err := r.doc.Select(r.cfg.Only...)
	if err != nil {
		return nil, &UsageError{err}
	}
	plan := &Plan{Target: r.secrets.text(r.target.String()), Phases: r.phases, MaxRequests: r.cfg.MaxRequests}
	asked, placed := false, r.cfg.Token == ""
	var sources []*source
	for _, op := range ops {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if why := r.refusal(op); why != "" {
			plan.Skipped = append(plan.Skipped, Skipped{op, why})
			continue
		}
		cases, notes := r.goodCases(ctx, op)
		for i := range notes {
			notes[i].Text = r.secrets.text(notes[i].Text)
		}
		plan.Notes = append(plan.Notes, notes...)
		if len(cases) == 0 {
			why := "no valid request could be made"
			if len(notes) > 0 {
				why += ": " + notes[len(notes)-1].Text
			}
			plan.Skipped = append(plan.Skipped, Skipped{op, why})
			continue
		}
		cred := r.credential(op)
		asked = true
		placed = placed || cred.scheme != nil
		if cred.why != "" {
			plan.Notes = append(plan.Notes, Note{op.ID, cred.why})
		}
		plan.carry(cred)
		sources = append(sources, &source{op: op, good: cases, cred: cred})
	}
	if asked && !placed {
		plan.Notes = append(plan.Notes, Note{"", "the token is not sent: no operation that is tested has a security scheme that it fits; send it as a header if the deployment wants one"})
	}
	for _, name := range sortedKeys(r.cfg.Header) {
		plan.Credentials = append(plan.Credentials, "header "+http.CanonicalHeaderKey(name))
	}
	slices.Sort(plan.Credentials)
	plan.Credentials = slices.Compact(plan.Credentials)
	return plan, r.choose(ctx, plan, sources)
}

// carry notes how the token travels.
func (p *Plan) carry(c credential) {
	if c.scheme != nil {
		name := describe(c.scheme)
		if c.scheme.Name != "" {
			name = c.scheme.Name + ", " + name
		}
		p.Credentials = append(p.Credentials, name)
	}
}

// source gives the cases of one operation.
type source struct {
	op    *spec.Operation
	good  []Case
	cred  credential
	cases []*Case
	seen  map[string]bool // by their ids
	cut   Phase
}

// base is a valid request that others are made of.
func (s *source) base() Case { return s.good[0] }

// add takes a case in, unless the same one is there.
func (s *source) add(r *runner, c Case, phase Phase) *Case {
	c.Phase = phase
	c.ID = r.caseID(c)
	if s.seen[c.ID] {
		return nil
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[c.ID] = true
	kept := &c
	s.cases = append(s.cases, kept)
	return kept
}

// choose asks the sources in turn, phase after phase, until none has more or the budget is spent.
func (r *runner) choose(ctx context.Context, plan *Plan, sources []*source) error {
	left := max(1, r.cfg.MaxRequests-r.cfg.MaxRequests/10)
	for _, phase := range r.phases {
		type stream struct {
			s    *source
			next func() (Case, bool)
			done bool
		}
		var streams []*stream
		for _, s := range sources {
			next, stop := iter.Pull(r.cases(ctx, s, phase))
			defer stop()
			streams = append(streams, &stream{s: s, next: next})
		}
		for open := len(streams); open > 0; {
			for _, st := range streams {
				if st.done {
					continue
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				for {
					c, ok := st.next()
					if !ok {
						st.done = true
						open--
						break
					}
					if left == 0 {
						if st.s.cut == "" {
							st.s.cut = phase
						}
						st.done = true
						open--
						break
					}
					if st.s.add(r, c, phase) != nil {
						left--
						break
					}
				}
			}
		}
	}
	for _, s := range sources {
		places := map[string]int{}
		for _, c := range s.cases {
			c.index, c.after = len(plan.Cases), -1
			if c.like != nil {
				i, sent := places[c.like.ID]
				if !sent {
					continue // the case that it is held against is not
				}
				c.after = i
			}
			places[c.ID] = c.index
			c.like = nil
			plan.Cases = append(plan.Cases, *c)
		}
		if s.cut != "" {
			plan.Cut = append(plan.Cut, Cut{s.op, len(s.cases), s.cut})
		}
	}
	if n := len(plan.Cut); n > 0 {
		text := fmt.Sprintf("the %s of this run did not do for all cases of %s; --max-requests allows more", plural(r.cfg.MaxRequests, "request"), plural(n, "operation"))
		if plan.Cut[0].Phase == Random && !slices.ContainsFunc(plan.Cut, func(c Cut) bool { return c.Phase != Random }) {
			return nil // it has no end but the budget
		}
		plan.Notes = append(plan.Notes, Note{"", text})
	}
	return nil
}

// cases gives the cases of a phase, one by one, the most telling ones first.
func (r *runner) cases(ctx context.Context, s *source, phase Phase) iter.Seq[Case] {
	switch phase {
	case Coverage:
		return r.coverage(ctx, s)
	case Random:
		return r.random(ctx, s)
	}
	return func(yield func(Case) bool) {
		for i, c := range s.good {
			if !yield(c) {
				return
			}
			if i == 0 && s.cred.needed && s.cred.has && safe(s.op.Method) {
				bare := c
				bare.Kind, bare.Name = Bare, "without credentials"
				bare.like = r.known(c, Examples)
				if !yield(bare) {
					return
				}
			}
		}
	}
}

// known names a case of a phase, for those that are held against it.
func (r *runner) known(c Case, phase Phase) *Case {
	c.Phase = phase
	c.ID = r.caseID(c)
	return &c
}

// caseID is a hash of what is sent, and of what for.
func (r *runner) caseID(c Case) string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s", len(p), p)
		}
	}
	text := func(v any) string {
		if data, ok := v.([]byte); ok {
			return string(data)
		}
		return r.secrets.text(string(value.Append(nil, v)))
	}
	put(c.Operation.Method, c.Operation.Path, string(c.Phase), string(c.Kind), c.Varied, c.method(), c.Accept, strconv.FormatBool(c.garbled))
	for i, values := range []map[string]any{c.Input.Path, c.Input.Query, c.Input.Header, c.Input.Cookie} {
		for _, name := range sortedKeys(values) {
			put(itoa(i), name, text(values[name]))
		}
	}
	put(text(c.Input.QueryString), strconv.FormatBool(c.Input.HasBody))
	if c.Input.HasBody {
		put(c.Input.MediaType, text(c.Input.Body))
	}
	return c.Operation.ID + "/" + hex.EncodeToString(h.Sum(nil)[:4])
}

// Hash is the same for plans that would send the same requests to the same place with the same kinds of credentials.
func (p *Plan) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n%d\n", p.Target, p.Credentials, p.MaxRequests)
	for _, c := range p.Cases {
		fmt.Fprintf(h, "%s %s %s %s\n", c.method(), c.Operation.Path, c.Kind, c.ID)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// goodCases makes the valid requests for an operation. A note tells of each that could not be made.
func (r *runner) goodCases(ctx context.Context, op *spec.Operation) ([]Case, []Note) {
	var notes []Note
	note := func(format string, args ...any) {
		notes = append(notes, Note{op.ID, fmt.Sprintf(format, args...)})
	}
	var cases []Case
	try := func(c Case, err error) bool {
		if err == nil {
			err = r.judge(ctx, c)
		}
		if err != nil {
			note("the case %q is not sent: %v", c.Name, err)
			return false
		}
		if !slices.ContainsFunc(cases, func(other Case) bool { return same(other.Input, c.Input) }) {
			cases = append(cases, c)
		}
		return true
	}

	if op.Method == http.MethodPut {
		if reader := r.reader(op); reader != nil {
			c, err := r.fill(op, "the record as it was read", 0, false)
			if err == nil {
				c.Echo, c.EchoOnly = reader, true
				if e := r.judge(ctx, c); e != nil {
					c.Input.Body = nil // the answer takes its place
				}
				return []Case{c}, notes
			}
		}
	}

	variants := r.variants(op)
	for i := range variants {
		name := "required parameters"
		if variants > 1 {
			name = fmt.Sprintf("required parameters, examples %d", i+1)
		}
		try(r.fill(op, name, i, false))
	}
	if len(cases) == 0 {
		// what the document shows does not obey the document
		try(r.fill(op, "generated values", -1, false))
	}
	if len(cases) > 0 && r.hasOptional(op) {
		before := len(notes)
		if !try(r.fill(op, "optional parameters too", 0, true)) {
			notes = notes[:before] // the document need not allow them together
			note("the optional parameters are not sent together: the document does not allow it with the values that it names")
		}
	}
	if op.Method == http.MethodPatch {
		if reader := r.reader(op); reader != nil {
			for i := range cases {
				cases[i].Echo = reader
			}
		}
	}
	return cases, notes
}

// same compares what two inputs carry.
func same(a, b spec.Input) bool {
	fields := func(in spec.Input) [5]map[string]any {
		return [5]map[string]any{in.Path, in.Query, in.Header, in.Cookie, {"body": in.Body, "has": in.HasBody, "type": in.MediaType, "query": in.QueryString}}
	}
	x, y := fields(a), fields(b)
	for i := range x {
		if len(x[i]) != len(y[i]) {
			return false
		}
		for name, v := range x[i] {
			w, ok := y[i][name]
			if !ok || !sameValue(v, w) {
				return false
			}
		}
	}
	return true
}

func sameValue(a, b any) bool {
	x, okx := a.([]byte)
	y, oky := b.([]byte)
	if okx || oky {
		return okx && oky && string(x) == string(y)
	}
	return value.Equal(a, b)
}

// reader finds the operation that reads what this one writes: GET on the same path, answering with JSON.
func (r *runner) reader(op *spec.Operation) *spec.Operation {
	return r.doc.Operation(http.MethodGet + " " + op.Path)
}

// variants is how many sets of examples an operation's required parameters have.
func (r *runner) variants(op *spec.Operation) int {
	n := 1
	for _, p := range op.Parameters() {
		if _, set := r.cfg.Set[p.Name]; !set && p.Required {
			if examples := examplesOf(p); len(examples) > 0 {
				n = max(n, len(examples))
			} else if p.In == "path" {
				n = max(n, len(r.fixtureIDs(p.Name)))
			}
		}
	}
	return min(n, maxVariants)
}

func (r *runner) hasOptional(op *spec.Operation) bool {
	return slices.ContainsFunc(op.Parameters(), func(p *spec.Parameter) bool {
		_, set := r.cfg.Set[p.Name]
		_, _, named := named(p, 0)
		return !p.Required && !p.Deprecated && !set && named
	})
}

// fill makes a case. variant chooses among the examples; -1 leaves them alone. Optional parameters are filled only
// with values that the document names, and only when they are asked for.
func (r *runner) fill(op *spec.Operation, name string, variant int, optional bool) (Case, error) {
	c := Case{Name: name, Operation: op, Kind: Good, after: -1}
	for _, p := range op.Parameters() {
		v, source, ok, err := r.valueOf(op, p, variant, optional)
		if err != nil {
			return c, err
		}
		if !ok {
			continue
		}
		c.Values = append(c.Values, Value{p.Name, p.In, source})
		c.Input.Set(p, v)
	}
	return c, r.fillBody(&c, variant)
}

func (r *runner) valueOf(op *spec.Operation, p *spec.Parameter, variant int, optional bool) (v any, source Source, ok bool, err error) {
	if text, set := r.cfg.Set[p.Name]; set {
		return readText(text, p), FromSet, true, nil
	}
	if !p.Required && (!optional || p.Deprecated) {
		return nil, "", false, nil
	}
	if variant >= 0 {
		if v, source, ok := named(p, variant); ok {
			return v, source, true, nil
		}
	}
	if !p.Required {
		return nil, "", false, nil
	}
	if p.In == "path" {
		if ids := r.fixtureIDs(p.Name); len(ids) > 0 && variant >= 0 {
			return readText(ids[min(variant, len(ids)-1)], p), FromFixture, true, nil
		}
	}
	v, err = r.book.Parameter(op, p, fixtures.Ask{Dynamic: true})
	if err != nil {
		return nil, "", false, fmt.Errorf("%s parameter %s has no value: %w", p.In, p.Name, err)
	}
	return v, FromGenerator, true, nil
}

// fixtureIDs gives the values of a path parameter that named fixtures know.
func (r *runner) fixtureIDs(name string) []string {
	var ids []string
	for _, n := range r.book.Named() {
		for _, id := range n.Path[name] {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// named gives a value of a parameter that the document names.
func named(p *spec.Parameter, variant int) (any, Source, bool) {
	if examples := examplesOf(p); len(examples) > 0 {
		return examples[min(variant, len(examples)-1)].Value, FromExample, true
	}
	s := p.Schema.Deref()
	if s == nil {
		return nil, "", false
	}
	switch {
	case s.Const != nil:
		return s.Const.Value, FromDocument, true
	case s.Default != nil:
		return s.Default.Value, FromDocument, true
	case len(s.Enum) > 0:
		return s.Enum[0].Value, FromDocument, true
	}
	return nil, "", false
}

func examplesOf(p *spec.Parameter) []spec.Literal {
	if len(p.Examples) > 0 {
		return p.Examples
	}
	if p.Content != nil {
		return p.Content.Examples
	}
	if s := p.Schema.Deref(); s != nil {
		return s.Examples
	}
	return nil
}

// readText turns the text of a parameter into a value of its schema's type.
func readText(text string, p *spec.Parameter) any {
	s := p.Schema
	if p.Content != nil {
		s = p.Content.Schema
	}
	return readType(text, s)
}

func readType(text string, s *spec.Schema) any {
	s = s.Deref()
	if s == nil || s.Types == 0 || s.Types&spec.String != 0 {
		return text
	}
	if v, err := value.Parse([]byte(text)); err == nil {
		switch v.(type) {
		case json.Number, bool, []any, *value.Object, nil:
			return v
		}
	}
	if s.Types&spec.Array != 0 {
		list := []any{}
		for _, item := range strings.Split(text, ",") {
			list = append(list, readType(item, s.Items))
		}
		return list
	}
	return text
}

// fillBody chooses the body that does the least: an empty object where the operation changes only what is named,
// else the document's example, else a generated value.
func (r *runner) fillBody(c *Case, variant int) error {
	body := c.Operation.Body()
	if body == nil {
		return nil
	}
	m := chooseMediaType(body.Content)
	if m == nil {
		if body.Required {
			return fmt.Errorf("the document describes no media type for the body")
		}
		return nil
	}
	if !body.Required && safe(c.Operation.Method) {
		return nil
	}
	put := func(v any, source Source) {
		c.Input.Body, c.Input.HasBody, c.Input.MediaType = v, true, m.Name
		c.Values = append(c.Values, Value{"body", "body", source})
	}
	if c.Operation.Method == http.MethodPatch && isJSON(m.Name) {
		if empty := value.NewObject(); m.Schema == nil || len(m.Schema.Check(empty, spec.Request)) == 0 {
			put(empty, FromDocument)
			return nil
		}
	}
	examples := m.Examples
	if s := m.Schema.Deref(); len(examples) == 0 && s != nil {
		examples = s.Examples
	}
	if len(examples) > 0 && variant >= 0 {
		put(examples[min(variant, len(examples)-1)].Value, FromExample)
		return nil
	}
	v, err := r.book.RequestBody(c.Operation, m, fixtures.Ask{Dynamic: true})
	if err != nil {
		return fmt.Errorf("the body has no value: %w", err)
	}
	put(v, FromGenerator)
	return nil
}

func chooseMediaType(content []*spec.MediaType) *spec.MediaType {
	if len(content) == 0 {
		return nil
	}
	rank := func(m *spec.MediaType) int {
		switch name := mediaName(m.Name); {
		case name == "application/json":
			return 0
		case isJSON(name):
			return 1
		case name == "application/x-www-form-urlencoded":
			return 2
		case name == "multipart/form-data":
			return 3
		}
		return 4
	}
	return slices.MinFunc(content, func(a, b *spec.MediaType) int { return cmp.Compare(rank(a), rank(b)) })
}

func mediaName(text string) string {
	name, _, _ := strings.Cut(text, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

func isJSON(mediaType string) bool {
	name := mediaName(mediaType)
	return strings.HasSuffix(name, "/json") || strings.HasSuffix(name, "+json")
}

// judge says why a case must not be sent: the document does not allow it, or it would reach another operation.
func (r *runner) judge(ctx context.Context, c Case) error {
	req, problems, err := r.rehearse(ctx, c)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Severity == spec.Error {
			return fmt.Errorf("it would not be valid: %s", p)
		}
	}
	if c.Phase != "" {
		return nil // the second judge costs several times as much; the first cases of an operation are shown to it
	}
	for _, p := range c.Operation.JudgeRequest(req) {
		if p.Severity == spec.Error {
			return fmt.Errorf("it would not be valid: %s", p)
		}
	}
	return nil
}
