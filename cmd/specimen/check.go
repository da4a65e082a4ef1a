package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/spec"
)

type checkFlags struct {
	documents   []string
	token       string
	headers     []string
	set         []string
	only        []string
	disable     []string
	allowWrites bool
	fixtures    []string
	seed        uint64
	workers     int
	timeout     time.Duration
	phases      []string
	maxRequests int
	minCoverage float64
	require     []string
	ledger      bool
	plan        string
	format      string
	output      string
}

func checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check BASE_URL",
		Short: "Ask a deployment the questions of a document, and say where it departs from it",
		Long: `Ask a deployment the questions of a document, and say where it departs from it. Only GET, HEAD and
OPTIONS are sent unless --allow-writes is given; DELETE is never sent. specimen plan says what would be sent.

A run has phases: examples sends what the document and the fixtures show, coverage varies one thing at a time, valid
and invalid, random draws from the seed until --max-requests is spent.

Exit status: 0 the document is kept, 1 it is broken, 2 usage or document, 3 it could not be tested
(unreachable, credentials refused, nothing tested), 4 it is kept and less of it was seen than --min-coverage
and --require-status ask for.`,
		Example: `  specimen check http://127.0.0.1:4010
  SPECIMEN_TOKEN=... specimen check https://staging.example.com --document openapi.yaml --set orgID=org_1
  specimen check http://127.0.0.1:8080 --document openapi.yaml --format junit --output report.xml`,
		Args: oneBase,
		RunE: func(cmd *cobra.Command, args []string) error { return check(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	f.what(flags)
	flags.StringArrayVar(&f.disable, "disable", nil, "check to leave out; may be given again")
	flags.IntVar(&f.workers, "workers", 4, "requests at the same time")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to wait for an answer")
	flags.StringVar(&f.plan, "plan", "", "hash of the plan that may be run, as specimen plan prints it; another one is refused")
	flags.Float64Var(&f.minCoverage, "min-coverage", 0, "percent of the ledger that has to be covered; else exit status 4")
	flags.StringArrayVar(&f.require, "require-status", nil, "statuses that have to be seen, as getPet=200,404; else exit status 4; may be given again")
	flags.BoolVar(&f.ledger, "ledger", false, "say after the report what of the document was seen: statuses, media types, parameters")
	flags.StringVar(&f.format, "format", "text", "form of the report: "+strings.Join(formatNames(), ", "))
	flags.StringVar(&f.output, "output", "", "file to write the report to (default: standard output)")
	return cmd
}

func oneBase(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one base URL, got %d; for example: %s http://127.0.0.1:4010", len(args), cmd.CommandPath())
	}
	return nil
}

// what gives the flags that decide what is sent; specimen plan has them too.
func (f *checkFlags) what(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.documents, "document", nil, "document to hold the deployment to; may be given again (default: those that come with Specimen and fit BASE_URL)")
	documentFlags(flags)
	flags.StringVar(&f.token, "token", "", "credential to send, where the document asks for one (default: $SPECIMEN_TOKEN, which no process list shows)")
	flags.StringArrayVarP(&f.headers, "header", "H", nil, "header to send with each request, as 'Name: value'; may be given again")
	flags.StringArrayVar(&f.set, "set", nil, "value of a parameter, as orgID=org_1; may be given again")
	flags.StringArrayVar(&f.only, "only", nil, "operations to check: an operationId, tag:NAME, 'GET /path*'; may be given again")
	flags.BoolVar(&f.allowWrites, "allow-writes", false, "send PATCH, PUT and POST too, many of them and some invalid; DELETE is never sent")
	flags.StringArrayVar(&f.fixtures, "fixtures", nil, "folder of named fixtures whose ids and keys may be used; may be given again")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of generated values; the same seed sends the same requests")
	flags.StringSliceVar(&f.phases, "phase", []string{"examples", "coverage"}, "phases of the run: examples, coverage, random")
	flags.IntVar(&f.maxRequests, "max-requests", 1000, "requests for each document at most, spread over its operations")
}

func formatNames() []string {
	var names []string
	for _, f := range contract.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func check(cmd *cobra.Command, base string, f checkFlags) error {
	docs, cfg, err := f.read(cmd, base)
	if err != nil {
		return err
	}
	if f.minCoverage < 0 || f.minCoverage > 100 {
		return fmt.Errorf("--min-coverage %v: want 0 to 100, in percent", f.minCoverage)
	}
	cfg.MinCoverage = f.minCoverage
	required, err := readRequired(docs, f.require)
	if err != nil {
		return err
	}
	if f.ledger && f.format != "text" && f.output == "" {
		return fmt.Errorf("--ledger adds a table to the report, and format %s takes none; --format json has the ledger", f.format)
	}
	// a name that is wrong is said before anything is sent
	if _, err := contract.FindFormat(f.format); err != nil {
		return err
	}
	if f.plan != "" {
		_, hash, err := plans(cmd, docs, cfg, f)
		if err != nil {
			return err
		}
		if hash != f.plan {
			return fmt.Errorf("the plan is %s, not %s, and nothing was sent; specimen plan says what it holds", hash, f.plan)
		}
	}
	out := cmd.OutOrStdout()
	if f.output != "" {
		file, err := os.Create(f.output)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		defer file.Close()
		out = file
	}
	return checkAll(cmd, docs, cfg, f, required, out)
}

// read makes the configuration of a run, and finds its documents.
func (f checkFlags) read(cmd *cobra.Command, base string) ([]*spec.Document, contract.Config, error) {
	var cfg contract.Config
	target, err := url.Parse(base)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, cfg, fmt.Errorf("%q is no base URL; want http://HOST or https://HOST, with a path if the API has one", base)
	}
	if target.User != nil {
		return nil, cfg, fmt.Errorf("a base URL with a password in it would end up in reports; use --token or SPECIMEN_TOKEN")
	}
	if f.maxRequests < 1 {
		return nil, cfg, fmt.Errorf("--max-requests %d: want 1 or more", f.maxRequests)
	}
	cfg = contract.Config{Target: base, Token: f.token, Only: f.only, Disable: f.disable, AllowWrites: f.allowWrites, Workers: f.workers, Timeout: f.timeout, MaxRequests: f.maxRequests}
	for _, name := range f.phases {
		cfg.Phases = append(cfg.Phases, contract.Phase(strings.TrimSpace(name)))
	}
	if cfg.Token == "" {
		cfg.Token = os.Getenv("SPECIMEN_TOKEN")
	}
	cfg.Fixtures.Seed = f.seed
	if cfg.Fixtures.Files, err = folders(f.fixtures); err != nil {
		return nil, cfg, err
	}
	if cfg.Header, err = headers(f.headers); err != nil {
		return nil, cfg, err
	}
	if cfg.Set, err = pairs(f.set); err != nil {
		return nil, cfg, err
	}
	docs, err := documentsFor(cmd, target, f.documents)
	return docs, cfg, err
}

// selects says whether --only chooses any operation of a document, where there are several.
func (f checkFlags) selects(doc *spec.Document, docs []*spec.Document) bool {
	if len(docs) == 1 || len(f.only) == 0 {
		return true
	}
	_, err := doc.Select(f.only...)
	return err == nil
}

// readRequired reads --require-status: the statuses by document and operation.
func readRequired(docs []*spec.Document, texts []string) (map[*spec.Document]map[string][]int, error) {
	out := map[*spec.Document]map[string][]int{}
	for _, text := range texts {
		// an operation without an id is named by its method and path, which may hold an equals sign
		i := strings.LastIndexByte(text, '=')
		if i <= 0 {
			return nil, fmt.Errorf("--require-status %q: want OPERATION=STATUS,STATUS", text)
		}
		var statuses []int
		for _, one := range strings.Split(text[i+1:], ",") {
			status, err := strconv.Atoi(strings.TrimSpace(one))
			if err != nil || status < 100 || status > 599 {
				return nil, fmt.Errorf("--require-status %q: %q is no status", text, one)
			}
			statuses = append(statuses, status)
		}
		known := false
		var names []string
		for _, doc := range docs {
			for _, op := range doc.Operations() {
				names = append(names, op.ID)
			}
			if op := doc.Operation(text[:i]); op != nil {
				known = true
				if out[doc] == nil {
					out[doc] = map[string][]int{}
				}
				out[doc][op.ID] = append(out[doc][op.ID], statuses...)
			}
		}
		if !known {
			return nil, fmt.Errorf("--require-status: no operation named %q%s", text[:i], nearest(text[:i], names))
		}
	}
	return out, nil
}

func checkAll(cmd *cobra.Command, docs []*spec.Document, cfg contract.Config, f checkFlags, required map[*spec.Document]map[string][]int, out io.Writer) error {
	var reports []*contract.Report
	for _, doc := range docs {
		if !f.selects(doc, docs) {
			continue
		}
		cfg.Set, cfg.RequireStatus = setFor(doc, docs, f.set), required[doc]
		report, err := contract.Run(cmd.Context(), doc, cfg)
		if err != nil {
			if cmd.Context().Err() != nil {
				return &exit{exitStopped, "stopped"}
			}
			return err
		}
		reports = append(reports, report)
	}
	if len(reports) == 0 {
		_, err := docs[0].Select(f.only...)
		return err
	}
	if err := contract.Write(out, f.format, reports...); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if f.ledger {
		if f.output == "" {
			fmt.Fprintln(out)
		} else {
			out = cmd.OutOrStdout()
		}
		if err := contract.WriteLedger(out, reports...); err != nil {
			return fmt.Errorf("write the ledger: %w", err)
		}
	}
	if status := contract.Exit(reports...); status != exitKept {
		return &exit{status, ""}
	}
	return nil
}

// setFor gives the values of --set that are for a document: those of a name that only another document has are not.
func setFor(doc *spec.Document, docs []*spec.Document, texts []string) map[string]string {
	set, _ := pairs(texts) // read before
	for name := range set {
		if slices.ContainsFunc(docs, func(d *spec.Document) bool { return contract.Takes(d, name) }) && !contract.Takes(doc, name) {
			delete(set, name)
		}
	}
	return set
}

// documentsFor gives the documents named, else those that come with Specimen: the one whose server has the
// target's host, or all of them when none has (a mock).
func documentsFor(cmd *cobra.Command, target *url.URL, names []string) ([]*spec.Document, error) {
	docs, err := loadAll(cmd.Context(), cmd, names)
	if err != nil || len(names) > 0 || len(loader(cmd).Overlays) > 0 {
		return docs, err
	}
	for _, doc := range docs {
		for _, s := range doc.Servers() {
			if u, err := url.Parse(s.URL); err == nil && u.Host == target.Host {
				return []*spec.Document{doc}, nil
			}
		}
	}
	return docs, nil
}

func headers(lines []string) (http.Header, error) {
	out := http.Header{}
	for _, line := range lines {
		name, val, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\r\n") {
			// the line may hold a secret: it is not repeated
			return nil, fmt.Errorf("--header: want 'Name: value'")
		}
		out.Add(name, strings.TrimSpace(val))
	}
	return out, nil
}

func pairs(texts []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range texts {
		name, val, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--set %q: want NAME=VALUE", text)
		}
		out[name] = val
	}
	return out, nil
}
