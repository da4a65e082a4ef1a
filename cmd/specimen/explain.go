package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/specimen-api/specimen/spec"
)

func explainCommand() *cobra.Command {
	var names []string
	for _, c := range spec.Codes() {
		names = append(names, c.Code)
	}
	return &cobra.Command{
		Use:       "explain [CODE]",
		Short:     "Explain a code that lint has named",
		Long:      "Explain a code that lint has named: what it means, an example, the way out. Without a code, list them.",
		Example:   "  specimen explain SP201",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				for _, c := range spec.Codes() {
					fmt.Fprintf(out, "%s  %s\n", c.Code, c.Title)
				}
				return nil
			}
			c, err := spec.FindCode(strings.ToUpper(args[0]))
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s: %s\n\n%s\n\nThe way out:\n%s\n\nFor example:\n\n", c.Code, c.Title, c.Doc, c.Way)
			for _, line := range strings.Split(strings.TrimRight(c.Example, "\n"), "\n") {
				fmt.Fprintf(out, "    %s\n", line)
			}
			return nil
		},
	}
}
