package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask a running mock whether it is well",
		Long: `Ask a running mock whether it is well: exit 0 when it answers, 1 when it does not. An image without a
shell can use it as its health check.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base := "http://127.0.0.1:4010"
			if len(args) == 1 {
				base = args[0]
			}
			if !strings.Contains(base, "://") {
				base = "http://" + base
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/_specimen/health", nil)
			if err != nil {
				return fmt.Errorf("%q is no URL", base)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return &exit{exitBroken, fmt.Sprintf("nothing answers at %s", base)}
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return &exit{exitBroken, fmt.Sprintf("%s answers %s", base, res.Status)}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "ok")
			return nil
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "how long to wait")
	return cmd
}
