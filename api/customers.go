package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/directory"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/number"
)

// importPath takes larger bodies, for longer, than other paths.
const importPath = "/v1/directory/import"

type (
	customersIn struct {
		Q      string `query:"q" required:"true" minLength:"1" maxLength:"128" doc:"Beginning of a number, or of words of the name or an address"`
		Tenant string `query:"tenant" maxLength:"64" doc:"Only of this tenant; all of yours when left out (R9)"`
		Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"50"`
	}
	customersOut struct {
		Body struct {
			Customers []*directory.Customer `json:"customers"`
			Partial   bool                  `json:"partial,omitempty" doc:"There may be more: say more of it, or name a tenant"`
		}
	}
	entryIn struct {
		Tenant string `path:"tenant" maxLength:"64"`
		ID     string `path:"id" maxLength:"64"`
	}
	customerOut   struct{ Body *directory.Customer }
	putCustomerIn struct {
		Tenant string `path:"tenant" maxLength:"64"`
		ID     string `path:"id" maxLength:"64"`
		Body   struct {
			Name      string               `json:"name" minLength:"1" maxLength:"256"`
			Numbers   []string             `json:"numbers,omitempty" maxItems:"64" doc:"In any spelling"`
			Locations []directory.Location `json:"locations,omitempty" maxItems:"50"`
		}
	}
	jobOut  struct{ Body *directory.Job }
	jobsOut struct {
		Body struct {
			Jobs []*directory.Job `json:"jobs"`
		}
	}
	putJobIn struct {
		Tenant string `path:"tenant" maxLength:"64"`
		ID     string `path:"id" maxLength:"64"`
		Body   struct {
			Customer string `json:"customer" maxLength:"64"`
			Location string `json:"location,omitempty" maxLength:"64" doc:"One of the customer's"`
			Type     string `json:"type,omitempty" maxLength:"256"`
			State    string `json:"state,omitempty" enum:"booked,done,canceled" doc:"booked when left out"`
			At       string `json:"at,omitempty" format:"date-time"`
		}
	}
	importIn struct {
		RawBody []byte `contentType:"text/csv"`
	}
	importOut struct{ Body directory.Imported }
	exportIn  struct {
		Tenant string `query:"tenant" required:"true" maxLength:"64"`
	}
)

func (s *Server) directoryOps(api huma.API) {
	get, put, del := http.MethodGet, http.MethodPut, http.MethodDelete
	const customer, job = "/v1/directory/{tenant}/customers/{id}", "/v1/directory/{tenant}/jobs/{id}"
	register(api, auth.DirectoryRead, get, "/v1/directory/customers", "search-customers", "Search customers", s.customers)
	register(api, auth.DirectoryRead, get, customer, "get-customer", "One customer", s.customer)
	register(api, auth.DirectoryWrite, put, customer, "put-customer", "Make a customer, or replace it", s.putCustomer)
	register(api, auth.DirectoryWrite, del, customer, "delete-customer", "Delete a customer without jobs", s.deleteCustomer)
	register(api, auth.DirectoryRead, get, customer+"/jobs", "list-customer-jobs", "A customer's jobs", s.jobs)
	register(api, auth.DirectoryRead, get, job, "get-job", "One job", s.job)
	register(api, auth.DirectoryWrite, put, job, "put-job", "Make a job, or replace it", s.putJob)
	register(api, auth.DirectoryWrite, del, job, "delete-job", "Delete a job", s.deleteJob)
	register(api, auth.DirectoryImport, http.MethodPost, importPath, "import-directory",
		"Take a CSV file: all of it, or nothing where it has mistakes", s.importDirectory)
	op := operation(auth.DirectoryImport, get, "/v1/directory/export", "export-directory", "All of a tenant as a CSV file")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	huma.Register(api, op, handler(s.exportDirectory))
}

// granted: another's tenant is not found, whether it is there or not.
func granted(ctx context.Context, tenant string) error {
	if !who(ctx).Granted(tenant) {
		return wire.Errorf(cc.CodeNotFound, "there is no tenant %.64q of yours", tenant)
	}
	return nil
}

// directoryError is what a client is told.
func directoryError(err error) error {
	if f, ok := errors.AsType[*directory.FieldError](err); ok {
		return wire.Errorf(wire.CodeBadRequest, "%s", f.Error()).With("field", f.Field)
	}
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return wire.Errorf(cc.CodeNotFound, "there is no such entry")
	case errors.Is(err, directory.ErrTaken):
		return wire.Errorf(wire.CodeTaken, "%s", strings.TrimPrefix(err.Error(), "directory: taken: "))
	}
	return err
}

func (s *Server) numbering() directory.Numbering {
	region := s.c.Engine.Directory().Center.Region
	return func(text string) (string, error) { return number.E164(text, region) }
}

func (s *Server) customers(ctx context.Context, in *customersIn) (*customersOut, error) {
	q := directory.Query{Text: in.Q, Tenants: who(ctx).Tenants, Limit: in.Limit, Number: s.numbering()}
	if in.Tenant != "" {
		if err := granted(ctx, in.Tenant); err != nil {
			return nil, err
		}
		q.Tenants = []string{in.Tenant}
	}
	found, err := s.dir.Search(q)
	if err != nil {
		return nil, err
	}
	out := &customersOut{}
	out.Body.Customers, out.Body.Partial = found.Customers, found.Partial
	return out, nil
}

func (s *Server) customer(ctx context.Context, in *entryIn) (*customerOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	c, err := s.dir.Customer(in.Tenant, in.ID)
	if err != nil {
		return nil, directoryError(err)
	}
	return &customerOut{c}, nil
}

func (s *Server) putCustomer(ctx context.Context, in *putCustomerIn) (*customerOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	c := &directory.Customer{
		Tenant: in.Tenant, ID: in.ID, Name: in.Body.Name, Numbers: in.Body.Numbers, Locations: in.Body.Locations,
	}
	if err := c.Check(s.numbering()); err != nil {
		return nil, directoryError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	if err := s.dir.PutCustomer(ctx, c); err != nil {
		return nil, directoryError(err)
	}
	return &customerOut{c}, nil
}

func (s *Server) deleteCustomer(ctx context.Context, in *entryIn) (*doneOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	s.log.Info("customer deleted", "tenant", in.Tenant, "customer", in.ID, "agent", who(ctx).Agent)
	return nil, directoryError(s.dir.DeleteCustomer(ctx, in.Tenant, in.ID))
}

func (s *Server) jobs(ctx context.Context, in *entryIn) (*jobsOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	if _, err := s.dir.Customer(in.Tenant, in.ID); err != nil {
		return nil, directoryError(err)
	}
	out := &jobsOut{}
	var err error
	out.Body.Jobs, err = s.dir.Jobs(in.Tenant, in.ID)
	return out, err
}

func (s *Server) job(ctx context.Context, in *entryIn) (*jobOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	j, err := s.dir.Job(in.Tenant, in.ID)
	if err != nil {
		return nil, directoryError(err)
	}
	return &jobOut{j}, nil
}

func (s *Server) putJob(ctx context.Context, in *putJobIn) (*jobOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	b := &in.Body
	j := &directory.Job{
		Tenant: in.Tenant, ID: in.ID, Customer: b.Customer, Location: b.Location, Type: b.Type, State: b.State, At: b.At,
	}
	if err := j.Check(); err != nil {
		return nil, directoryError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	if err := s.dir.PutJob(ctx, j); err != nil {
		return nil, directoryError(err)
	}
	return &jobOut{j}, nil
}

func (s *Server) deleteJob(ctx context.Context, in *entryIn) (*doneOut, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	s.log.Info("job deleted", "tenant", in.Tenant, "job", in.ID, "agent", who(ctx).Agent)
	return nil, directoryError(s.dir.DeleteJob(ctx, in.Tenant, in.ID))
}

func (s *Server) importDirectory(ctx context.Context, in *importIn) (*importOut, error) {
	p := who(ctx)
	f, mistakes := directory.Parse(in.RawBody, s.numbering(), p.Granted)
	var done directory.Imported
	var err error
	if len(mistakes) == 0 {
		done, mistakes, err = s.dir.Import(ctx, f)
	}
	if len(mistakes) > 0 {
		lines := make([]string, len(mistakes))
		for i, m := range mistakes {
			lines[i] = m.String()
		}
		return nil, wire.Errorf(wire.CodeBadImport, "%s", lines[0]).With("mistakes", strings.Join(lines, "\n"))
	}
	if err != nil {
		return nil, directoryError(err)
	}
	s.log.Info("directory imported", "agent", p.Agent, "client", remote(ctx), "customers", done.Customers, "jobs", done.Jobs)
	return &importOut{done}, nil
}

func (s *Server) exportDirectory(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
	if err := granted(ctx, in.Tenant); err != nil {
		return nil, err
	}
	p := who(ctx)
	s.log.Info("directory exported", "agent", p.Agent, "client", remote(ctx), "tenant", in.Tenant)
	return &huma.StreamResponse{Body: func(c huma.Context) {
		req, w := humago.Unwrap(c)
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Time{}) // it would end the request's context
		_ = rc.SetWriteDeadline(time.Now().Add(centerWithin))
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+in.Tenant+`.csv"`)
		if err := s.dir.Export(req.Context(), in.Tenant, w); err != nil {
			panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's way to cut an answer short: half a file must not look whole
		}
	}}, nil
}
