package directory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is an engine that is a journal; it fails every append from the one numbered failFrom on.
type book struct {
	j        *persistence.Journal
	epoch    uint64
	n        int
	failFrom int
}

func newBook(t *testing.T) *book {
	t.Helper()
	j, err := persistence.Open(persistence.Options{Dir: t.TempDir(), NodeID: 1, Fatal: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	b := &book{j: j}
	done := make(chan struct{})
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: 1}, func(_ machine.Result, rows []machine.ShardRow) {
		b.epoch = rows[0].Epoch
		close(done)
	})
	<-done
	return b
}

func (b *book) Journal() *persistence.Journal { return b.j }

func (b *book) PutRows(_ context.Context, rows ...machine.IndexOp) error {
	if b.n++; b.failFrom > 0 && b.n >= b.failFrom {
		return errors.New("the node is gone")
	}
	done := make(chan machine.Result, 1)
	b.j.Append(&machine.Append{Shard: 1, Epoch: b.epoch, Index: rows}, func(r machine.Result) { done <- r })
	if r := <-done; r.Status != machine.OK {
		return fmt.Errorf("refused: %v", r.Reason)
	}
	return nil
}

// open starts a directory over what the journal holds.
func open(t *testing.T, b *book) (d *Directory, stop func()) {
	t.Helper()
	d = New(b)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(ctx, func(error) {})
	}()
	return d, func() { cancel(); <-ended }
}

func export(t *testing.T, d *Directory, tenant string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, d.Export(t.Context(), tenant, &b))
	return b.String()
}

func file(t *testing.T, text string) *File {
	t.Helper()
	f, mistakes := Parse([]byte(text), Plain, ours)
	require.Empty(t, mistakes)
	return f
}

func TestImportAndExport(t *testing.T) {
	b := newBook(t)
	d, stop := open(t, b)
	defer stop()
	text, err := os.ReadFile("testdata/whole.good.csv")
	require.NoError(t, err)
	done, mistakes, err := d.Import(t.Context(), file(t, string(text)))
	require.NoError(t, err)
	require.Empty(t, mistakes)
	require.Equal(t, Imported{3, 3}, done)
	first := export(t, d, "north")
	t.Run("what is exported can be imported and changes nothing", func(t *testing.T) {
		rows := b.n
		_, mistakes, err := d.Import(t.Context(), file(t, first))
		require.NoError(t, err)
		require.Empty(t, mistakes)
		require.Equal(t, first, export(t, d, "north"))
		require.Equal(t, 3, b.n-rows, "text, that it stands, and its end: no entry is written again")
	})
	t.Run("another tenant's is another's", func(t *testing.T) {
		require.NotContains(t, export(t, d, "south"), "Ann")
		c, err := d.Customer("south", "c1")
		require.NoError(t, err)
		require.Equal(t, `Bob "Bo" Ray`, c.Name)
	})
	t.Run("a location of somebody else", func(t *testing.T) {
		_, mistakes, err := d.Import(t.Context(), file(t, "tenant,customer,name,location,address\nnorth,c9,Zoe,l1,Elsewhere\n"))
		require.NoError(t, err)
		require.Equal(t, "line 2: location l1 of customer c9 is customer c1's in the directory", mistakes[0].String())
		_, err = d.Customer("north", "c9")
		require.ErrorIs(t, err, ErrNotFound)
	})
}

// Wherever an import is interrupted, the next start finds all of it or nothing.
func TestImportIsAllOrNothing(t *testing.T) {
	var text strings.Builder
	text.WriteString("tenant,customer,name,numbers,location,address,job\n")
	for i := range 300 {
		_, _ = fmt.Fprintf(&text, "north,c%03d,Name %d,+1312555%04d,l%d,%d Main St,j%d\n", i, i, i, i, i, i)
	}
	f := file(t, text.String())
	before := "tenant,customer,name\nnorth,c000,Old Name\nnorth,zz,Other\n"
	whole, none := 0, 0
	for at := 1; ; at++ {
		b := newBook(t)
		d, stop := open(t, b)
		_, _, err := d.Import(t.Context(), file(t, before))
		require.NoError(t, err)
		was := export(t, d, "north")
		b.n, b.failFrom = 0, at
		_, _, failed := d.Import(t.Context(), f)
		stop()
		b.failFrom = 0
		again, stop := open(t, b)
		require.NoError(t, again.PutJob(t.Context(), &Job{Tenant: "north", ID: "x", Customer: "zz", State: "booked"}), "settled by then")
		require.NoError(t, again.DeleteJob(t.Context(), "north", "x"))
		is := export(t, again, "north")
		stop()
		switch strings.Count(is, "\nnorth,") {
		case 2:
			require.Equal(t, was, is)
			none++
		default:
			require.Equal(t, 601, strings.Count(is, "\nnorth,"), "at %d", at)
			require.NotContains(t, is, "Old Name")
			whole++
		}
		v := b.j.View()
		for k := range v.Scan([]byte(importRows)) {
			t.Errorf("%s was left", k)
		}
		v.Close()
		if failed == nil {
			break
		}
	}
	require.GreaterOrEqual(t, none, 2)
	require.GreaterOrEqual(t, whole, 4)
}

func TestSearch(t *testing.T) {
	d, stop := open(t, newBook(t))
	defer stop()
	_, _, err := d.Import(t.Context(), file(t, `tenant,customer,name,numbers,location,address
north,c1,Ann Lee,+13125550101,l1,12 Oak Avenue
north,c2,Anna Bell,+13125550102;+13125550101,l2,7 Ann Street
south,c1,Ann South,+13125550101,,
north,c3,Carl,,l3,1 Lee Road
`))
	require.NoError(t, err)
	both := []string{"north", "south"}
	for _, c := range []struct {
		text    string
		tenants []string
		limit   int
		want    string
		partial bool
	}{
		{"ann", []string{"north"}, 10, "north/c1 north/c2", false},
		{"ANN l", []string{"north"}, 10, "north/c1", false},
		{"ann", both, 10, "north/c1 north/c2 south/c1", false},
		{"lee", both, 10, "north/c1 north/c3", false},
		{"oak ave", both, 10, "north/c1", false},
		{"+13125550101", both, 10, "north/c1 north/c2 south/c1", false},
		{"+1 (312) 555-0102", both, 10, "north/c2", false},
		{"+1312", []string{"south"}, 10, "south/c1", false},
		{"ann", both, 1, "north/c1", true},
		{"ann", nil, 10, "", false},
		{"!!", both, 10, "", false},
		{"12", both, 10, "north/c1", false}, // too short for a number: a house
	} {
		got, err := d.Search(Query{Text: c.text, Tenants: c.tenants, Limit: c.limit, Number: Plain})
		require.NoError(t, err)
		var ids []string
		for _, x := range got.Customers {
			ids = append(ids, x.Tenant+"/"+x.ID)
		}
		require.Equal(t, c.want, strings.Join(ids, " "), c.text)
		require.Equal(t, c.partial, got.Partial, c.text)
	}
	who, err := d.ByNumber("north", "+13125550101")
	require.NoError(t, err)
	require.Len(t, who, 2)
	who, err = d.ByNumber("north", "+1312555010")
	require.NoError(t, err)
	require.Empty(t, who, "whole numbers only")
}

// What a customer is no longer called is no longer found; a customer with jobs stays.
func TestReplaceAndDelete(t *testing.T) {
	b := newBook(t)
	d, stop := open(t, b)
	defer stop()
	ctx := t.Context()
	c := &Customer{Tenant: "north", ID: "c1", Name: "Ann Lee", Numbers: []string{"+13125550101"}, Locations: []Location{{"l1", "1 Main"}}}
	require.NoError(t, c.Check(Plain))
	require.NoError(t, d.PutCustomer(ctx, c))
	require.NoError(t, d.PutJob(ctx, &Job{Tenant: "north", ID: "j1", Customer: "c1", Location: "l1", State: "booked"}))
	require.ErrorContains(t, d.PutJob(ctx, &Job{Tenant: "north", ID: "j2", Customer: "c1", Location: "l9"}), "location")
	require.ErrorContains(t, d.PutJob(ctx, &Job{Tenant: "south", ID: "j2", Customer: "c1"}), "customer")
	other := &Customer{Tenant: "north", ID: "c2", Name: "Bob", Locations: []Location{{"l1", "1 Main"}}}
	require.ErrorIs(t, d.PutCustomer(ctx, other), ErrTaken)
	now := &Customer{Tenant: "north", ID: "c1", Name: "Zoe", Numbers: []string{"+13125550109"}, Locations: []Location{}}
	require.NoError(t, d.PutCustomer(ctx, now))
	for text, n := range map[string]int{"ann": 0, "+13125550101": 0, "main": 0, "zoe": 1, "+13125550109": 1} {
		got, err := d.Search(Query{Text: text, Tenants: []string{"north"}, Limit: 5, Number: Plain})
		require.NoError(t, err)
		require.Len(t, got.Customers, n, text)
	}
	require.NoError(t, d.PutCustomer(ctx, other), "the location is free now")
	require.ErrorIs(t, d.DeleteCustomer(ctx, "north", "c1"), ErrTaken)
	jobs, err := d.Jobs("north", "c1")
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.NoError(t, d.DeleteJob(ctx, "north", "j1"))
	require.NoError(t, d.DeleteCustomer(ctx, "north", "c1"))
	require.NoError(t, d.DeleteCustomer(ctx, "north", "c2"))
	require.ErrorIs(t, d.DeleteCustomer(ctx, "north", "c2"), ErrNotFound)
	v := b.j.View()
	defer v.Close()
	for k := range v.Scan([]byte("dir/")) {
		t.Errorf("%s was left", k)
	}
}
