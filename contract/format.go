package contract

import (
	"io"

	"github.com/specimen-api/specimen/internal/family"
)

// Format writes a report for one kind of reader.
type Format struct {
	Name  string
	Doc   string // who reads it, as a sentence without a full stop
	Write func(io.Writer, ...*Report) error
}

var formats = family.New("format", func(f Format) string { return f.Name })

// Formats gives the built-in formats, sorted by name.
func Formats() []Format { return formats.All() }

// Write writes the reports of one run in a format, one report for each document; Formats has them. The error is a
// *UsageError that names the formats when there is none of that name.
func Write(w io.Writer, format string, reports ...*Report) error {
	f, err := FindFormat(format)
	if err != nil {
		return err
	}
	return f.Write(w, reports...)
}

// FindFormat gives the format of that name, else a *UsageError.
func FindFormat(name string) (Format, error) {
	f, err := formats.Find(name)
	if err != nil {
		return f, &UsageError{err}
	}
	return f, nil
}

// Exit gives the exit status of several reports: 1 when any promise is broken, else 3 when any could not be tested, else
// 4 when any lacks coverage that was asked for, else 0.
func Exit(reports ...*Report) int {
	worst := 0
	for _, r := range reports {
		if s := r.Exit(); worst == 0 || s != 0 && s < worst {
			worst = s
		}
	}
	return worst
}
