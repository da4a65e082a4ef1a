package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

type generateFlags struct {
	part     string
	status   int
	media    string
	schema   string
	profile  string
	locale   string
	examples string
	seed     uint64
	count    int
	set      []string
	invalid  bool
	format   string
}

func generateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate DOCUMENT [OPERATION...]",
		Short: "Print values that obey a document, or break it in one place",
		Long: `Print values that obey a document: response bodies, request bodies or parameters of its operations, or one of its
component schemas. With --invalid, print values that break their schema in exactly one place, with the place, the
keyword and a sentence.

An OPERATION is an operationId, tag:NAME, or a method and a path; without one, every operation is taken. With one
operation, or a schema, the values alone are printed; else each comes with its operation and status.`,
		Example: `  specimen generate octolens getOrg --count 3
  specimen generate petstore.yaml 'POST /pets' --part request --profile full
  specimen generate petstore.yaml --schema Pet --invalid --format ndjson`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return generate(cmd, args[0], args[1:], f) },
	}
	flags := cmd.Flags()
	documentFlags(flags)
	flags.StringVar(&f.part, "part", "response", "what to print: response, request (the body) or parameters")
	flags.IntVar(&f.status, "status", 0, "status of the response (default: the first documented 2xx)")
	flags.StringVar(&f.media, "media-type", "", "media type of the body (default: the first JSON one)")
	flags.StringVar(&f.schema, "schema", "", "print values of this component schema instead of an operation's")
	flags.StringVar(&f.profile, "profile", "typical", "how much a value holds: minimal, typical, full, boundary or random")
	flags.StringVar(&f.locale, "locale", "", "language of names and places, such as de (default en)")
	flags.StringVar(&f.examples, "examples", "on", "take the document's valid examples: on or off")
	flags.Uint64Var(&f.seed, "seed", 0, "seed; the same seed gives the same values")
	flags.IntVar(&f.count, "count", 1, "how many values; with --invalid, at most so many of each (0: all)")
	flags.StringArrayVar(&f.set, "set", nil, "value of a path parameter, as orgID=org_1; may be given again")
	flags.BoolVar(&f.invalid, "invalid", false, "print values that break their schema in one place each")
	flags.StringVar(&f.format, "format", "json", "json, yaml or ndjson")
	return cmd
}

// site is one schema to make values of.
type generateSite struct {
	op     *spec.Operation
	status int
	in     string // of a parameter: "query limit"
	media  *spec.MediaType
	schema *spec.Schema
	param  *spec.Parameter
	dir    spec.Direction
}

func generate(cmd *cobra.Command, location string, operations []string, f generateFlags) error {
	doc, err := load(cmd.Context(), cmd, location)
	if err != nil {
		return err
	}
	cfg := fixtures.Config{Seed: f.seed, Locale: f.locale}
	if cfg.Profile, err = profile(f.profile); err != nil {
		return err
	}
	examples, err := onOff("examples", f.examples)
	if err != nil {
		return err
	}
	cfg.NoExamples = !examples
	write, err := writer(cmd.OutOrStdout(), f.format)
	if err != nil {
		return err
	}
	if f.count < 0 || f.count == 0 && !f.invalid {
		return fmt.Errorf("--count %d: want 1 or more", f.count)
	}
	set, err := pairs(f.set)
	if err != nil {
		return err
	}
	book, err := fixtures.Open(doc, cfg)
	if err != nil {
		return err
	}
	sites, bare, err := generateSites(doc, operations, f)
	if err != nil {
		return err
	}
	failed := 0
	for _, s := range sites {
		if err := s.generate(book, f, set, func(v any) error {
			if !bare {
				v = s.wrap(v)
			}
			return write(v)
		}); err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "specimen: %s: %s\n", s.name(), oneLine(err.Error()))
			failed++
		}
	}
	if err := write(nil, true); err != nil {
		return err
	}
	if failed > 0 {
		return &exit{exitUsage, ""}
	}
	return nil
}

func generateSites(doc *spec.Document, operations []string, f generateFlags) (sites []generateSite, bare bool, err error) {
	if f.schema != "" {
		s := doc.Component(f.schema)
		if s == nil {
			return nil, false, fmt.Errorf("%s has no component schema %q%s", doc.Location, f.schema, nearest(f.schema, doc.Components()))
		}
		dir := spec.Response
		if f.part == "request" {
			dir = spec.Request
		}
		return []generateSite{{schema: s, dir: dir, in: f.schema}}, true, nil
	}
	ops, err := doc.Select(operations...)
	if err != nil {
		return nil, false, err
	}
	bare = len(operations) > 0 && len(ops) == 1
	for _, op := range ops {
		found, err := operationSites(op, f)
		if err != nil {
			if bare {
				return nil, false, err
			}
			continue
		}
		sites = append(sites, found...)
	}
	if len(sites) == 0 {
		return nil, false, fmt.Errorf("nothing to generate: no operation has a %s of that kind", f.part)
	}
	return sites, bare && f.part != "parameters", nil
}

func operationSites(op *spec.Operation, f generateFlags) ([]generateSite, error) {
	content := func(all []*spec.MediaType) (*spec.MediaType, error) {
		if f.media != "" {
			if m := spec.MatchMedia(all, f.media); m != nil {
				return m, nil
			}
		}
		var names []string
		for _, m := range all {
			if f.media == "" && strings.Contains(m.Name, "json") {
				return m, nil
			}
			names = append(names, m.Name)
		}
		if f.media == "" && len(all) > 0 {
			return all[0], nil
		}
		return nil, fmt.Errorf("%s has no media type %q there%s", op.ID, f.media, nearest(f.media, names))
	}
	switch f.part {
	case "response":
		status := f.status
		if status == 0 {
			status = fixtures.Success(op)
		}
		r := op.Response(status)
		if r == nil {
			var have []string
			for _, r := range op.Responses() {
				have = append(have, r.Status)
			}
			return nil, fmt.Errorf("%s does not document status %d; there are %s", op.ID, status, strings.Join(have, ", "))
		}
		m, err := content(r.Content)
		if err != nil {
			return nil, err
		}
		return []generateSite{{op: op, status: status, media: m, schema: m.Schema, dir: spec.Response}}, nil
	case "request":
		body := op.Body()
		if body == nil {
			return nil, fmt.Errorf("%s takes no body", op.ID)
		}
		m, err := content(body.Content)
		if err != nil {
			return nil, err
		}
		return []generateSite{{op: op, media: m, schema: m.Schema, dir: spec.Request}}, nil
	case "parameters":
		var out []generateSite
		for _, p := range op.Parameters() {
			s := generateSite{op: op, param: p, schema: p.Schema, in: p.In + " " + p.Name, dir: spec.Request}
			if p.Content != nil {
				s.schema = p.Content.Schema
			}
			out = append(out, s)
		}
		if out == nil {
			return nil, fmt.Errorf("%s takes no parameters", op.ID)
		}
		return out, nil
	}
	return nil, fmt.Errorf("--part %q: want response, request or parameters", f.part)
}

func (s generateSite) name() string {
	switch {
	case s.op == nil:
		return s.in
	case s.in != "":
		return s.op.ID + " " + s.in
	}
	return s.op.ID
}

func (s generateSite) wrap(v any) any {
	o := value.NewObject(value.Member{Name: "operation", Value: s.op.ID})
	if s.status != 0 {
		o.Set("status", json.Number(strconv.Itoa(s.status)))
	}
	if s.in != "" {
		o.Set("parameter", s.in)
	}
	if s.media != nil {
		o.Set("mediaType", s.media.Name)
	}
	o.Set("value", v)
	return o
}

func (s generateSite) generate(book *fixtures.Book, f generateFlags, set map[string]string, yield func(any) error) error {
	if s.schema == nil && (f.invalid || s.op == nil) {
		return fmt.Errorf("there is no schema, so anything is valid")
	}
	if f.invalid {
		n := 0
		for spoiled := range book.Spoil(s.schema, s.dir, s.name()) {
			if err := yield(value.NewObject(value.Member{Name: "value", Value: spoiled.Value}, value.Member{Name: "at", Value: spoiled.At},
				value.Member{Name: "keyword", Value: spoiled.Keyword}, value.Member{Name: "why", Value: spoiled.Why})); err != nil {
				return err
			}
			if n++; n == f.count {
				break
			}
		}
		return nil
	}
	for i := range f.count {
		// the first value is the one that the mock answers with; each further one has a seed of its own
		seed := f.seed + uint64(i)
		ask := fixtures.Ask{Path: set, Seed: &seed}
		var v any
		var err error
		switch {
		case s.op == nil:
			v, err = book.Value(s.schema, s.dir, s.in, ask)
		case s.param != nil:
			v, err = book.Parameter(s.op, s.param, ask)
		case s.dir == spec.Request:
			ask.Dynamic = i > 0
			v, err = book.RequestBody(s.op, s.media, ask)
		default:
			var fixture fixtures.Fixture
			ask.Dynamic = i > 0
			fixture, err = book.Response(s.op, s.status, s.media, ask)
			v = fixture.Value
		}
		if err != nil {
			return err
		}
		if err := yield(v); err != nil {
			return err
		}
	}
	return nil
}

// writer gives a function that writes one value after the other; called with true it writes what ends them.
func writer(w io.Writer, format string) (func(v any, end ...bool) error, error) {
	switch format {
	case "json":
		return func(v any, end ...bool) error {
			if len(end) > 0 {
				return nil
			}
			_, err := w.Write(value.Indent(v))
			return err
		}, nil
	case "ndjson":
		return func(v any, end ...bool) error {
			if len(end) > 0 {
				return nil
			}
			_, err := w.Write(append(value.Append(nil, v), '\n'))
			return err
		}, nil
	case "yaml":
		first := true
		return func(v any, end ...bool) error {
			if len(end) > 0 {
				return nil
			}
			if !first {
				if _, err := io.WriteString(w, "---\n"); err != nil {
					return err
				}
			}
			first = false
			var out bytes.Buffer
			e := yaml.NewEncoder(&out)
			e.SetIndent(2)
			if err := e.Encode(yamlNode(v)); err != nil {
				return err
			}
			if err := e.Close(); err != nil {
				return err
			}
			_, err := w.Write(out.Bytes())
			return err
		}, nil
	}
	return nil, fmt.Errorf("--format %q: want json, yaml or ndjson", format)
}

// yamlNode keeps the order of members and the digits of numbers.
func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(string(v), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: string(v)}
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, x := range v {
			n.Content = append(n.Content, yamlNode(x))
		}
		return n
	case *value.Object:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for name, x := range v.All() {
			n.Content = append(n.Content, yamlNode(name), yamlNode(x))
		}
		return n
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: fmt.Sprint(v)}
}
