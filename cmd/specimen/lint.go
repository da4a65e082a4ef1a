package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/spec"
)

type lintFlags struct {
	format string
	output string
	failOn string
}

func lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint DOCUMENT...",
		Short: "Say what is wrong with a document",
		Long: `Say what is wrong with a document: references that lead nowhere, schemas that no value can satisfy, patterns that
are none, examples that break their schemas, paths that hide each other. An error means that a part of the document
cannot be served as it is written, a warning that something is passed over. Everything else is served all the same.

Exit status: 0 nothing that --fail-on names was found, 1 something was, 2 usage, or a text that is no OpenAPI document.`,
		Example: `  specimen lint openapi.yaml
  specimen lint openapi.yaml --fail-on warning
  specimen lint apis/*.yaml --format sarif --output specimen.sarif`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("want a document; for example: specimen lint openapi.yaml")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return lint(cmd, args, f) },
	}
	flags := cmd.Flags()
	documentFlags(flags)
	flags.StringVar(&f.format, "format", "text", "form of the report: "+strings.Join(lintNames(), ", "))
	flags.StringVar(&f.output, "output", "", "file to write the report to (default: standard output)")
	flags.StringVar(&f.failOn, "fail-on", "error", "what makes the exit status 1: error, warning (either of them) or never")
	return cmd
}

// lintReport is what was found in one document.
type lintReport struct {
	location string
	doc      *spec.Document // nil: the text is no OpenAPI document
	problems []spec.Problem
}

func (r lintReport) count() (errs, warnings int) {
	for _, p := range r.problems {
		if p.Severity == spec.Error {
			errs++
		} else {
			warnings++
		}
	}
	return errs, warnings
}

// lintFormat writes reports for one kind of reader.
type lintFormat struct {
	name  string
	write func(w io.Writer, reports []lintReport) error
}

var lintFormats = []lintFormat{{"github", lintGitHub}, {"json", lintJSON}, {"sarif", lintSARIF}, {"text", lintText}}

func lintNames() []string {
	var names []string
	for _, f := range lintFormats {
		names = append(names, f.name)
	}
	return names
}

func lint(cmd *cobra.Command, locations []string, f lintFlags) error {
	format, err := family.Find("format", f.format, lintFormats, func(f lintFormat) string { return f.name })
	if err != nil {
		return err
	}
	switch f.failOn {
	case "error", "warning", "never":
	default:
		return fmt.Errorf("--fail-on %q: want error, warning or never", f.failOn)
	}
	var reports []lintReport
	for _, location := range locations {
		report, err := lintOne(cmd, location)
		if err != nil {
			return err
		}
		reports = append(reports, report)
		if cmd.Context().Err() != nil {
			return &exit{exitStopped, "stopped"}
		}
	}
	out := cmd.OutOrStdout()
	if f.output != "" {
		file, err := os.Create(f.output)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		defer file.Close()
		out = file
	}
	if err := format.write(out, reports); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	status := exitKept
	for _, r := range reports {
		errs, warnings := r.count()
		switch {
		case r.doc == nil:
			status = exitUsage
		case status == exitKept && (f.failOn == "error" && errs > 0 || f.failOn == "warning" && errs+warnings > 0):
			status = exitBroken
		}
	}
	if status != exitKept {
		return &exit{status, ""}
	}
	return nil
}

// lintOne reads and diagnoses one document. A text that is there and cannot be read is a problem of the report.
func lintOne(cmd *cobra.Command, location string) (lintReport, error) {
	report := lintReport{location: location}
	doc, err := load(cmd.Context(), cmd, location)
	var invalid *spec.InvalidError
	var broken *spec.LoadError
	switch {
	case err == nil:
	case errors.As(err, &invalid):
		report.problems = invalid.Problems
		return report, nil
	case errors.As(err, &broken) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		at := broken.Position
		if at.File == "" {
			at.File = location
		}
		report.problems = []spec.Problem{{Code: spec.CodeUnreadable, In: "document", Message: oneLine(broken.Err.Error()), Position: at}}
		return report, nil
	default:
		return report, err
	}
	report.doc = doc
	problems := doc.Diagnose(cmd.Context())
	book, err := fixtures.Open(doc, fixtures.Config{})
	if err != nil {
		return report, err
	}
	report.problems = spec.SortProblems(append(problems, book.Diagnose(cmd.Context())...))
	return report, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
