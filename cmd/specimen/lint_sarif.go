package main

import (
	"io"

	"github.com/specimen-api/specimen/internal/sarif"
	"github.com/specimen-api/specimen/spec"
)

// lintSARIF writes SARIF 2.1.0, with every code as a rule.
func lintSARIF(w io.Writer, reports []lintReport) error {
	out := sarif.Report{Tool: "Specimen", Version: versionText()}
	for _, c := range spec.Codes() {
		out.Rules = append(out.Rules, sarif.Rule{ID: c.Code, Short: c.Title, Full: oneLine(c.Doc), Help: oneLine(c.Way)})
	}
	for _, r := range reports {
		for _, p := range r.problems {
			text := p.Say()
			if p.Hint != "" {
				text += "; " + p.Hint
			}
			out.Results = append(out.Results, sarif.Result{Rule: p.Code, Level: p.Severity.String(), Message: text,
				File: p.Position.File, Line: p.Position.Line, Column: p.Position.Column, Logical: p.Pointer})
		}
	}
	return sarif.Write(w, out)
}
