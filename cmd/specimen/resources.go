package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/specimen-api/specimen/mock"
)

func resourcesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resources DOCUMENT...",
		Short: "Print what serve remembers of a document: its resources, and why",
		Long: `Print the resources that serve infers from a document: the collection and the item path, the member that holds the
id, what each operation does with them, and the reasons. What is not named here is answered validly all the same, and a
POST or a DELETE of it is not remembered.`,
		Example: "  specimen resources petstore.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			docs, err := loadAll(cmd.Context(), cmd, args)
			if err != nil {
				return err
			}
			server, err := mock.NewMany(docs, mock.Config{})
			if err != nil {
				return err
			}
			defer server.Close()
			printResources(cmd.OutOrStdout(), server.Resources())
			return nil
		},
	}
	documentFlags(cmd.Flags())
	return cmd
}

func printResources(out io.Writer, resources []mock.Resource) {
	title := ""
	for _, r := range resources {
		if r.Document != title {
			title = r.Document
			fmt.Fprintln(out, title)
		}
		fmt.Fprintf(out, "\n  %s", r.Item)
		if r.ID != "" {
			fmt.Fprintf(out, " by %s", r.ID)
		}
		fmt.Fprintln(out)
		for _, role := range r.Operations {
			fmt.Fprintf(out, "    %-8s %-7s %s  %s\n", role.Name, role.Operation.Method, role.Operation.Path, role.Operation.ID)
		}
		for _, why := range r.Why {
			fmt.Fprintf(out, "    because %s\n", why)
		}
	}
	if len(resources) == 0 {
		fmt.Fprintln(out, "no resource was inferred: no path with a parameter at its end has a collection that creates or lists it")
	}
}
