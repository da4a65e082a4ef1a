package mocktest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/mock/mocktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script stands in for the testing.T of a test.
type script struct {
	testing.TB
	cleanups []func()
	failed   string
}

type ended struct{}

func test() (*script, func()) {
	s := &script{}
	return s, s.end
}

func (s *script) end() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
	s.cleanups = nil
}

func (s *script) Helper()                  {}
func (s *script) Context() context.Context { return context.Background() }
func (s *script) Cleanup(f func())         { s.cleanups = append(s.cleanups, f) }
func (s *script) Errorf(format string, args ...any) {
	s.failed = fmt.Sprintf(format, args...)
}
func (s *script) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }
func (s *script) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	panic(ended{})
}

// run plays a test to its end and gives what it failed with.
func (s *script) run(f func()) string {
	func() {
		defer func() {
			if p := recover(); p != nil && p != (ended{}) {
				panic(p)
			}
		}()
		f()
	}()
	s.end()
	return s.failed
}

const document = `openapi: 3.1.0
info: {title: Hello, version: '1'}
paths:
  /hello:
    get:
      responses:
        '200': {description: H, content: {text/plain: {schema: {type: string}, example: hello}}}
`

func TestServesAFileUntilTheTestEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hello.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &script{}
	state := filepath.Join(t.TempDir(), "state")
	var url string
	failed := s.run(func() {
		api := mocktest.Serve(s, file, mock.Config{StateFile: state})
		url = api.URL
		res, err := api.Client().Get(api.URL + "/hello")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, _ := io.ReadAll(res.Body); string(body) != "hello" {
			t.Errorf("got %q, want hello", body)
		}
		if calls := api.Calls(); len(calls) != 1 || calls[0].Operation != "GET /hello" {
			t.Errorf("got calls %+v", calls)
		}
	})
	if failed != "" {
		t.Error(failed)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if res, err := client.Get(url + "/hello"); err == nil {
		res.Body.Close()
		t.Error("it still listens after the test")
	}
	// the state file is free again
	again := &script{}
	if failed := again.run(func() { mocktest.Serve(again, file, mock.Config{StateFile: state}) }); failed != "" {
		t.Error(failed)
	}
}

func TestWhatCannotBePlayedEndsTheTest(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("hello: world\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, location := range map[string]string{"no such file": filepath.Join(t.TempDir(), "none.yaml"), "no document": bad} {
		s := &script{}
		failed := s.run(func() { mocktest.Serve(s, location, mock.Config{}) })
		if !strings.HasPrefix(failed, "mocktest: ") || !strings.Contains(failed, filepath.Base(location)) {
			t.Errorf("%s: got %q", name, failed)
		}
	}
}

func TestParallelTestsNeverMeet(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			api := mocktest.Serve(t, "octolens", mock.Config{})
			for _, name := range []string{"", fmt.Sprintf("Number %d", i)} {
				method, body := "GET", ""
				if name != "" {
					method, body = "PATCH", `{"name":"`+name+`"}`
				}
				req, err := http.NewRequest(method, api.URL+"/api/v2/org", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer ak_test_paid")
				req.Header.Set("Content-Type", "application/json")
				res, err := api.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				data, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 || !strings.Contains(string(data), name) || name == "" && strings.Contains(string(data), "Number") {
					t.Errorf("%s: got %d %s (%v)", method, res.StatusCode, data, err)
				}
			}
		})
	}
}
