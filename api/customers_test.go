package api_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/directory"
)

func (w *world) refusedHTTP(code, token, method, path string, in any) *apiclient.Refusal {
	w.t.Helper()
	var refused *apiclient.Refusal
	require.ErrorAs(w.t, apiclient.Call(w.ctx, w.base, token, method, path, in, nil), &refused, "%s %s", method, path)
	require.Equal(w.t, code, refused.Code, "%s %s: %s", method, path, refused.Message)
	return refused
}

func (w *world) raw(token, method, path, text string) (status int, answer string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, method, w.base+path, strings.NewReader(text))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "text/csv")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(b)
}

// The directory over HTTP: by role and tenant (R9, I12), in files all or nothing.
func TestDirectoryOverHTTP(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob, carol, ira := w.token("alice"), w.token("bob"), w.token("carol"), w.token("ira")
	put := func(token, path string, in any) {
		require.NoError(t, apiclient.Call(w.ctx, w.base, token, http.MethodPut, path, in, nil), path)
	}
	put(alice, "/v1/directory/north/customers/c1", m{
		"name": "Ann Lee", "numbers": []string{"+13125550101"}, "locations": []m{{"id": "l1", "address": "1 Main St"}},
	})
	put(bob, "/v1/directory/south/customers/c1", m{"name": "Ann Secret"})
	put(alice, "/v1/directory/north/jobs/j1", m{"customer": "c1", "location": "l1", "type": "Furnace"})
	search := func(token, query string) string {
		var out struct{ Customers []*directory.Customer }
		w.get(token, "/v1/directory/customers?"+query, &out)
		var ids []string
		for _, c := range out.Customers {
			ids = append(ids, c.Tenant+"/"+c.ID)
		}
		return strings.Join(ids, " ")
	}
	require.Equal(t, "north/c1", search(alice, "q=ann"))
	require.Equal(t, "south/c1", search(bob, "q=ann"))
	require.Equal(t, "north/c1 south/c1", search(carol, "q=ann"), "all granted tenants (R9)")
	require.Equal(t, "south/c1", search(carol, "q=ann&tenant=south"))
	require.Equal(t, "north/c1", search(carol, "q="+url.QueryEscape("+13125550101")))
	var jobs struct{ Jobs []*directory.Job }
	w.get(alice, "/v1/directory/north/customers/c1/jobs", &jobs)
	require.Equal(t, "booked", jobs.Jobs[0].State)

	w.refusedHTTP("not_found", alice, http.MethodGet, "/v1/directory/south/customers/c1", nil)
	w.refusedHTTP("not_found", alice, http.MethodPut, "/v1/directory/south/customers/c2", m{"name": "X"})
	w.refusedHTTP("not_found", alice, http.MethodGet, "/v1/directory/customers?q=ann&tenant=south", nil)
	w.refusedHTTP("forbidden", w.token("ann"), http.MethodPut, "/v1/directory/north/customers/c2", m{"name": "X"})
	w.refusedHTTP("bad_request", alice, http.MethodPut, "/v1/directory/north/customers/c2", m{"name": "X", "numbers": []string{"12"}})
	w.refusedHTTP("taken", alice, http.MethodDelete, "/v1/directory/north/customers/c1", nil)
	w.refusedHTTP("forbidden", alice, http.MethodGet, "/v1/directory/export?tenant=north", nil)

	file := "tenant,customer,name,numbers\nnorth,c2,Bea,+13125550102\n"
	status, answer := w.raw(ira, http.MethodPost, "/v1/directory/import", file+"south,c3,Cy,\n")
	require.Equal(t, http.StatusBadRequest, status, answer)
	require.Contains(t, answer, `line 3, column 1 (tenant): \"south\" is not one of your tenants`)
	require.Empty(t, search(alice, "q=bea"), "nothing of a file with mistakes")
	status, answer = w.raw(ira, http.MethodPost, "/v1/directory/import", file)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, "north/c2", search(alice, "q=bea"))
	status, answer = w.raw(ira, http.MethodGet, "/v1/directory/export?tenant=north", "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "tenant,customer,name,numbers,location,address,job,job_type,job_state,job_at\n"+
		"north,c1,Ann Lee,+13125550101,l1,1 Main St,,,,\nnorth,c1,,,l1,1 Main St,j1,Furnace,booked,\n"+
		"north,c2,Bea,+13125550102,,,,,,\n", answer)
	status, answer = w.raw(ira, http.MethodPost, "/v1/directory/import", "tenant,customer\n"+strings.Repeat("x", directory.MaxFile))
	require.Equal(t, http.StatusRequestEntityTooLarge, status, answer)
}
