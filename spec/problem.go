package spec

import (
	"fmt"
	"strings"
)

// Severity ranks a Problem.
type Severity uint8

const (
	Error   Severity = iota // the promise is broken, or the part of the document cannot be used
	Warning                 // worth saying, breaks nothing
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Problem is one way in which a message departs from the document, or a document from OpenAPI.
// It is data, never an error.
type Problem struct {
	Code     string // of a document's problem: SP101; "" for a message's
	Severity Severity
	In       string   // the place in the message: "body", "status", "header X-Total", "query limit", "path orgID", "cookie id"; "document" for a document's
	At       string   // JSON pointer inside that place, "" for the whole of it
	Keyword  string   // the keyword that is broken: type, required, format ...
	Want     string   // what was promised, in a few words
	Got      string   // what came, shortened; never a secret
	Message  string   // one sentence; made of Want and Got when empty
	Hint     string   // the way out, where there is one
	Position Position // the line of the document that promises it
	Pointer  string   // its JSON pointer in the document: "#/components/schemas/Pet/properties/id"
}

// String gives "body /items/0/id: got string, want integer".
func (p Problem) String() string {
	var b strings.Builder
	if p.In == "document" {
		if p.Position.Line > 0 {
			fmt.Fprintf(&b, "%s: ", p.Position)
		} else if p.Position.File != "" {
			fmt.Fprintf(&b, "%s: ", p.Position.File)
		}
		if p.Code != "" {
			fmt.Fprintf(&b, "%s: ", p.Code)
		}
	} else if p.In != "" {
		b.WriteString(p.In)
		if p.At != "" {
			b.WriteString(" " + p.At)
		}
		b.WriteString(": ")
	}
	b.WriteString(p.Say())
	if p.In == "document" && p.Pointer != "" {
		fmt.Fprintf(&b, " (%s)", p.Pointer)
	}
	return b.String()
}

// Say gives the sentence alone, without the place.
func (p Problem) Say() string {
	switch {
	case p.Message != "":
		return p.Message
	case p.Got != "" && p.Want != "":
		return "got " + p.Got + ", want " + p.Want
	case p.Want != "":
		return "want " + p.Want
	}
	return p.Keyword
}
