// Package sarif writes reports in SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), as far as Specimen needs it:
// one run, its rules, and results that stand at a place of a file.
package sarif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Report is one run of a tool.
type Report struct {
	Tool    string
	Version string // "" when it is not known
	Rules   []Rule
	Results []Result
}

// Rule is what a result breaks (section 3.49).
type Rule struct {
	ID    string // SP201
	Short string // a few words
	Full  string
	Help  string // the way out
}

// Result is one thing that was found (section 3.27).
type Result struct {
	Rule    string // the ID of a rule
	Level   string // error, warning, note
	Message string
	File    string // a path or URL; "" when there is none
	Line    int    // from 1; 0 when it is not known
	Column  int    // from 1; 0 when it is not known
	Logical string // a name of the place inside the file, such as a JSON pointer
}

type object = map[string]any

// Write writes the report as indented JSON.
func Write(w io.Writer, r Report) error {
	index := map[string]int{}
	rules := []any{}
	for i, rule := range r.Rules {
		index[rule.ID] = i
		rules = append(rules, object{"id": rule.ID, "shortDescription": object{"text": rule.Short}, "fullDescription": object{"text": rule.Full}, "help": object{"text": rule.Help}})
	}
	results := []any{}
	for _, x := range r.Results {
		one := object{"ruleId": x.Rule, "level": x.Level, "message": object{"text": x.Message}, "partialFingerprints": object{"place/v1": fingerprint(x.Rule, x.File, x.Logical)}}
		if i, ok := index[x.Rule]; ok {
			one["ruleIndex"] = i
		}
		location := object{}
		if x.File != "" {
			physical := object{"artifactLocation": object{"uri": uri(x.File)}}
			if x.Line > 0 {
				region := object{"startLine": x.Line}
				if x.Column > 0 {
					region["startColumn"] = x.Column
				}
				physical["region"] = region
			}
			location["physicalLocation"] = physical
		}
		if x.Logical != "" {
			location["logicalLocations"] = []any{object{"fullyQualifiedName": x.Logical}}
		}
		if len(location) > 0 {
			one["locations"] = []any{location}
		}
		results = append(results, one)
	}
	driver := object{"name": r.Tool, "rules": rules}
	if r.Version != "" {
		driver["version"] = r.Version
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{object{"tool": object{"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}},
	})
}

// fingerprint is the same for the same finding on another day, wherever its line has moved.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// uri writes a path as a URI reference (section 3.4.3): relative paths stay relative.
func uri(file string) string {
	if strings.HasPrefix(file, "http://") || strings.HasPrefix(file, "https://") {
		return file
	}
	path := filepath.ToSlash(file)
	if filepath.IsAbs(file) {
		if !strings.HasPrefix(path, "/") { // C:/
			path = "/" + path
		}
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: path}).String()
}
