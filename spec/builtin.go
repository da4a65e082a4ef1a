package spec

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
)

var (
	//go:embed capydb.yaml
	capydb []byte
	//go:embed octolens.yaml
	octolens []byte
)

// Builtins names the documents that come with Specimen.
func Builtins() []string { return []string{"capydb", "octolens"} }

// BuiltinSource gives the text of a document that comes with Specimen; nil for a name that is none.
func BuiltinSource(name string) []byte {
	switch name {
	case "capydb":
		return capydb
	case "octolens":
		return octolens
	}
	return nil
}

// Builtin reads a document that comes with Specimen.
func Builtin(name string) (*Document, error) { return Loader{}.Builtin(context.Background(), name) }

// Builtin reads a document that comes with Specimen, with the Loader's overlays.
func (l Loader) Builtin(ctx context.Context, name string) (*Document, error) {
	data := BuiltinSource(name)
	if data == nil {
		return nil, fmt.Errorf("no document named %q; there are %s", name, strings.Join(Builtins(), " and "))
	}
	d, err := l.Parse(ctx, name+".yaml", data)
	if err != nil {
		return nil, err
	}
	d.Location = name
	return d, nil
}
