package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/spec"
)

func planCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "plan BASE_URL",
		Short: "Say what a check would send, and send nothing",
		Long: `Say what specimen check would send with the same flags: where to, with which credentials, how many requests of
each operation and phase. Nothing is sent. The hash at the end is for specimen check --plan, which refuses to
send anything else.`,
		Example: `  specimen plan https://staging.example.com --document openapi.yaml --allow-writes
  specimen check https://staging.example.com --document openapi.yaml --allow-writes --plan 0a1b2c3d4e5f6071`,
		Args: oneBase,
		RunE: func(cmd *cobra.Command, args []string) error {
			docs, cfg, err := f.read(cmd, args[0])
			if err != nil {
				return err
			}
			list, hash, err := plans(cmd, docs, cfg, f)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, p := range list {
				fmt.Fprintf(out, "document     %s\n", p.doc.Location)
				if err := p.plan.Write(out); err != nil {
					return fmt.Errorf("write the plan: %w", err)
				}
				fmt.Fprintln(out)
			}
			_, err = fmt.Fprintf(out, "plan %s\n", hash)
			return err
		},
	}
	f.what(cmd.Flags())
	return cmd
}

type documentPlan struct {
	doc  *spec.Document
	plan *contract.Plan
}

// plans makes the plan of each document, and the hash of all of them together.
func plans(cmd *cobra.Command, docs []*spec.Document, cfg contract.Config, f checkFlags) ([]documentPlan, string, error) {
	var out []documentPlan
	h := sha256.New()
	for _, doc := range docs {
		if !f.selects(doc, docs) {
			continue
		}
		cfg.Set = setFor(doc, docs, f.set)
		p, err := contract.MakePlan(cmd.Context(), doc, cfg)
		if err != nil {
			if cmd.Context().Err() != nil {
				return nil, "", &exit{exitStopped, "stopped"}
			}
			return nil, "", err
		}
		out = append(out, documentPlan{doc, p})
		fmt.Fprintln(h, p.Hash())
	}
	if len(out) == 0 {
		_, err := docs[0].Select(f.only...)
		return nil, "", err
	}
	return out, hex.EncodeToString(h.Sum(nil)[:8]), nil
}
