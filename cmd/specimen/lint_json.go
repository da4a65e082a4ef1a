package main

import (
	"encoding/json"
	"io"
)

type jsonLint struct {
	Documents []jsonDocument `json:"documents"`
	Errors    int            `json:"errors"`
	Warnings  int            `json:"warnings"`
}

type jsonDocument struct {
	Location   string        `json:"location"`
	Title      string        `json:"title,omitempty"`
	OpenAPI    string        `json:"openapi,omitempty"` // absent: the text is no OpenAPI document
	Operations int           `json:"operations"`
	Problems   []jsonProblem `json:"problems"`
}

type jsonProblem struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Keyword  string `json:"keyword,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`   // from 1
	Column   int    `json:"column,omitempty"` // from 1
	Pointer  string `json:"pointer,omitempty"`
}

// lintJSON writes one object.
func lintJSON(w io.Writer, reports []lintReport) error {
	all := jsonLint{Documents: []jsonDocument{}}
	for _, r := range reports {
		one := jsonDocument{Location: r.location, Problems: []jsonProblem{}}
		if r.doc != nil {
			one.Title, one.OpenAPI, one.Operations = r.doc.Title, r.doc.Text, len(r.doc.Operations())
		}
		for _, p := range r.problems {
			one.Problems = append(one.Problems, jsonProblem{p.Code, p.Severity.String(), p.Say(), p.Hint, p.Keyword, p.Position.File, p.Position.Line, p.Position.Column, p.Pointer})
		}
		errs, warnings := r.count()
		all.Errors += errs
		all.Warnings += warnings
		all.Documents = append(all.Documents, one)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(all)
}
