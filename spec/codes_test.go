package spec_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/golden"
	"github.com/specimen-api/specimen/spec"
)

func TestEveryCodeIsExplained(t *testing.T) {
	codes := spec.Codes()
	if !slices.IsSortedFunc(codes, func(a, b spec.Code) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("the codes are not sorted")
	}
	for _, c := range codes {
		if c.Title == "" || c.Doc == "" || c.Way == "" {
			t.Errorf("%s: title, doc or way is missing", c.Code)
		}
		if found, err := spec.FindCode(c.Code); err != nil || found != c {
			t.Errorf("%s: got %v, %v", c.Code, found, err)
		}
	}
	if _, err := spec.FindCode("SP2O1"); err == nil || !strings.Contains(err.Error(), "SP201") {
		t.Errorf("got %v, want an error that names SP201", err)
	}
}

// diagnose gives everything that is said of a text.
func diagnose(t *testing.T, text string) []spec.Problem {
	t.Helper()
	doc, err := spec.Parse("t.yaml", []byte(text))
	var invalid *spec.InvalidError
	var load *spec.LoadError
	switch {
	case errors.As(err, &invalid):
		return invalid.Problems
	case errors.As(err, &load):
		return []spec.Problem{{Code: spec.CodeUnreadable, In: "document", Position: load.Position}}
	case err != nil:
		t.Fatal(err)
	}
	book, err := fixtures.Open(doc, fixtures.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return append(doc.Diagnose(context.Background()), book.Diagnose(context.Background())...)
}

func TestTheExampleOfACodeHasThatProblemAlone(t *testing.T) {
	for _, c := range spec.Codes() {
		text := c.Example
		if c.Code == spec.CodeOverlay { // an overlay has it, no document: TestValuesOfAnOverlayStandInTheOverlayAndReferFromTheDocument
			continue
		}
		if strings.HasPrefix(text, "paths:") {
			text = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\n" + text
		}
		got := diagnose(t, text)
		if len(got) == 0 {
			t.Errorf("%s: nothing is said", c.Code)
		}
		for _, p := range got {
			// a value cannot be made where the bounds cross
			if p.Code != c.Code && !(c.Code == spec.CodeBounds && p.Code == spec.CodeNoValue) {
				t.Errorf("%s: got %s", c.Code, p)
			}
		}
	}
}

func TestTheManualOfCodesIsUpToDate(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("# Diagnostics\n\n`specimen lint` says what is wrong with a document, each time with one of these codes; `specimen explain CODE` prints its section.\n" +
		"An **error** means that a part of the document cannot be served as it is written, a **warning** that something is passed over.\n\n| code | is |\n| --- | --- |\n")
	for _, c := range spec.Codes() {
		fmt.Fprintf(&out, "| [%s](#%s) | %s |\n", c.Code, strings.ToLower(c.Code), c.Title)
	}
	for _, c := range spec.Codes() {
		fmt.Fprintf(&out, "\n## %s\n\n**%s%s.** %s\n\n%s\n\n```yaml\n%s```\n", c.Code, strings.ToUpper(c.Title[:1]), c.Title[1:], c.Doc, c.Way, c.Example)
	}
	golden.Compare(t, "../../docs/diagnostics.md", out.Bytes())
}
