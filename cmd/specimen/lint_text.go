package main

import (
	"fmt"
	"io"

	"github.com/specimen-api/specimen/spec"
)

// lintText writes a line for each problem, as compilers do, and a line for each document.
func lintText(w io.Writer, reports []lintReport) error {
	example, failed := "", false // the first code, of an error where there is one
	for _, r := range reports {
		for _, p := range r.problems {
			if example == "" || example != p.Code && p.Severity == spec.Error && !failed {
				example, failed = p.Code, p.Severity == spec.Error
			}
			fmt.Fprintf(w, "%s: %s %s: %s", p.Position, p.Severity, p.Code, oneLine(p.Say()))
			if p.Hint != "" {
				fmt.Fprintf(w, "; %s", p.Hint)
			}
			if p.Pointer != "" {
				fmt.Fprintf(w, " (%s)", p.Pointer)
			}
			fmt.Fprintln(w)
		}
		errs, warnings := r.count()
		switch {
		case r.doc == nil:
			fmt.Fprintf(w, "%s cannot be served\n", r.location)
		case len(r.problems) >= spec.MaxProblems:
			fmt.Fprintf(w, "%s: %s, and more than can be said\n", r.location, plural(len(r.problems), "problem"))
		case len(r.problems) > 0:
			fmt.Fprintf(w, "%s: %s, %s in %s\n", r.location, plural(errs, "error"), plural(warnings, "warning"), plural(len(r.doc.Operations()), "operation"))
		default:
			fmt.Fprintf(w, "%s: nothing is wrong in %s\n", r.location, plural(len(r.doc.Operations()), "operation"))
		}
	}
	if example != "" {
		fmt.Fprintf(w, "specimen explain %s says more\n", example)
	}
	return nil
}
