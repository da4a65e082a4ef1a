package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

type serveFlags struct {
	host        string
	port        int
	fixtures    []string
	seed        uint64
	locale      string
	profile     string
	examples    string
	faults      []string
	validate    string
	strictIDs   bool
	state       string
	credentials bool
	drain       time.Duration
	quiet       bool
	mounts      []string
	watch       string
	warm        string
}

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [DOCUMENT...]",
		Short: "Answer as the API of a document would",
		Long: `Answer as the API of a document would. A DOCUMENT is a path, a URL, "-" for standard input, or the name of one that
comes with Specimen (` + strings.Join(spec.Builtins(), ", ") + `). Without one, those that come with Specimen are served together.

The banner goes to standard output, a line for each request to standard error.`,
		Example: `  specimen serve
  specimen serve petstore.yaml --port 8080
  specimen serve octolens --fixtures my-fixtures --state octolens.db
  specimen serve --mount /pets=petstore.yaml --mount shop.localhost=shop.json --mount :4011=legacy.yaml
  specimen serve --overlay changes.yaml petstore.yaml --watch on`,
		RunE: func(cmd *cobra.Command, args []string) error { return serve(cmd, args, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.host, "host", "127.0.0.1", "address to listen on")
	flags.IntVar(&f.port, "port", 4010, "port to listen on; 0 picks a free one and prints it")
	documentFlags(flags)
	flags.StringArrayVar(&f.mounts, "mount", nil, "serve a document in a place of its own, as /prefix=DOCUMENT, host=DOCUMENT or :port=DOCUMENT; may be given again")
	flags.StringVar(&f.watch, "watch", "auto", "take changes of documents, overlays and fixtures up while serving: on, off, or auto, which is on at a terminal")
	flags.StringVar(&f.warm, "warm", "on", "prepare operations in the background before they are first asked for: on or off")
	flags.StringArrayVar(&f.fixtures, "fixtures", nil, "folder of named fixtures; may be given again")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of generated values; the same seed gives the same answers")
	flags.StringVar(&f.locale, "locale", "", "language of generated names and places, such as de (default en)")
	flags.StringVar(&f.profile, "profile", "typical", "how much a generated value holds: minimal, typical, full, boundary or random")
	flags.StringVar(&f.examples, "examples", "on", "answer with the document's examples where they fit: on or off")
	flags.StringArrayVar(&f.faults, "fault", nil, "spoil the answers, such as latency=200ms or getPet:status=503:0.1; may be given again: "+faultNames())
	flags.StringVar(&f.validate, "validate", "reject", "what becomes of requests that break the document: reject, report (answer, and say what was wrong) or off")
	flags.BoolVar(&f.strictIDs, "strict-ids", false, "answer 404 for ids that no fixture has")
	flags.StringVar(&f.state, "state", "", "file that keeps what was written, across restarts")
	flags.BoolVar(&f.credentials, "credentials", false, "let browsers send cookies: answer CORS with the page's own origin")
	flags.DurationVar(&f.drain, "drain", 10*time.Second, "how long requests in flight may take after Ctrl-C")
	flags.BoolVar(&f.quiet, "quiet", false, "no line for each request")
	return cmd
}

func faultNames() string {
	var names []string
	for _, f := range mock.Faults() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func profile(name string) (fixtures.Profile, error) {
	switch p := fixtures.Profile(name); p {
	case "typical", "":
		return fixtures.Typical, nil
	case fixtures.Minimal, fixtures.Full, fixtures.Boundary, fixtures.Random:
		return p, nil
	}
	return "", fmt.Errorf("no profile named %q; there are minimal, typical, full, boundary and random", name)
}

func onOff(flag, text string) (bool, error) {
	switch text {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("--%s %q: want on or off", flag, text)
}

func folders(names []string) ([]fs.FS, error) {
	var out []fs.FS
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("fixtures: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("fixtures: %s is no folder", name)
		}
		out = append(out, os.DirFS(name))
	}
	return out, nil
}

func (f serveFlags) fixturesConfig(docs []*spec.Document) (fixtures.Config, error) {
	cfg := fixtures.Config{Seed: f.seed, Locale: f.locale}
	var err error
	if cfg.Profile, err = profile(f.profile); err != nil {
		return cfg, err
	}
	examples, err := onOff("examples", f.examples)
	if err != nil {
		return cfg, err
	}
	cfg.NoExamples = !examples
	if cfg.Files, err = folders(f.fixtures); err != nil {
		return cfg, err
	}
	for _, folder := range cfg.Files {
		if err := fixtures.Unclaimed(folder, docs...); err != nil {
			return cfg, fmt.Errorf("fixtures: %w", err)
		}
	}
	return cfg, nil
}

func serve(cmd *cobra.Command, args []string, f serveFlags) error {
	ctx := cmd.Context()
	if f.port < 0 || f.port > 65535 {
		return fmt.Errorf("--port %d: want 0 to 65535", f.port)
	}
	out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
	watch, err := watching(f.watch, out, errs)
	if err != nil {
		return err
	}
	warm, err := onOff("warm", f.warm)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var observe func(mock.Call)
	if !f.quiet {
		observe = (&lines{w: errs}).call
	}
	var opened func(path string)
	var files *watcher
	if watch {
		files = newWatcher()
		opened = files.opened
	}
	all, err := sites(ctx, loader(cmd), args, f.mounts, opened)
	if err != nil {
		return err
	}
	var docs []*spec.Document
	for _, s := range all {
		docs = append(docs, s.documents()...)
	}
	config := func(s *site, first bool, own, all []*spec.Document) (mock.Config, error) {
		cfg := mock.Config{Faults: f.faults, Policy: mock.Policy(f.validate), StrictIDs: f.strictIDs, StateFile: stateFile(f.state, s, first), Credentials: f.credentials, Logger: logger, Observe: observe, Others: all}
		var err error
		cfg.Fixtures, err = f.fixturesConfig(all)
		return cfg, err
	}
	active := &activity{}
	heat := func(ctx context.Context, s *site) {
		if s.stop != nil {
			s.stop()
		}
		var mine context.Context
		mine, s.stop = context.WithCancel(ctx)
		if warm {
			go active.warm(mine, s.documents())
		}
	}
	for i, s := range all {
		if s.cfg, err = config(s, i == 0, s.documents(), docs); err != nil {
			return err
		}
		server, err := mock.NewMany(s.documents(), s.cfg)
		if err != nil {
			return err
		}
		s.live = mock.NewLive(server)
		defer func() { s.live.Server().Close() }()
	}
	servers, err := f.listen(ctx, all, active, logger)
	if err != nil {
		return err
	}
	banner(out, all)
	for _, s := range all {
		heat(ctx, s)
	}
	if files != nil {
		for _, folder := range f.fixtures {
			files.folder(folder)
		}
		r := &reloader{sites: all, watcher: files, fixtures: f.fixtures, config: config, warm: heat, log: errs}
		done := make(chan struct{})
		watchCtx, stop := context.WithCancel(ctx)
		defer func() { stop(); <-done }()
		go func() {
			defer close(done)
			files.run(watchCtx, func(changed map[string]bool) { r.reload(watchCtx, changed) })
		}()
	}
	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.http.Serve(s.listener) }()
	}
	select {
	case err := <-failed:
		return &exit{exitUnable, oneLine(err.Error())}
	case <-ctx.Done():
	}
	fmt.Fprintln(errs, "stopping; requests in flight are answered")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.drain)
	defer cancel()
	cut := make([]error, len(servers))
	var wait sync.WaitGroup
	for i, s := range servers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if cut[i] = s.http.Shutdown(drain); cut[i] != nil {
				s.http.Close()
			}
		}()
	}
	wait.Wait()
	if errors.Join(cut...) != nil {
		return &exit{exitBroken, fmt.Sprintf("some requests were still running after %s and were cut off", f.drain)}
	}
	return nil
}

// listening is one port with what answers there.
type listening struct {
	listener net.Listener
	http     *http.Server
}

// listen opens the port of the flags, and those of mounts that have their own.
func (f serveFlags) listen(ctx context.Context, all []*site, active *activity, logger *slog.Logger) (out []listening, err error) {
	defer func() {
		if err != nil {
			for _, l := range out {
				l.listener.Close()
			}
		}
	}()
	open := func(port int, mounts []*site) error {
		listener, err := listen(ctx, f.host, port)
		if err != nil {
			return err
		}
		var list []mock.Mount
		for _, s := range mounts {
			s.address = s.url(listener.Addr().String())
			list = append(list, mock.Mount{Host: s.host, Prefix: s.prefix, Handler: s.live})
		}
		out = append(out, listening{listener, &http.Server{Handler: active.count(mock.Mounts(list)), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			MaxHeaderBytes: 1 << 20, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn)}})
		return nil
	}
	var shared []*site
	for _, s := range all {
		if s.port == "" {
			shared = append(shared, s)
		}
	}
	if len(shared) > 0 {
		if err := open(f.port, shared); err != nil {
			return out, err
		}
	}
	for _, s := range all {
		if s.port == "" {
			continue
		}
		port, _ := strconv.Atoi(s.port[1:])
		if err := open(port, []*site{s}); err != nil {
			return out, err
		}
	}
	return out, nil
}

// activity counts the requests that are answered now, so that what can wait does.
type activity struct{ requests atomic.Int64 }

func (a *activity) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		defer a.requests.Add(-1)
		h.ServeHTTP(w, r)
	})
}

// warm prepares operations, one after the other: it rests for as long as it worked, and while requests are answered.
func (a *activity) warm(ctx context.Context, docs []*spec.Document) {
	rest := func(d time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
	for _, doc := range docs {
		doc.Warm(ctx, func(spent time.Duration) {
			rest(max(spent, time.Millisecond))
			for a.requests.Load() > 0 && ctx.Err() == nil {
				rest(5 * time.Millisecond)
			}
		})
	}
}

func listen(ctx context.Context, host string, port int) (net.Listener, error) {
	var config net.ListenConfig
	address := net.JoinHostPort(host, strconv.Itoa(port))
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program; --port 0 picks a free port", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be listened on by this user; take a port above 1023", address)
	}
	return nil, fmt.Errorf("listen on %s: %w", address, err)
}

// lines writes one line for each request.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) call(c mock.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, "%s %-7s %s %d  %s  %s", c.Time.Format("15:04:05"), c.Method, c.Path, c.Status, c.Source, elapsed(c.Duration))
	for i, p := range c.Problems {
		if i == 3 {
			fmt.Fprintf(l.w, "  and %d more", len(c.Problems)-i)
			break
		}
		fmt.Fprintf(l.w, "  %s", oneLine(p.String()))
	}
	fmt.Fprintln(l.w)
}

func elapsed(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

const bannerOperations = 24

// banner says what is served, and shows a line to paste.
func banner(w io.Writer, all []*site) {
	fmt.Fprintf(w, "Specimen %s listens on %s\n", versionText(), all[0].address)
	for _, s := range all {
		for _, doc := range s.documents() {
			promise(w, s, doc)
		}
	}
	fmt.Fprintf(w, "\nCtrl-C stops it.\n")
}

func promise(w io.Writer, s *site, doc *spec.Document) {
	fmt.Fprintf(w, "\n%s %s (%s, OpenAPI %s)\n", doc.Title, doc.Release, doc.Location, doc.Text)
	if s.at != "" {
		fmt.Fprintf(w, "  at %s\n", s.address)
	}
	ops := doc.Operations()
	width := 0
	for _, op := range ops[:min(len(ops), bannerOperations)] {
		width = max(width, len(op.Path))
	}
	for i, op := range ops {
		if i == bannerOperations {
			fmt.Fprintf(w, "  and %d more operations\n", len(ops)-i)
			break
		}
		fmt.Fprintf(w, "  %-7s %-*s  %s\n", op.Method, min(width, 60), op.Path, op.ID)
	}
	for _, p := range doc.Problems() {
		fmt.Fprintf(w, "  ! %s\n", p)
	}
	book := s.live.Server().Book(doc)
	if named := book.Named(); len(named) > 0 {
		fmt.Fprintf(w, "  fixtures\n")
		width := 0
		for _, n := range named {
			width = max(width, len(n.Name))
		}
		for _, n := range named {
			fmt.Fprintf(w, "    %-*s  %s%s\n", width, n.Name, n.About, choosing(n))
		}
	}
	if line := curl(s.address, book, doc); line != "" {
		fmt.Fprintf(w, "  try\n    %s\n", line)
	}
}

func choosing(n *fixtures.Named) string {
	for name, values := range n.Path {
		if len(values) > 0 {
			return fmt.Sprintf(" [%s=%s]", name, values[0])
		}
	}
	if len(n.Keys) > 0 {
		return fmt.Sprintf(" [key %s]", n.Keys[0])
	}
	return ""
}

// curl gives a line that asks for the first operation that can be read, as the first fixture's reader would.
func curl(address string, book *fixtures.Book, doc *spec.Document) string {
	for _, op := range doc.Operations() {
		if op.Method != http.MethodGet || len(op.Problems()) > 0 {
			continue
		}
		key := "test"
		ask := fixtures.Ask{Path: map[string]string{}}
		for _, n := range book.Named() {
			if len(n.Keys) == 0 {
				continue
			}
			key = n.Keys[0]
			for name, values := range n.Path {
				ask.Path[name] = values[0]
			}
			break
		}
		in, err := book.Request(op, ask)
		if err != nil {
			continue
		}
		req, err := op.NewRequest(context.Background(), address, in)
		if err != nil {
			continue
		}
		line := "curl"
		if alternatives := op.Security(); len(alternatives) > 0 {
			for _, need := range alternatives[0] {
				switch {
				case need.Scheme.Type == "apiKey" && need.Scheme.In == "header":
					line += fmt.Sprintf(" -H '%s: %s'", need.Scheme.Parameter, key)
				case need.Scheme.Type == "apiKey" && need.Scheme.In == "query":
					q := req.URL.Query()
					q.Set(need.Scheme.Parameter, key)
					req.URL.RawQuery = q.Encode()
				case need.Scheme.Type == "http" && need.Scheme.Scheme == "basic":
					line += " -u user:password"
				case need.Scheme.Type != "apiKey":
					line += fmt.Sprintf(" -H 'Authorization: Bearer %s'", key)
				}
			}
		}
		for name, values := range req.Header {
			if name != "Accept" && name != "Content-Type" {
				line += fmt.Sprintf(" -H '%s: %s'", name, values[0])
			}
		}
		url := req.URL.String()
		if strings.ContainsAny(url, "&?;'()*$ ") {
			url = "'" + strings.ReplaceAll(url, "'", "%27") + "'"
		}
		return line + " " + url
	}
	return ""
}
