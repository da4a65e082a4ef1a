package main

import (
	"fmt"
	"io"
	"strings"
)

var (
	githubData  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubField = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// lintGitHub writes workflow commands, which GitHub shows beside the lines of a change.
func lintGitHub(w io.Writer, reports []lintReport) error {
	for _, r := range reports {
		for _, p := range r.problems {
			fmt.Fprintf(w, "::%s file=%s", p.Severity, githubField.Replace(p.Position.File))
			if p.Position.Line > 0 {
				fmt.Fprintf(w, ",line=%d", p.Position.Line)
			}
			if p.Position.Column > 0 {
				fmt.Fprintf(w, ",col=%d", p.Position.Column)
			}
			text := p.Say()
			if p.Hint != "" {
				text += "; " + p.Hint
			}
			if p.Pointer != "" {
				text += " (" + p.Pointer + ")"
			}
			if _, err := fmt.Fprintf(w, ",title=%s::%s\n", githubField.Replace(p.Code), githubData.Replace(text)); err != nil {
				return err
			}
		}
	}
	return nil
}
