package mock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolt "go.etcd.io/bbolt/errors"

	"github.com/specimen-api/specimen/internal/value"
)

// store keeps records in a file. Each write is on the disk before it is acknowledged.
type store struct {
	db     *bbolt.DB
	path   string
	loaded map[string]*record
}

// StateError says that the state file cannot be used. It was not changed.
type StateError struct {
	File string
	Err  error
}

func (e *StateError) Error() string { return fmt.Sprintf("state file %s: %v", e.File, e.Err) }
func (e *StateError) Unwrap() error { return e.Err }

// ErrStateInUse says that another process, or another Server, has the state file open.
var ErrStateInUse = errors.New("another process has it open; give each its own file")

var errBroken = errors.New("it is no state file, or it is damaged; move it away to begin anew")

var bucket = []byte("specimen entities 1")

// openStore opens the file and reads all of it.
func openStore(path string) (st *store, err error) {
	fail := func(err error) (*store, error) { return nil, &StateError{File: path, Err: err} }
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return fail(plain(err))
	case !info.Mode().IsRegular():
		return fail(errors.New("it is no regular file"))
	case info.Size() > 0:
		if err := sound(path, info.Size()); err != nil {
			return fail(err)
		}
	}
	// a damaged page makes the library panic, and one beyond the end of the file makes the machine fault
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	var db *bbolt.DB
	defer func() {
		if p := recover(); p != nil {
			if db != nil {
				func() {
					defer func() { _ = recover() }()
					_ = db.Close()
				}()
			}
			st, err = fail(fmt.Errorf("%w (%v)", errBroken, p))
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 700 * time.Millisecond})
	switch {
	case errors.Is(err, bolt.ErrTimeout):
		return fail(ErrStateInUse)
	case errors.Is(err, bolt.ErrInvalid), errors.Is(err, bolt.ErrChecksum), errors.Is(err, bolt.ErrVersionMismatch), errors.Is(err, bolt.ErrInvalidMapping):
		return fail(fmt.Errorf("%w (%v)", errBroken, err))
	case err != nil:
		return fail(plain(err))
	}
	st = &store{db: db, path: path, loaded: map[string]*record{}}
	if err := st.load(); err != nil {
		_ = db.Close()
		return fail(err)
	}
	return st, nil
}

// plain leaves the path out of an error, since it is named already.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// sound looks at the two meta pages of the file before the library does, which maps pages that need not be there: one
// of them must be whole, and the file must be as long as it says.
func sound(path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return plain(err)
	}
	defer f.Close()
	head := make([]byte, 2*64*1024)
	n, _ := f.ReadAt(head, 0)
	head = head[:n]
	var newest, pages uint64
	var unit int64
	for _, pageSize := range []int{0, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536} {
		// page header 16 bytes; magic, version, page size, flags: 4 bytes each; root 16, freelist 8, pages 8,
		// transaction 8, FNV-1a of all that 8
		at := pageSize + 16
		if at+64 > len(head) || binary.NativeEndian.Uint32(head[at:]) != 0xED0CDAED {
			continue
		}
		sum := fnv.New64a()
		sum.Write(head[at : at+56])
		if sum.Sum64() != binary.NativeEndian.Uint64(head[at+56:]) {
			continue
		}
		if tx := binary.NativeEndian.Uint64(head[at+48:]); unit == 0 || tx > newest {
			newest, pages, unit = tx, binary.NativeEndian.Uint64(head[at+40:]), int64(binary.NativeEndian.Uint32(head[at+8:]))
		}
	}
	if unit == 0 || pages > 1<<40 || int64(pages)*unit > size {
		return errBroken
	}
	return nil
}

func (st *store) load() error {
	found := false
	err := st.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			return fmt.Errorf("%w (%v)", errBroken, err)
		}
		b := tx.Bucket(bucket)
		if b == nil {
			// an empty file of ours has no bucket; a file with other buckets is somebody else's
			return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
				return fmt.Errorf("it belongs to another program: it holds %q", shorten(string(name), 40))
			})
		}
		found = true
		return b.ForEach(func(k, v []byte) error {
			r, err := readRecord(v)
			if err != nil {
				return fmt.Errorf("%w (%v)", errBroken, err)
			}
			st.loaded[string(k)] = r
			return nil
		})
	})
	if err != nil || found {
		return err
	}
	return st.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
}

func (st *store) put(key string, r *record) error {
	err := st.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).Put([]byte(key), writeRecord(r))
	})
	if err != nil {
		return &StateError{File: st.path, Err: err}
	}
	return nil
}

func (st *store) empty() error {
	err := st.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucket); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucket)
		return err
	})
	if err != nil {
		return &StateError{File: st.path, Err: err}
	}
	return nil
}

func (st *store) close() error {
	if err := st.db.Close(); err != nil {
		return &StateError{File: st.path, Err: err}
	}
	return nil
}

// writeRecord writes a record as JSON after its checksum: the file's own checksums cover its frame alone.
func writeRecord(r *record) []byte {
	text := value.Append(nil, value.NewObject(
		value.Member{Name: "schema", Value: r.Schema},
		value.Member{Name: "id_name", Value: r.IDName},
		value.Member{Name: "id", Value: r.ID},
		value.Member{Name: "object", Value: r.Object},
	))
	out := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(text))
	return append(out, text...)
}

func readRecord(data []byte) (*record, error) {
	if len(data) < 4 || binary.BigEndian.Uint32(data) != crc32.ChecksumIEEE(data[4:]) {
		return nil, errors.New("a record does not have its checksum")
	}
	v, err := value.Parse(data[4:])
	if err != nil {
		return nil, err
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, errors.New("a record is no object")
	}
	r := &record{}
	for name, to := range map[string]*string{"schema": &r.Schema, "id_name": &r.IDName, "id": &r.ID} {
		x, _ := o.Get(name)
		if *to, ok = x.(string); !ok {
			return nil, fmt.Errorf("a record has no %s", name)
		}
	}
	x, _ := o.Get("object")
	if r.Object, ok = x.(*value.Object); !ok {
		return nil, errors.New("a record has no object")
	}
	return r, nil
}
