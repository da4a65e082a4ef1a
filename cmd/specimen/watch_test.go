package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serving is "specimen serve" inside the test's own process.
type serving struct {
	t         *testing.T
	out, errs *shared
	api       string
}

type shared struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func serveHere(t *testing.T, args ...string) *serving {
	t.Helper()
	s := &serving{t: t, out: &shared{}, errs: &shared{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--port", "0", "--quiet"}, args...), strings.NewReader(""), s.out, s.errs)
	}()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 && !t.Failed() {
			t.Errorf("serve ended with %d: %s", status, s.errs)
		}
	})
	s.until("the banner", func() bool { return strings.Contains(s.out.String(), "Ctrl-C stops it.") })
	s.api = regexp.MustCompile(`listens on (\S+)`).FindStringSubmatch(s.out.String())[1]
	return s
}

func (s *serving) until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s did not come\nout: %s\nerrs: %s", what, s.out, s.errs)
		}
	}
}

func (s *serving) get(path string) (int, string) {
	res, err := http.Get(s.api + path)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func petAPI(name string) string {
	return `openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPet, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: parts/pet.yaml}}}}}}
    patch: {operationId: setPet, requestBody: {content: {application/json: {schema: {type: object, properties: {nick: {type: string}}}}}}, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: parts/pet.yaml}}}}}}
  /name:
    get: {operationId: name, responses: {"200": {description: ok, content: {application/json: {schema: {const: ` + name + `}}}}}}
`
}

const pet = "type: object\nrequired: [id, nick, kind]\nproperties:\n  id: {type: string}\n  nick: {type: string}\n  kind: {const: KIND}\n"

func TestChangesAreTakenUpWhileRequestsAreAnswered(t *testing.T) {
	dir := t.TempDir()
	api, part, overlay := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "parts", "pet.yaml"), filepath.Join(dir, "o.yaml")
	os.Mkdir(filepath.Join(dir, "parts"), 0o777)
	write(t, api, petAPI("one"))
	write(t, part, strings.Replace(pet, "KIND", "cat", 1))
	write(t, overlay, "overlay: 1.0.0\nactions: [{target: $.info, update: {description: a}}]\n")
	s := serveHere(t, "--watch", "on", "--overlay", overlay, api)

	var stop atomic.Bool
	var sent atomic.Int64
	var flow sync.WaitGroup
	for _, path := range []string{"/name", "/pets/p1"} {
		flow.Add(1)
		go func() {
			defer flow.Done()
			for !stop.Load() {
				if status, body := s.get(path); status != http.StatusOK {
					t.Errorf("GET %s: got %d %s", path, status, body)
				}
				sent.Add(1)
				time.Sleep(time.Millisecond)
			}
		}()
	}
	defer func() {
		stop.Store(true)
		flow.Wait()
		t.Logf("%d requests", sent.Load())
	}()
	shows := func(path, want string) {
		t.Helper()
		s.until(want, func() bool { _, body := s.get(path); return strings.Contains(body, want) })
	}
	shows("/name", `"one"`)
	shows("/pets/p1", `"cat"`)
	req, _ := http.NewRequest(http.MethodPatch, s.api+"/pets/p1", strings.NewReader(`{"nick":"Rex"}`))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("PATCH: got %v, %v", res, err)
	}
	res.Body.Close()
	shows("/pets/p1", `"Rex"`)

	// an edit in place
	write(t, api, petAPI("two"))
	shows("/name", `"two"`)
	// a new file in the place of the old one
	write(t, api+".new", petAPI("three"))
	os.Rename(api+".new", api)
	shows("/name", `"three"`)
	// deleted and written anew
	os.Remove(api)
	s.until("the missing document", func() bool { return strings.Contains(s.errs.String(), "no such file or directory") })
	shows("/name", `"three"`)
	write(t, api, petAPI("four"))
	shows("/name", `"four"`)
	// broken, then mended
	write(t, api, strings.Replace(petAPI("five"), "paths:", "paths: [", 1))
	s.until("the broken place", func() bool {
		return regexp.MustCompile(`(?m)^not reloaded: load \S*api\.yaml:\d+:\d+: .*; what was there before goes on$`).MatchString(s.errs.String())
	})
	shows("/name", `"four"`)
	write(t, api, petAPI("six"))
	shows("/name", `"six"`)
	// a file that the document leads to: broken, gone, back again
	write(t, part, "type: [")
	s.until("the broken part", func() bool {
		return regexp.MustCompile(`(?m)^not reloaded: load parts/pet\.yaml:\d+:\d+: `).MatchString(s.errs.String())
	})
	os.Remove(part)
	s.until("the missing part", func() bool { return strings.Contains(s.errs.String(), "pet.yaml: no such file or directory") })
	shows("/pets/p1", `"cat"`)
	write(t, part, strings.Replace(pet, "KIND", "dog", 1))
	shows("/pets/p2", `"dog"`)
	write(t, part, strings.Replace(pet, "KIND", "cat", 1))
	// what was changed by requests is still there
	shows("/pets/p1", `"Rex"`)
	// an overlay
	write(t, overlay, "overlay: 1.0.0\nactions: [{target: \"$.paths['/name'].get.responses['200'].content.*.schema.const\", update: seven}]\n")
	shows("/name", `"seven"`)
	// a document that leads nowhere else any more does not miss the part
	write(t, api, strings.ReplaceAll(petAPI("eight"), "$ref: parts/pet.yaml", "type: object"))
	write(t, overlay, "overlay: 1.0.0\nactions: [{target: $.info, update: {description: a}}]\n")
	shows("/name", `"eight"`)
	os.RemoveAll(filepath.Join(dir, "parts"))
	write(t, api, strings.ReplaceAll(petAPI("nine"), "$ref: parts/pet.yaml", "type: object"))
	shows("/name", `"nine"`)
}

func TestFixturesAreTakenUp(t *testing.T) {
	dir := t.TempDir()
	api := filepath.Join(dir, "api.yaml")
	write(t, api, strings.Replace(petAPI("x"), "$ref: parts/pet.yaml", "type: object, required: [id], properties: {id: {type: string}, nick: {type: string}}", 2))
	fixtures := filepath.Join(dir, "fixtures")
	os.Mkdir(fixtures, 0o777)
	fixture := func(nick string) {
		write(t, filepath.Join(fixtures, "rex.yaml"), fmt.Sprintf("fixture: rex\ndocument: Pets\nwhen: {path: {id: rex}}\nanswers:\n  getPet: {body: {id: rex, nick: %s}}\n", nick))
	}
	fixture("Rex")
	s := serveHere(t, "--watch", "on", "--fixtures", fixtures, api)
	if _, body := s.get("/pets/rex"); !strings.Contains(body, "Rex") {
		t.Fatalf("got %s, want the fixture", body)
	}
	fixture("Max")
	s.until("Max", func() bool { _, body := s.get("/pets/rex"); return strings.Contains(body, "Max") })
	write(t, filepath.Join(fixtures, "rex.yaml"), "fixture: [")
	s.until("the broken fixture", func() bool { return strings.Contains(s.errs.String(), "not reloaded: ") })
	fixture("Tom")
	s.until("Tom", func() bool { _, body := s.get("/pets/rex"); return strings.Contains(body, "Tom") })
}

func TestDocumentsHavePlacesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.yaml"), filepath.Join(dir, "two.yaml")
	for name, path := range map[string]string{"one": one, "two": two} {
		write(t, path, strings.ReplaceAll(petAPI(name), "$ref: parts/pet.yaml", "type: object"))
	}
	s := serveHere(t, "--mount", "/pets/api/="+one, "--mount", "two.localhost="+two, "--mount", "two.localhost/deep="+one, "--mount", ":0="+two, "--state", filepath.Join(dir, "state.db"), one)
	host := func(name, path string) string {
		req, _ := http.NewRequest(http.MethodGet, s.api+path, nil)
		req.Host = name
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return fmt.Sprint(res.StatusCode, " ", string(body))
	}
	port := s.api[strings.LastIndex(s.api, ":"):]
	for _, tt := range []struct{ host, path, want string }{
		{"", "/name", `200 "one"`},
		{"", "/pets/api/name", `200 "one"`},
		{"", "/pets/api/pets/a%2Fb", "200 {"},
		{"", "/pets/apiname", "200 {"}, // a pet, by the root's document
		{"", "/apiname", "404 "},
		{"two.localhost", "/name", `200 "two"`},
		{"TWO.localhost" + port, "/name", `200 "two"`},
		{"two.localhost", "/deep/name", `200 "one"`},
		{"other.localhost", "/name", `200 "one"`},
		{"", "/_specimen/health", "200 "},
		{"", "/pets/api/_specimen/health", "200 "},
	} {
		if got := host(tt.host, tt.path); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: got %.200s, want %s", tt.host, tt.path, got, tt.want)
		}
	}
	banner := s.out.String()
	for _, want := range []string{"  at " + s.api + "/pets/api\n", "  at http://two.localhost" + port + "\n", "  at http://two.localhost" + port + "/deep\n"} {
		if !strings.Contains(banner, want) {
			t.Errorf("the banner lacks %q:\n%s", want, banner)
		}
	}
	var own string
	for _, m := range regexp.MustCompile(`  at (http://127\.0\.0\.1:\d+)\n`).FindAllStringSubmatch(banner, -1) {
		own = m[1]
	}
	if own == "" || own == s.api {
		t.Fatalf("got no port of its own:\n%s", banner)
	}
	s.api = own
	if _, body := s.get("/name"); body != `"two"` {
		t.Errorf("on its own port: got %s", body)
	}
}
