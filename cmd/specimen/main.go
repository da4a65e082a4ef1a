// Command specimen plays an API from its OpenAPI document, and holds a deployment to one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/specimen-api/specimen/internal/near"
	"github.com/specimen-api/specimen/spec"
)

// Exit statuses. A check's own come from its report.
const (
	exitKept    = 0
	exitBroken  = 1
	exitUsage   = 2
	exitUnable  = 3
	exitUnseen  = 4 // kept, and less was seen than was asked for
	exitStopped = 130
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exit is an error that carries its status; text "" says that everything has been said already.
type exit struct {
	status int
	text   string
}

func (e *exit) Error() string { return e.text }

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitKept
	}
	var e *exit
	if errors.As(err, &e) {
		if e.text != "" {
			fmt.Fprintf(errs, "specimen: %s\n", e.text)
		}
		return e.status
	}
	fmt.Fprintf(errs, "specimen: %s\n", oneLine(err.Error()))
	return exitUsage
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "specimen",
		Short: "Play an API from its OpenAPI document, and hold a deployment to it",
		Long: `Specimen reads OpenAPI documents (2.0, 3.0, 3.1, 3.2). specimen serve answers as the real API would;
specimen check asks a deployment the same questions and says where it departs from the document.`,
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("specimen {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serveCommand(), checkCommand(), planCommand(), generateCommand(), resourcesCommand(), lintCommand(), explainCommand(), documentCommand(), healthCommand())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())
	})
	return root
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// documentFlags adds the flags that say how documents are read; load looks at them.
func documentFlags(flags *pflag.FlagSet) {
	flags.StringArray("overlay", nil, "OpenAPI Overlay to apply to the document; may be given again, and stands for the document that it extends where none is named")
	flags.String("root", "", "directory, or URL of one, that references may not leave (default: the document's own)")
	flags.Bool("allow-remote", false, "follow references to any http and https URL")
}

// loader reads as the flags of the command say.
func loader(cmd *cobra.Command) spec.Loader {
	flags := cmd.Flags()
	l := spec.Loader{Stdin: cmd.InOrStdin()}
	l.Overlays, _ = flags.GetStringArray("overlay")
	l.Root, _ = flags.GetString("root")
	l.AllowRemote, _ = flags.GetBool("allow-remote")
	return l
}

// load reads a document: the name of one that comes with Specimen, a path, a URL, or "-". A file in
// the way of a built-in name is read when the name is written as a path (./capydb).
func load(ctx context.Context, cmd *cobra.Command, location string) (*spec.Document, error) {
	return read(ctx, loader(cmd), location)
}

func read(ctx context.Context, l spec.Loader, location string) (*spec.Document, error) {
	if spec.BuiltinSource(location) != nil {
		return l.Builtin(ctx, location)
	}
	return l.Load(ctx, location)
}

func loadAll(ctx context.Context, cmd *cobra.Command, locations []string) ([]*spec.Document, error) {
	l := loader(cmd)
	locations, overlays, err := placed(ctx, l, locations)
	if err != nil {
		return nil, err
	}
	var docs []*spec.Document
	for _, location := range locations {
		l.Overlays = overlays[location]
		doc, err := read(ctx, l, location)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// placed says which documents are read, and which overlays belong to each. A single document takes all overlays.
// Of several, each overlay is for the one that it extends. Where none is named, the overlays name them.
func placed(ctx context.Context, l spec.Loader, locations []string) ([]string, map[string][]string, error) {
	overlays := map[string][]string{}
	if len(locations) == 1 || len(l.Overlays) == 0 {
		if len(locations) == 0 {
			locations = spec.Builtins()
		}
		for _, location := range locations {
			overlays[location] = l.Overlays
		}
		return locations, overlays, nil
	}
	named := len(locations) > 0
	for _, overlay := range l.Overlays {
		target, err := l.Extends(ctx, overlay)
		if err != nil {
			return nil, nil, err
		}
		found := false
		for _, location := range locations {
			if path, err := filepath.Abs(location); location == target || err == nil && path == target {
				overlays[location] = append(overlays[location], overlay)
				found = true
			}
		}
		switch {
		case found:
		case !named && target != "":
			locations = append(locations, target)
			overlays[target] = append(overlays[target], overlay)
		case !named:
			return nil, nil, fmt.Errorf("--overlay %s does not say what it extends; name the document", overlay)
		default:
			return nil, nil, fmt.Errorf("--overlay %s: with several documents, its extends member says which one it is for", overlay)
		}
	}
	return locations, overlays, nil
}

// nearest ends a message with the names that may have been meant.
func nearest(want string, names []string) string {
	if len(names) == 0 {
		return "; there are none"
	}
	return "; there are " + strings.Join(near.Names(want, names, 4), ", ")
}

func documentCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "document [NAME]",
		Short:     "Print a document that comes with Specimen",
		Long:      "Print a document that comes with Specimen, as it is read. Without a name, list them.",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: spec.Builtins(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, name := range spec.Builtins() {
					doc, err := spec.Builtin(name)
					if err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%-10s %s, OpenAPI %s, %d operations\n", name, doc.Title, doc.Text, len(doc.Operations()))
				}
				return nil
			}
			data := spec.BuiltinSource(args[0])
			if data == nil {
				return fmt.Errorf("no document named %q; there are %s", args[0], strings.Join(spec.Builtins(), " and "))
			}
			_, err := cmd.OutOrStdout().Write(data)
			return err
		},
	}
}
