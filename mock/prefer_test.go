package mock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/spec"
)

func getMe(t testing.TB) *spec.Operation {
	t.Helper()
	doc, err := spec.Builtin("capydb")
	if err != nil {
		t.Fatal(err)
	}
	return doc.Operation("getMe")
}

func TestPreferences(t *testing.T) {
	op := getMe(t)
	tests := map[string]struct {
		headers []string
		query   string
		want    string // code, example, dynamic, seed, problems
	}{
		"nothing":                       {nil, "", `0 "" false - 0`},
		"a code":                        {[]string{"code=404"}, "", `404 "" false - 0`},
		"names without case":            {[]string{"CODE=404"}, "", `404 "" false - 0`},
		"several in a line":             {[]string{"code=404, example=foo"}, "", `404 "foo" false - 0`},
		"several lines":                 {[]string{"code=404", "example=foo"}, "", `404 "foo" false - 0`},
		"quoted":                        {[]string{`example="a \"b\", c", code="404"`}, "", `404 "a \"b\", c" false - 0`},
		"spaces around":                 {[]string{` code = 404 ,  dynamic = true`}, "", `404 "" true - 0`},
		"semicolons":                    {[]string{"code=404; example=foo"}, "", `404 "foo" false - 0`},
		"the first of a name counts":    {[]string{"code=404, code=500"}, "", `404 "" false - 0`},
		"others are passed over":        {[]string{"respond-async, wait=10; foo=bar, return=minimal"}, "", `0 "" false - 0`},
		"dynamic without a value":       {[]string{"dynamic"}, "", `0 "" true - 0`},
		"not dynamic":                   {[]string{"dynamic=false"}, "", `0 "" false - 0`},
		"a seed":                        {[]string{"seed=18446744073709551615"}, "", `0 "" false 18446744073709551615 0`},
		"a seed that is none":           {[]string{"seed=-1"}, "", `0 "" false - 1`},
		"a code that is none":           {[]string{"code=4XX"}, "", `0 "" false - 1`},
		"a code that cannot be sent":    {[]string{"code=101"}, "", `0 "" false - 1`},
		"an example without a name":     {[]string{"example="}, "", `0 "" false - 1`},
		"neither true nor false":        {[]string{"dynamic=maybe"}, "", `0 "" false - 1`},
		"in the query":                  {nil, "__code=404&__example=a%20b&__dynamic=true&__seed=3", `404 "a b" true 3 0`},
		"the header goes before":        {[]string{"code=404"}, "__code=500", `404 "" false - 0`},
		"only separators":               {[]string{",;,=\"", `"`}, "", `0 "" false - 0`},
		"a quote that does not end":     {[]string{`example="a`}, "", `0 "a" false - 0`},
		"a query that is another's own": {nil, "code=404", `0 "" false - 0`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/v1/me?"+tt.query, nil)
			r.Header["Prefer"] = tt.headers
			want, problems := (&Server{}).readPrefer(r, op)
			seed := "-"
			if want.seed != nil {
				seed = fmt.Sprint(*want.seed)
			}
			if got := fmt.Sprintf("%d %q %t %s %d", want.code, want.example, want.dynamic, seed, len(problems)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestStatusWords(t *testing.T) {
	for text, want := range map[string]int{"org_status_404": 404, "status_503": 503, "a-status_200": 200, "a.status_418": 418, "mystatus_404": 0, "status_404x": 0, "status_99": 0, "status_600": 0, "status_1000": 0, "status_+04": 0, "status_": 0, "": 0} {
		if got := statusWord(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestTheTwinsAreTakenOutOfTheQuery(t *testing.T) {
	op := getMe(t)
	r := httptest.NewRequest("GET", "/v1/me?a=1&__code=404&b=%20&__other=x&__seed=1", nil)
	if got := withoutTwins(r, op).URL.RawQuery; got != "a=1&b=%20&__other=x" {
		t.Errorf("got %q", got)
	}
}

func FuzzPrefer(f *testing.F) {
	for _, line := range []string{"code=404, example=foo", `example="a\"b"; x`, ",;=", `a="`, "code = 404"} {
		f.Add(line)
	}
	op := getMe(f)
	f.Fuzz(func(t *testing.T, line string) {
		r := httptest.NewRequest("GET", "/v1/me", nil)
		r.Header = http.Header{"Prefer": {line}}
		want, _ := (&Server{}).readPrefer(r, op)
		if want.code != 0 && (want.code < 200 || want.code > 599) {
			t.Errorf("%q: got code %d", line, want.code)
		}
		for _, text := range want.applied {
			if strings.ContainsAny(text, "\r\n\x00") {
				t.Errorf("%q: applied %q cannot stand in a header", line, text)
			}
		}
		// what is said again is understood again
		if want.example != "" && !strings.ContainsFunc(want.example, func(r rune) bool { return r < ' ' || r > '~' }) {
			r.Header.Set("Prefer", "example="+quotePrefer(want.example))
			if again, _ := (&Server{}).readPrefer(r, op); again.example != want.example {
				t.Errorf("%q: got %q, said again %q", line, want.example, again.example)
			}
		}
	})
}
