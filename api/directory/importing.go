package directory

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// An import is all or nothing. A file without mistakes is first staged as text, part by part; then one row says that it
// stands; then it is carried out in batches, and the text deleted. A start finds what was interrupted: text that stands
// is carried out to the end (writing the same again changes nothing), other text is deleted.

// Bounds of one append of an import: others' appends get their turn in between.
const (
	partBytes  = 256 << 10
	batchOps   = 512
	batchBytes = 256 << 10
)

// staged is the row that says that an import stands.
type staged struct {
	Parts int `json:"parts"`
}

// Imported counts what a file brought.
type Imported struct {
	Customers int `json:"customers"`
	Jobs      int `json:"jobs"`
}

// Import writes a file: each customer of it in place of the one with its id, each job too; others stay. Mistakes that
// only the directory shows are told as those of the file, and nothing is written.
func (d *Directory) Import(ctx context.Context, f *File) (Imported, []Mistake, error) {
	if err := d.write(ctx); err != nil {
		return Imported{}, nil, err
	}
	turn := d.done
	defer func() { turn() }()
	if mistakes := d.clash(f); len(mistakes) > 0 {
		return Imported{}, mistakes, nil
	}
	text, err := f.text()
	if err != nil {
		return Imported{}, nil, err
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	key := importRows + hex.EncodeToString(b[:])
	parts := 0
	for ; len(text) > 0; parts++ {
		n := min(len(text), partBytes)
		if err := d.engine.PutRows(ctx, machine.IndexOp{Key: partKey(key, parts), Value: text[:n]}); err != nil {
			return Imported{}, nil, err
		}
		text = text[n:]
	}
	if err := d.engine.PutRows(ctx, machine.IndexOp{Key: []byte(key), Value: encode(&staged{parts})}); err != nil {
		return Imported{}, nil, err
	}
	d.Stats.Imports.Add(1)
	// It stands: the client's leaving does not end it any more.
	ctx = context.WithoutCancel(ctx)
	err = d.carryOut(ctx, f)
	if err == nil {
		err = d.drop(ctx, key, parts)
	}
	if err != nil {
		turn = func() { d.broken <- struct{}{} } // the turn to write goes to Run, which carries it out
	}
	return Imported{len(f.Customers), len(f.Jobs)}, nil, err
}

func partKey(key string, n int) []byte { return fmt.Appendf(nil, "%s/%06d", key, n) }

func (d *Directory) drop(ctx context.Context, key string, parts int) error {
	ops := []machine.IndexOp{{Key: []byte(key), Delete: true}}
	for i := range parts {
		ops = append(ops, machine.IndexOp{Key: partKey(key, i), Delete: true})
	}
	return d.engine.PutRows(ctx, ops...)
}

// clash finds locations that another customer of the directory has, and jobs whose customer or location is not theirs.
func (d *Directory) clash(f *File) (out []Mistake) {
	v := d.engine.Journal().View()
	defer v.Close()
	for _, c := range f.Customers {
		for _, l := range c.Locations {
			owner, ok := v.Get([]byte(locationRows + c.Tenant + "/" + l.ID))
			if ok && string(owner) != c.ID && len(out) < maxMistakes {
				out = append(out, Mistake{Line: f.lines[c], Text: fmt.Sprintf(
					"location %s of customer %s is customer %s's in the directory", l.ID, c.ID, owner)})
			}
		}
	}
	return out
}

// text is the file as an export would write it.
func (f *File) text() ([]byte, error) {
	jobs := make(map[string][]*Job)
	for _, j := range f.Jobs {
		jobs[j.Tenant+"/"+j.Customer] = append(jobs[j.Tenant+"/"+j.Customer], j)
	}
	var b bytes.Buffer
	w, err := NewWriter(&b)
	if err != nil {
		return nil, err
	}
	for _, c := range f.Customers {
		if err := w.Put(c, jobs[c.Tenant+"/"+c.ID]); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return b.Bytes(), err
}

// carryOut writes a file's entries in batches.
func (d *Directory) carryOut(ctx context.Context, f *File) error {
	v := d.engine.Journal().View()
	defer v.Close()
	var ops []machine.IndexOp
	size := 0
	flush := func() error {
		if len(ops) == 0 {
			return nil
		}
		err := d.engine.PutRows(ctx, ops...)
		ops, size = nil, 0
		return err
	}
	add := func(more []machine.IndexOp) error {
		for _, op := range more {
			size += len(op.Key) + len(op.Value)
		}
		ops = append(ops, more...)
		d.Stats.ImportedRows.Add(1)
		if len(ops) < batchOps && size < batchBytes {
			return nil
		}
		return flush()
	}
	for _, c := range f.Customers {
		was, err := get[Customer](v, customerRows+c.Tenant+"/"+c.ID)
		if err == nil {
			err = add(replace(was, c))
		}
		if err != nil {
			return err
		}
	}
	for _, j := range f.Jobs {
		was, err := get[Job](v, jobRows+j.Tenant+"/"+j.ID)
		if err == nil {
			err = add(replaceJob(was, j))
		}
		if err != nil {
			return err
		}
	}
	return flush()
}

// settle carries out the imports that stand and deletes what was staged. It has the turn to write.
func (d *Directory) settle(ctx context.Context) error {
	stand, parts := d.stagedImports()
	for key, n := range parts {
		if count, ok := stand[key]; ok && count == n {
			text := d.stagedText(key, n)
			f, mistakes := parse(text, stagedLimit, Plain, func(string) bool { return true })
			if len(mistakes) > 0 {
				return fmt.Errorf("an import that stands cannot be read: %s", mistakes[0])
			}
			if err := d.carryOut(ctx, f); err != nil {
				return err
			}
		}
		if err := d.drop(ctx, key, n); err != nil {
			return err
		}
	}
	return nil
}

// stagedImports lists the imports that stand with their parts, and how many parts there are of any.
func (d *Directory) stagedImports() (stand, parts map[string]int) {
	stand, parts = make(map[string]int), make(map[string]int)
	v := d.engine.Journal().View()
	defer v.Close()
	for k, value := range v.Scan([]byte(importRows)) {
		key := string(k)
		if i := strings.LastIndexByte(key, '/'); i >= len(importRows) {
			parts[key[:i]]++
			continue
		}
		var s staged
		if json.Unmarshal(value, &s) == nil {
			stand[key] = s.Parts
		}
		parts[key] += 0
	}
	return stand, parts
}

func (d *Directory) stagedText(key string, n int) (text []byte) {
	v := d.engine.Journal().View()
	defer v.Close()
	for i := range n {
		part, _ := v.Get(partKey(key, i))
		text = append(text, part...)
	}
	return text
}

// Export writes all of a tenant as a file that Import takes.
func (d *Directory) Export(ctx context.Context, tenant string, to io.Writer) error {
	v := d.engine.Journal().View()
	defer v.Close()
	w, err := NewWriter(to)
	if err != nil {
		return err
	}
	for _, value := range v.Scan([]byte(customerRows + tenant + "/")) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := exportCustomer(v, w, value); err != nil {
			return err
		}
	}
	return w.Close()
}

func exportCustomer(v *persistence.View, w *Writer, value []byte) error {
	c := &Customer{}
	if err := json.Unmarshal(value, c); err != nil {
		return err
	}
	jobs, err := jobsOf(v, c.Tenant, c.ID, 0)
	if err != nil {
		return err
	}
	return w.Put(c, jobs)
}
