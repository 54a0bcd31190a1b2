package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Engine is what the directory needs of a node; *actors.Node is one.
type Engine interface {
	Journal() *persistence.Journal
	// PutRows writes several keys of the replicated index at once, durably. It fails on a node that does not own the
	// company.
	PutRows(ctx context.Context, rows ...machine.IndexOp) error
}

// Errors of the directory.
var (
	ErrNotFound = errors.New("directory: there is no such entry")
	// ErrTaken is returned for a location of another customer, and for deleting a customer who has jobs.
	ErrTaken = errors.New("directory: taken")
)

// Directory keeps customers and jobs. Safe for concurrent use; one write at a time.
type Directory struct {
	engine Engine
	Stats  Stats

	writing chan struct{} // holds one value while nobody writes, and none before imports of before are settled
	broken  chan struct{} // an import that stands was not carried out: Run has the turn
}

// Stats count what happens; published as wirechief_api_directory_*.
type Stats struct{ Writes, Searches, Imports, ImportedRows atomic.Uint64 }

// Each gives every counter by name.
func (s *Stats) Each(f func(name string, v float64)) {
	f("directory_writes_total", float64(s.Writes.Load()))
	f("directory_searches_total", float64(s.Searches.Load()))
	f("directory_imports_total", float64(s.Imports.Load()))
	f("directory_imported_entries_total", float64(s.ImportedRows.Load()))
}

// New makes a directory; nothing can be written before Run.
func New(e Engine) *Directory {
	return &Directory{engine: e, writing: make(chan struct{}, 1), broken: make(chan struct{}, 1)}
}

// Run settles imports that were interrupted, before this start or later, until ctx is done. Nothing is written to the
// directory meanwhile. failed is told of each try that did not do.
func (d *Directory) Run(ctx context.Context, failed func(error)) {
	for {
		if err := d.settle(ctx); err != nil {
			if ctx.Err() == nil {
				failed(err)
			}
			select {
			case <-time.After(settleEvery):
				continue
			case <-ctx.Done():
				return
			}
		}
		d.done()
		select {
		case <-d.broken:
		case <-ctx.Done():
			return
		}
	}
}

const settleEvery = 5 * time.Second

// write takes the turn to write; done gives it back.
func (d *Directory) write(ctx context.Context) error {
	select {
	case <-d.writing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Directory) done() { d.writing <- struct{}{} }

func get[T any](v *persistence.View, key string) (*T, error) {
	value, ok := v.Get([]byte(key))
	if !ok {
		return nil, nil
	}
	out := new(T)
	if err := json.Unmarshal(value, out); err != nil {
		return nil, fmt.Errorf("reading %s: %w", key, err)
	}
	return out, nil
}

// Customer gives one; ErrNotFound when there is none.
func (d *Directory) Customer(tenant, id string) (*Customer, error) {
	return found[Customer](d, customerRows+tenant+"/"+id)
}

// Job gives one; ErrNotFound when there is none.
func (d *Directory) Job(tenant, id string) (*Job, error) { return found[Job](d, jobRows+tenant+"/"+id) }

func found[T any](d *Directory, key string) (*T, error) {
	v := d.engine.Journal().View()
	defer v.Close()
	out, err := get[T](v, key)
	if err == nil && out == nil {
		err = ErrNotFound
	}
	return out, err
}

// PutCustomer writes a checked customer in place of the one with its id.
func (d *Directory) PutCustomer(ctx context.Context, c *Customer) error {
	if err := d.write(ctx); err != nil {
		return err
	}
	defer d.done()
	v := d.engine.Journal().View()
	defer v.Close()
	ops, err := customerOps(v, c)
	if err != nil {
		return err
	}
	return d.put(ctx, ops)
}

func (d *Directory) put(ctx context.Context, ops []machine.IndexOp) error {
	if len(ops) == 0 {
		return nil
	}
	d.Stats.Writes.Add(1)
	return d.engine.PutRows(ctx, ops...)
}

// customerOps are the operations that write a customer; ErrTaken when a location of it is another's.
func customerOps(v *persistence.View, c *Customer) ([]machine.IndexOp, error) {
	for _, l := range c.Locations {
		if owner, ok := v.Get([]byte(locationRows + c.Tenant + "/" + l.ID)); ok && string(owner) != c.ID {
			return nil, fmt.Errorf("%w: location %s is customer %s's", ErrTaken, l.ID, owner)
		}
	}
	was, err := get[Customer](v, customerRows+c.Tenant+"/"+c.ID)
	if err != nil {
		return nil, err
	}
	return replace(was, c), nil
}

// DeleteCustomer deletes one without jobs.
func (d *Directory) DeleteCustomer(ctx context.Context, tenant, id string) error {
	if err := d.write(ctx); err != nil {
		return err
	}
	defer d.done()
	v := d.engine.Journal().View()
	defer v.Close()
	was, err := get[Customer](v, customerRows+tenant+"/"+id)
	switch {
	case err != nil:
		return err
	case was == nil:
		return ErrNotFound
	}
	for range v.Scan([]byte(ofRows + tenant + "/" + id + "/")) {
		return fmt.Errorf("%w: customer %s has jobs", ErrTaken, id)
	}
	return d.put(ctx, replace(was, nil))
}

// PutJob writes a checked job of a customer that is there, at a location of theirs if at any.
func (d *Directory) PutJob(ctx context.Context, j *Job) error {
	if err := d.write(ctx); err != nil {
		return err
	}
	defer d.done()
	v := d.engine.Journal().View()
	defer v.Close()
	c, err := get[Customer](v, customerRows+j.Tenant+"/"+j.Customer)
	switch {
	case err != nil:
		return err
	case c == nil:
		return wrong("customer", "%q is not there", j.Customer)
	case j.Location != "" && !slices.ContainsFunc(c.Locations, func(l Location) bool { return l.ID == j.Location }):
		return wrong("location", "%q is not one of the customer's", j.Location)
	}
	was, err := get[Job](v, jobRows+j.Tenant+"/"+j.ID)
	if err != nil {
		return err
	}
	return d.put(ctx, replaceJob(was, j))
}

// DeleteJob deletes one.
func (d *Directory) DeleteJob(ctx context.Context, tenant, id string) error {
	if err := d.write(ctx); err != nil {
		return err
	}
	defer d.done()
	was, err := d.Job(tenant, id)
	if err != nil {
		return err
	}
	return d.put(ctx, replaceJob(was, nil))
}

// MaxJobs bounds the jobs of one customer that are listed.
const MaxJobs = 500

// Jobs are a customer's, by id.
func (d *Directory) Jobs(tenant, customer string) ([]*Job, error) {
	v := d.engine.Journal().View()
	defer v.Close()
	return jobsOf(v, tenant, customer, MaxJobs)
}

// jobsOf reads at most limit jobs; 0: all.
func jobsOf(v *persistence.View, tenant, customer string, limit int) ([]*Job, error) {
	out := []*Job{}
	prefix := ofRows + tenant + "/" + customer + "/"
	for k := range v.Scan([]byte(prefix)) {
		j, err := get[Job](v, jobRows+tenant+"/"+strings.TrimPrefix(string(k), prefix))
		if err != nil {
			return nil, err
		}
		if j != nil {
			out = append(out, j)
		}
		if len(out) == limit {
			break
		}
	}
	return out, nil
}
