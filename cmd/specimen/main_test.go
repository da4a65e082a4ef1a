package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"specimen": main,
		"curl":     func() { os.Exit(curlMain(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// The scripts are the command's manual: each is a session at a shell. mock starts "specimen serve" with the
// arguments given and a free port, and puts its address into $API and its port into $PORT; stop ends it and leaves
// what it wrote to standard error in the file log.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"mock": mockCommand, "stop": stopCommand},
		Setup: func(env *testscript.Env) error {
			env.Values["mocks"] = map[string]*running{}
			env.Setenv("SPECIMEN_TOKEN", "")
			return nil
		},
	})
}

type running struct {
	cmd  *exec.Cmd
	errs *bytes.Buffer
}

// startMock runs "specimen serve" until its banner says where it listens.
func startMock(binary, dir string, env []string, args ...string) (*running, string, error) {
	cmd := exec.Command(binary, append([]string{"serve", "--port", "0"}, args...)...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	r := &running{cmd: cmd, errs: &bytes.Buffer{}}
	cmd.Stderr = r.errs
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		cmd.Wait()
		return nil, "", fmt.Errorf("serve ended: %s", r.errs)
	}
	_, address, ok := strings.Cut(lines.Text(), "listens on ")
	if !ok {
		return nil, "", fmt.Errorf("no address in %q", lines.Text())
	}
	go io.Copy(io.Discard, out)
	return r, address, nil
}

func (r *running) stop() (int, error) {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- r.cmd.Wait() }()
	select {
	case <-done:
		return r.cmd.ProcessState.ExitCode(), nil
	case <-time.After(15 * time.Second):
		r.cmd.Process.Kill()
		return 0, fmt.Errorf("serve did not stop within 15 seconds of SIGTERM")
	}
}

func mockCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("mock cannot be negated; use ! exec specimen serve")
	}
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SPECIMEN_TOKEN", "GOCOVERDIR"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	binary := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if p := filepath.Join(dir, "specimen"); binary == "" {
			if _, err := os.Stat(p); err == nil {
				binary = p
			}
		}
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$WORK", ts.Getenv("WORK"))
	}
	r, address, err := startMock(binary, ts.MkAbs("."), env, args...)
	ts.Check(err)
	ts.Setenv("API", address)
	ts.Setenv("PORT", address[strings.LastIndex(address, ":")+1:])
	ts.Value("mocks").(map[string]*running)[address] = r
	ts.Defer(func() {
		if r.cmd.ProcessState == nil {
			r.stop()
		}
	})
}

func stopCommand(ts *testscript.TestScript, neg bool, args []string) {
	r := ts.Value("mocks").(map[string]*running)[ts.Getenv("API")]
	status, err := r.stop()
	ts.Check(err)
	if status != 0 {
		ts.Fatalf("serve ended with %d: %s", status, r.errs)
	}
	ts.Check(os.WriteFile(ts.MkAbs("log"), r.errs.Bytes(), 0o666))
}

// curlMain is as much of curl as the README and the scripts need, so that the tests run where there is none:
// -s, -i, -X, -H, -d, -o /dev/null.
func curlMain(args []string, out, errs io.Writer) int {
	method, body, target, include := "", "", "", false
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		next := func() string { i++; return args[min(i, len(args)-1)] }
		switch arg := args[i]; {
		case arg == "-s" || arg == "-S" || arg == "-sS":
		case arg == "-i" || arg == "-si":
			include = true
		case arg == "-X":
			method = next()
		case arg == "-H":
			name, val, _ := strings.Cut(next(), ":")
			header.Set(name, strings.TrimSpace(val))
		case arg == "-d":
			body = next()
		case strings.HasPrefix(arg, "-"):
			fmt.Fprintf(errs, "curl: option %s is not known here\n", arg)
			return 2
		default:
			target = arg
		}
	}
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		fmt.Fprintln(errs, "curl:", err)
		return 3
	}
	req.Header = header
	if body != "" && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		fmt.Fprintln(errs, "curl:", err)
		return 7
	}
	defer res.Body.Close()
	if include {
		fmt.Fprintf(out, "%s %s\n", res.Proto, res.Status)
		var names []string
		for name := range res.Header {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Fprintf(out, "%s: %s\n", name, strings.Join(res.Header[name], ", "))
		}
		fmt.Fprintln(out)
	}
	if _, err := io.Copy(out, res.Body); err != nil {
		fmt.Fprintln(errs, "curl:", err)
		return 18
	}
	return 0
}
