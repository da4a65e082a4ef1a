package contract

import (
	"io"

	"github.com/specimen-api/specimen/internal/family"
)

// Format writes a report for one kind of reader.
type Format struct {
	Name  string
	Doc   string // who reads it, as a sentence without a full stop
	Write func(io.Writer, *Report) error
}

var formats = family.New("format", func(f Format) string { return f.Name })

// Formats gives the built-in formats, sorted by name.
func Formats() []Format { return formats.All() }
