package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestTheREADMEKeepsItsPromise runs every command of README.md in the order of the page and compares what it prints.
// In a console block a line that begins with "$ " is a command, and what follows is its output; "..." stands
// for any text. A serve runs until the next one, on a port of its own in the place of 4010.
func TestTheREADMEKeepsItsPromise(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().String()[strings.LastIndex(l.Addr().String(), ":")+1:]
	l.Close()
	shell := &shell{t: t, dir: t.TempDir(), port: port}
	defer shell.stop()
	// what the page's reader has at hand
	for _, file := range []string{"spec/capydb.yaml", "spec/octolens.yaml"} {
		data, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(shell.dir, filepath.Dir(file)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(shell.dir, file), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	commands := 0
	for _, block := range fenced(string(page), "console") {
		for _, c := range block.commands() {
			commands++
			shell.run(c)
		}
	}
	if commands < 8 {
		t.Errorf("got %d commands in the README, want the whole story", commands)
	}
	for _, block := range fenced(string(page), "yaml") {
		if name, ok := strings.CutPrefix(strings.SplitN(block.text, "\n", 2)[0], "# "); ok && strings.HasSuffix(name, ".yaml") && !strings.Contains(shell.written, name) {
			t.Errorf("line %d: %s is shown and no command reads it", block.line, name)
		}
	}
}

// TestTheREADMEsGoIsRun finds each Go block of the README in a test that runs it.
func TestTheREADMEsGoIsRun(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources string
	for _, pattern := range []string{"../../mock/mocktest/*_test.go", "../../contract/*_test.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources += squeeze(string(data))
		}
	}
	blocks := fenced(string(page), "go")
	if len(blocks) < 2 {
		t.Errorf("got %d Go blocks, want one for the mock and one for the contract", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(sources, squeeze(block.text)) {
			t.Errorf("README.md:%d: no example runs this:\n%s", block.line, block.text)
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

type block struct {
	line int
	text string
}

func fenced(page, language string) []block {
	var out []block
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] != "```"+language {
			continue
		}
		b := block{line: i + 2}
		for i++; i < len(lines) && lines[i] != "```"; i++ {
			b.text += lines[i] + "\n"
		}
		out = append(out, b)
	}
	return out
}

type readmeCommand struct {
	line       int
	text, want string
}

func (b block) commands() []readmeCommand {
	var out []readmeCommand
	lines := strings.Split(strings.TrimSuffix(b.text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		text, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			if len(out) > 0 {
				out[len(out)-1].want += lines[i] + "\n"
			}
			continue
		}
		c := readmeCommand{line: b.line + i, text: text}
		for strings.HasSuffix(c.text, "\\") && i+1 < len(lines) {
			i++
			c.text = strings.TrimSuffix(c.text, "\\") + lines[i]
		}
		out = append(out, c)
	}
	return out
}

type shell struct {
	t       *testing.T
	dir     string
	port    string
	serving *exec.Cmd
	written string // all commands so far
}

func (s *shell) run(c readmeCommand) {
	s.t.Helper()
	if c.text == "go test ./..." { // this test is a part of it
		return
	}
	s.written += c.text + "\n"
	text := strings.ReplaceAll(c.text, "go run ./cmd/specimen", "specimen")
	text = strings.ReplaceAll(text, "4010", s.port)
	want := strings.ReplaceAll(c.want, "4010", s.port)
	if strings.HasPrefix(text, "specimen serve") {
		s.serve(c, text, want)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.Dir = s.dir
	got, err := cmd.CombinedOutput()
	s.compare(c, string(got), want)
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		s.t.Errorf("README.md:%d: %s: %v", c.line, c.text, err)
	}
}

func (s *shell) serve(c readmeCommand, text, want string) {
	s.t.Helper()
	s.stop()
	if !strings.Contains(text, "--port") {
		text += " --port " + s.port
	}
	cmd := exec.Command("sh", "-c", "exec "+text)
	cmd.Dir = s.dir
	out := &growing{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.serving = cmd
	end := time.Now().Add(30 * time.Second)
	for !strings.Contains(out.String(), "Ctrl-C stops it.") && time.Now().Before(end) {
		time.Sleep(10 * time.Millisecond)
	}
	s.compare(c, out.String(), want)
}

func (s *shell) stop() {
	if s.serving == nil {
		return
	}
	s.serving.Process.Signal(syscall.SIGTERM)
	s.serving.Wait()
	s.serving = nil
}

func (s *shell) compare(c readmeCommand, got, want string) {
	s.t.Helper()
	got, want = strings.TrimRight(got, "\n"), strings.TrimRight(want, "\n")
	pattern := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, `.*`) + "$"
	if !regexp.MustCompile(pattern).MatchString(got) {
		s.t.Errorf("README.md:%d: $ %s\ngot:\n%s\nwant:\n%s", c.line, c.text, got, want)
	}
}

// growing is a buffer that is read while it is written.
type growing struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.buf.Write(p)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.buf.String()
}
