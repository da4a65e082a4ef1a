package mock_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// The templates of a document as plain mux routes, more concrete ones first, lead every request to the same operation.
// A slash at the end is left out: the document's router takes it as the path without, plain mux does not.
func TestRoutesAsPlainMuxRoutesWould(t *testing.T) {
	paths := map[string][]string{
		"/":                          {"get"},
		"/pets":                      {"get", "post"},
		"/pets/{id}":                 {"get", "delete", "patch"},
		"/pets/mine":                 {"get", "patch", "delete"},
		"/pets/{id}/toys":            {"get"},
		"/pets/{id}/toys/{toy}":      {"put"},
		"/{kind}/{id}/toys/{toy}":    {"get", "put"},
		"/files/{name}.{ext}":        {"get"},
		"/reports/{from}..{to}/rows": {"get"},
	}
	var text strings.Builder
	text.WriteString("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n")
	var order []string
	for path, methods := range paths {
		order = append(order, path)
		fmt.Fprintf(&text, "  %q:\n", path)
		for _, m := range methods {
			fmt.Fprintf(&text, "    %s: {responses: {'200': {description: %q}}}\n", m, m+path)
		}
	}
	s := play(t, text.String(), mock.Config{})
	// the first segment that is text in one template and a parameter in another decides
	concrete := func(path string) string {
		var key strings.Builder
		for _, segment := range strings.Split(path, "/") {
			switch {
			case strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") && strings.Count(segment, "{") == 1:
				key.WriteString("2")
			case strings.Contains(segment, "{"):
				key.WriteString("1")
			default:
				key.WriteString("0")
			}
		}
		return key.String()
	}
	sort.Slice(order, func(i, j int) bool { return concrete(order[i]) < concrete(order[j]) })
	plain := mux.NewRouter().SkipClean(true).UseEncodedPath()
	for _, path := range order {
		for _, m := range paths[path] {
			method := strings.ToUpper(m)
			plain.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Specimen-Operation", method+" "+path) }).Methods(method)
		}
	}
	var targets []string
	for _, a := range []string{"", "pets", "files", "reports", "x", "a%2Fb", "%20"} {
		targets = append(targets, "/"+a)
		for _, b := range []string{"mine", "1", "a.b", "a.b.c", "1..2", "a%2Fb", "Mine"} {
			targets = append(targets, "/"+a+"/"+b, "/"+a+"/"+b+"/toys", "/"+a+"/"+b+"/rows", "/"+a+"/"+b+"/toys/7", "/"+a+"/"+b+"/toys/7/8")
		}
	}
	found := 0
	for _, target := range targets {
		if strings.HasPrefix(target, "//") {
			continue
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			got, want := httptest.NewRecorder(), httptest.NewRecorder()
			s.ServeHTTP(got, httptest.NewRequest(method, target, nil))
			plain.ServeHTTP(want, httptest.NewRequest(method, target, nil))
			if got.Code != want.Code || got.Header().Get("Specimen-Operation") != want.Header().Get("Specimen-Operation") {
				t.Errorf("%s %s: got %d %q, mux says %d %q", method, target, got.Code, got.Header().Get("Specimen-Operation"), want.Code, want.Header().Get("Specimen-Operation"))
			}
			if want.Code == 200 {
				found++
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d requests found an operation", found)
	}
}

func TestDocumentsShareAPort(t *testing.T) {
	s, err := mock.NewMany([]*spec.Document{document(t, "capydb"), document(t, "octolens")}, mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := ask(t, s, "GET /v1/organizations/org_new", capyKey); got.source() != "fixture new" {
		t.Errorf("capydb got %q", got.source())
	}
	if got := ask(t, s, "GET /api/v2/org", octoKey); got.source() != "fixture paid" {
		t.Errorf("octolens got %q", got.source())
	}
	if got := ask(t, s, "GET /_specimen/health"); got.StatusCode != 200 || got.at(t, "/documents/1/title") != "Octolens API" {
		t.Errorf("health got %d %s", got.StatusCode, got.body)
	}
}

func TestDocumentsThatClashAreNamed(t *testing.T) {
	one := func(path string) *spec.Document {
		return document(t, "openapi: 3.1.0\ninfo: {title: "+path+", version: '1'}\npaths: {"+path+": {get: {responses: {'200': {description: O}}}}}\n")
	}
	_, err := mock.NewMany([]*spec.Document{one("'/a/{x}'"), one("'/a/{y}'")}, mock.Config{})
	var clash *mock.ClashError
	if !errors.As(err, &clash) || !strings.Contains(err.Error(), "GET /a/{y}") {
		t.Errorf("got %v, want a ClashError that names GET /a/{y}", err)
	}
	s, err := mock.NewMany([]*spec.Document{one("'/a/{x}'"), one("/a/b")}, mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for target, want := range map[string]string{"/a/b": "GET /a/b", "/a/c": "GET /a/{x}"} {
		if got := ask(t, s, "GET "+target).Header.Get("Specimen-Operation"); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	if _, err := mock.NewMany(nil, mock.Config{}); err == nil {
		t.Error("no document: got no error")
	}
}
