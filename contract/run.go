// Package contract asks a deployment the questions that its OpenAPI document answers, and says where it departs.
//
//	report, err := contract.Run(ctx, doc, contract.Config{Target: "https://staging.example.com/api", Token: key})
//	report.Write(os.Stdout, "text")
//	os.Exit(report.Exit())
//
// Run plans its requests before it sends any, phase by phase, judges each of them by the document as it travels, so that
// a valid one is valid and an invalid one is invalid in the one place that is meant, sends only what cannot do harm
// unless it is allowed more, shows every finding to the server twice, and makes its request as small as it gets.
package contract

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/internal/near"
	"github.com/specimen-api/specimen/spec"
)

// Config says what to test and how. Beside Target, or Handler, its zero value is ready to use.
type Config struct {
	// Target is the base URL of the deployment; the paths of the document are added to its path. It has no user
	// name, query or fragment. "" is allowed with Handler, or with a Client made by Direct: the path of the
	// document's first server then.
	Target string
	// Client sends the requests; nil is one of our own. Only its Transport is used, so that no redirect is
	// followed and no cookie kept.
	Client *http.Client
	// Handler is tested instead of a network, when it is not nil.
	Handler http.Handler
	// Header goes with every request. A credential in it is as secret as Token.
	Header http.Header
	// Token is a credential, put where each operation's security scheme wants it: bearer, an apiKey's header,
	// query parameter or cookie, or basic ("user:password"). It never shows in a report. "" sends none.
	Token string
	// Set gives values of parameters by name: orgID is org_1. A name that no operation has is an error.
	Set map[string]string
	// Only selects operations by the patterns of spec.Document.Select; none selects all.
	Only []string
	// Checks are the caller's own, beside those that are built in.
	Checks []Check
	// Disable names checks that are not run.
	Disable []string
	// AllowWrites allows POST, PUT and PATCH, valid and invalid ones: what is invalid and accepted all the same is kept
	// by the deployment. DELETE is never sent. Without it only GET, HEAD and OPTIONS are.
	AllowWrites bool
	// Phases says which cases are made; none is Examples and Coverage.
	Phases []Phase
	// MaxRequests is how many requests the run sends at most, repetitions included, spread evenly over the operations;
	// 0 is 1,000. A tenth is kept for repeating what was found.
	MaxRequests int
	// MinCoverage is how much of the ledger has to be covered, in percent, for exit status 0; else it is 4. 0 asks nothing.
	MinCoverage float64
	// RequireStatus names the statuses that have to be seen, by operation; else the exit status is 4.
	RequireStatus map[string][]int
	// Drift reports members that the document does not know, as warnings.
	Drift bool
	// Fixtures says which values are made where neither Set nor the document has one. Its seed is the run's.
	Fixtures fixtures.Config
	// Workers is how many requests may be under way together; 0 is 4. Writes go one after the other.
	Workers int
	// Timeout is how long one answer may take, body and all; 0 is 10 seconds.
	Timeout time.Duration
	// Rate is how many requests are begun in a second; 0 is 20 over a network and no limit without one,
	// less than 0 is no limit.
	Rate float64
	// MaxWait is the longest Retry-After that is waited for, once for each request; 0 is 30 seconds. The run ends
	// early when the target asks for more.
	MaxWait time.Duration
	// RunID goes with every request as Specimen-Run, so that the server's logs can tell ours; "" is a random one.
	RunID string
	// Observe is told of each case as it ends, one at a time and in the order of the plan; nil is nobody.
	Observe func(Result)
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	sleep func(context.Context, time.Duration) error // tests wait for nothing
}

// UsageError says that a Config cannot be used: a name that nothing has, a Target that is no URL.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

const (
	defaultWorkers = 4
	defaultTimeout = 10 * time.Second
	defaultRate    = 20
	defaultMaxWait = 30 * time.Second
	defaultMax     = 1000
	maxBody        = 10 << 20
)

// Run tests a deployment against its document. The error is a *UsageError, or the context's when it ends before the
// run does; a target that cannot be reached is in the report.
func Run(ctx context.Context, doc *spec.Document, cfg Config) (*Report, error) {
	r, err := newRunner(doc, cfg)
	if err != nil {
		return nil, err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return nil, err
	}
	started := r.cfg.Now()
	results := r.execute(ctx, plan)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("check %s: %w", r.secrets.text(r.target.String()), err)
	}
	report := r.report(ctx, plan, results)
	report.Started = started.UTC()
	report.Duration = r.cfg.Now().Sub(started)
	return report, nil
}

// runner is one run with everything decided.
type runner struct {
	cfg       Config
	doc       *spec.Document
	book      *fixtures.Book
	target    *url.URL
	transport http.RoundTripper
	network   bool
	agent     string
	checks    []Check
	phases    []Phase
	garbled   map[string]bool // schemes that credentials that cannot be read are planned for
	secrets   secrets
	pace      pace
	state     state
}

func newRunner(doc *spec.Document, cfg Config) (*runner, error) {
	r := &runner{cfg: cfg, doc: doc, network: cfg.Handler == nil, garbled: map[string]bool{}}
	if r.cfg.Workers <= 0 {
		r.cfg.Workers = defaultWorkers
	}
	if r.cfg.Timeout <= 0 {
		r.cfg.Timeout = defaultTimeout
	}
	if r.cfg.MaxWait <= 0 {
		r.cfg.MaxWait = defaultMaxWait
	}
	if r.cfg.MaxRequests <= 0 {
		r.cfg.MaxRequests = defaultMax
	}
	if r.cfg.Now == nil {
		r.cfg.Now = time.Now
	}
	if r.cfg.sleep == nil {
		r.cfg.sleep = sleep
	}
	if r.cfg.RunID == "" {
		var b [8]byte
		rand.Read(b[:])
		r.cfg.RunID = hex.EncodeToString(b[:])
	}
	r.agent = "specimen/" + version()

	switch {
	case cfg.Handler != nil && cfg.Client != nil:
		return nil, usage("there are both a Handler and a Client, want one of them")
	case cfg.Handler != nil:
		r.transport = direct{cfg.Handler}
	case cfg.Client != nil && cfg.Client.Transport != nil:
		r.transport = cfg.Client.Transport
		_, inside := r.transport.(direct)
		r.network = !inside
	default:
		r.transport = newTransport()
	}
	if cfg.Client != nil && cfg.Client.Timeout > 0 {
		r.cfg.Timeout = min(r.cfg.Timeout, cfg.Client.Timeout)
	}
	if r.cfg.Rate == 0 && r.network {
		r.cfg.Rate = defaultRate
	}
	if r.cfg.Rate > 0 {
		r.pace.gap = time.Duration(float64(time.Second) / r.cfg.Rate)
	}

	var err error
	if r.target, err = r.readTarget(); err != nil {
		return nil, err
	}
	if r.checks, err = chooseChecks(cfg); err != nil {
		return nil, err
	}
	for name := range cfg.Header {
		if strings.ContainsAny(name, " \r\n:") || name == "" {
			return nil, usage("%q is no name of a header", name)
		}
		for _, v := range cfg.Header[name] {
			if strings.ContainsAny(v, "\r\n\x00") {
				return nil, usage("the header %s holds a line feed", name)
			}
		}
	}
	if strings.ContainsAny(cfg.Token, "\r\n\x00") {
		return nil, usage("the token holds a line feed; is it the content of a file?")
	}
	if r.phases, err = choosePhases(cfg.Phases); err != nil {
		return nil, err
	}
	if cfg.MinCoverage < 0 || cfg.MinCoverage > 100 {
		return nil, usage("MinCoverage %v: want 0 to 100, in percent", cfg.MinCoverage)
	}
	for _, name := range sortedKeys(cfg.RequireStatus) {
		if doc.Operation(name) == nil {
			_, err := doc.Select(name)
			if err == nil {
				err = fmt.Errorf("%q is no operation", name)
			}
			return nil, &UsageError{err}
		}
	}
	r.secrets = r.readSecrets()
	if r.book, err = fixtures.Open(doc, cfg.Fixtures); err != nil {
		return nil, &UsageError{err}
	}
	if err := r.checkSet(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *runner) readTarget() (*url.URL, error) {
	text := r.cfg.Target
	if text == "" {
		if r.network {
			return nil, usage("there is no target, want the base URL of a deployment")
		}
		text = "http://localhost" + r.doc.Servers()[0].Path
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// the error of package url quotes the text, which may hold a password
		return nil, usage("the target is no URL; want one such as https://staging.example.com/api")
	case u.User != nil:
		return nil, usage("the target %s holds a user name; give credentials as Token", u.Redacted())
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, usage("target %q: got scheme %q, want http or https", text, u.Scheme)
	case u.Host == "" || u.Hostname() == "":
		return nil, usage("target %q has no host", text)
	case u.RawQuery != "" || u.ForceQuery:
		return nil, usage("the target %s://%s%s has a query, want a base URL alone; give an apiKey as Token", u.Scheme, u.Host, u.Path)
	case u.Fragment != "":
		return nil, usage("the target %s://%s%s has a fragment, want a base URL alone", u.Scheme, u.Host, u.Path)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// Takes says whether any operation of a document has a parameter of this name, so that Config.Set may hold it.
func Takes(doc *spec.Document, name string) bool {
	for _, op := range doc.Operations() {
		for _, p := range op.Parameters() {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

// checkSet refuses the name of a parameter that no operation has.
func (r *runner) checkSet() error {
	if len(r.cfg.Set) == 0 {
		return nil
	}
	known := map[string]bool{}
	var names []string
	for _, op := range r.doc.Operations() {
		for _, p := range op.Parameters() {
			if !known[p.Name] {
				known[p.Name] = true
				names = append(names, p.Name)
			}
		}
	}
	for _, name := range sortedKeys(r.cfg.Set) {
		if !known[name] {
			return &UsageError{family.Unknown("parameter", name, near.Names(name, names, len(names)))}
		}
	}
	return nil
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

const module = "github.com/specimen-api/specimen"

// version is that of the module, devel when it is built from its own sources.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == module && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
}
