package spec

import (
	"strings"
	"testing"
)

func entries(names string) []*MediaType {
	var out []*MediaType
	for _, n := range strings.Split(names, " | ") {
		out = append(out, &MediaType{Name: n})
	}
	return out
}

func TestMatchMediaFindsTheEntry(t *testing.T) {
	tests := map[string]struct{ content, contentType, want string }{
		"the same":                        {"text/plain | application/json", "application/json", "application/json"},
		"without regard to case":          {"Application/JSON", "application/json", "Application/JSON"},
		"charset does not count":          {"application/json", "application/json; charset=latin1", "application/json"},
		"charset of the entry neither":    {"application/json; charset=utf-8", "application/json", "application/json; charset=utf-8"},
		"the same parameters first":       {"application/json | application/json; v=2", "application/json;v=2", "application/json; v=2"},
		"without parameters then":         {"application/json; v=2 | application/json", "application/json;v=3", "application/json"},
		"with others, if there is none":   {"application/json; v=2", "application/json", "application/json; v=2"},
		"a range":                         {"*/* | text/*", "text/csv", "text/*"},
		"any range":                       {"text/* | */*", "image/png", "*/*"},
		"the name before its range":       {"text/* | text/csv", "text/csv", "text/csv"},
		"a suffix range":                  {"application/*+json", "application/problem+json", "application/*+json"},
		"none":                            {"application/json | text/*", "image/png", ""},
		"no Content-Type":                 {"*/*", "", ""},
		"json is not problem+json":        {"application/json", "application/problem+json", ""},
		"something that cannot be parsed": {"application/json", "application/json; =;;", "application/json"},
	}
	for name, tt := range tests {
		got := ""
		if m := MatchMedia(entries(tt.content), tt.contentType); m != nil {
			got = m.Name
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestNegotiateTakesWhatTheClientPrefers(t *testing.T) {
	tests := map[string]struct{ accept, content, want string }{
		"nothing asked":                  {"", "application/json | text/plain", "application/json"},
		"everything asked":               {"*/*", "text/plain | application/json", "text/plain"},
		"one of them":                    {"text/plain", "application/json | text/plain", "text/plain"},
		"the higher quality":             {"application/json;q=0.5, text/plain;q=0.6", "application/json | text/plain", "text/plain"},
		"order of the document on a tie": {"text/plain, application/json", "application/json | text/plain", "application/json"},
		"the specific range speaks":      {"text/*;q=0.9, text/plain;q=0.1, */*;q=0.5", "text/plain | application/json", "application/json"},
		"refused by zero":                {"application/json;q=0, */*", "application/json | text/plain", "text/plain"},
		"refused altogether":             {"application/json;q=0", "application/json", ""},
		"nothing fits":                   {"image/png", "application/json", ""},
		"parameters are more specific":   {"application/json;v=2;q=1, application/json;q=0.1", "application/json | application/json;v=2", "application/json;v=2"},
		"parameters that no entry has":   {"application/json;v=3", "application/json", ""},
		"charset does not count":         {"application/json; charset=utf-8", "application/json", "application/json"},
		"case does not count":            {"APPLICATION/JSON", "application/json", "application/json"},
		"a range in the document":        {"image/webp", "image/*", "image/*"},
		"any range in the document":      {"application/json", "*/*", "*/*"},
		"what a browser sends":           {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "application/json | application/xml", "application/xml"},
		"a quality that is none":         {"application/json;q=x", "application/json", "application/json"},
		"a comma between quotes":         {`text/plain;a="x,y", application/json`, "application/json", "application/json"},
		"only commas":                    {", ,", "application/json", "application/json"},
		"no content":                     {"*/*", "", ""},
	}
	for name, tt := range tests {
		content := entries(tt.content)
		if tt.content == "" {
			content = nil
		}
		m, ok := Negotiate(tt.accept, content)
		got := ""
		if m != nil {
			got = m.Name
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q %v, want %q", name, got, ok, tt.want)
		}
	}
}
