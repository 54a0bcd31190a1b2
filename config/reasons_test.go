package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// R51: a reason that a file leaves out is retired, once and for all later files; one of another tenant is refused.
func TestR51ReasonsAreRetiredNeverDeleted(t *testing.T) {
	with := strings.Replace(small, "tenants: [{id: main, name: Acme,", "tenants: [{id: east, name: East}, {id: main, name: Acme,", 1)
	reasons := func(list string) *Center { return parseCenter(t, with+"reasons: ["+list+"]\n") }
	price, late := "{id: price, tenant: main, name: Price, lead: true}", "{id: late, tenant: main, name: Late}"
	v1, err := reasons(price + ", " + late).Build(nil)
	require.NoError(t, err)
	file := reasons(late)
	v2, err := file.Build(v1)
	require.NoError(t, err)
	require.Len(t, v2.Reasons, 2)
	require.Equal(t, "price", v2.Reasons[1].Id)
	require.False(t, v2.Reasons[1].Active)
	require.True(t, v2.Reasons[1].Lead, "as it was")
	mistakes, warnings := file.ReasonsAgainst(v1)
	require.Empty(t, mistakes)
	require.Contains(t, warnings.Error(), `"price" is left out: it is retired`)
	v3, err := file.Build(v2)
	require.NoError(t, err)
	require.Empty(t, Diff(v2, v3))
	_, warnings = file.ReasonsAgainst(v2)
	require.Empty(t, warnings)

	mistakes, _ = reasons("{id: price, tenant: east, name: Price}, " + late).ReasonsAgainst(v2)
	require.Contains(t, mistakes.Error(), `reasons[0].tenant: reason "price" belongs to tenant "main"`)
}
