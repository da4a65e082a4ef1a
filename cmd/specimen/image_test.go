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
	"syscall"
	"testing"
	"time"
)

// TestTheImage does what the Dockerfile says, without a container engine: its build line, then its entry point and
// its health check as its user, with an empty directory as the root of the file system.
func TestTheImage(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must run this as root: it changes the root directory")
		}
		t.Skip("only root can change the root directory")
	}
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	line := func(pattern string) string {
		m := regexp.MustCompile(`(?m)` + pattern).FindSubmatch(text)
		if m == nil {
			t.Fatalf("the Dockerfile has no line like %s", pattern)
		}
		return string(m[1])
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	build := strings.ReplaceAll(line(`^RUN (CGO_ENABLED=0 go build .*)$`), "/out/specimen", filepath.Join(root, "specimen"))
	sh := exec.Command("sh", "-c", build)
	sh.Dir = "../.."
	sh.Env = append(os.Environ(), "VERSION=v0.0.0-image")
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	words := func(list string) []string {
		return strings.Split(strings.NewReplacer(`"`, "", " ", "").Replace(list), ",")
	}
	entry := append(words(line(`^ENTRYPOINT \[(.*)\]$`)), words(line(`^CMD \[(.*)\]$`))...)
	health := words(line(`^HEALTHCHECK .*CMD \[(.*)\]$`))
	if user := line(`^USER (\S+)$`); user != "65532:65532" {
		t.Fatalf("got user %s, want 65532:65532", user)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	inside := func(args ...string) *exec.Cmd {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		t.Cleanup(cancel)
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		return cmd
	}
	var out bytes.Buffer
	server := inside(append(entry, "--port", port)...)
	server.Stdout, server.Stderr = &out, &out
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ready := false
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && !ready; time.Sleep(20 * time.Millisecond) {
		ready = inside(append(health, "http://127.0.0.1:"+port)...).Run() == nil
	}
	if !ready {
		server.Process.Kill()
		server.Wait()
		t.Fatalf("the health check never passed; the server said:\n%s", &out)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("got %v at the end, want a clean stop; the server said:\n%s", err, &out)
	}
	if err := inside(append(health, "http://127.0.0.1:"+port)...).Run(); err == nil {
		t.Error("the health check of a server that has stopped passed")
	}
}
