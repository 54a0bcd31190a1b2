package replay

import (
	"errors"
	"fmt"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// maxConfigs bounds the configuration versions kept in memory: each may be of some MB, and records of one time want the
// same few.
const maxConfigs = 8

// configs finds configurations by version.
type configs struct {
	r       machine.Reader
	company string
	known   map[uint64]*cc.Directory
	order   []uint64 // as they were read
}

// newConfigs learns the company, which is the same in every version. One that cannot be read is told with its stream.
func newConfigs(r machine.Reader) *configs {
	c := &configs{r: r, known: map[uint64]*cc.Directory{}}
	if dir, err := c.at(1); err == nil {
		c.company = dir.Center.Company
	}
	return c
}

var errNoConfig = errors.New("the journal does not have this version of the configuration")

func (c *configs) at(version uint64) (*cc.Directory, error) {
	if d := c.known[version]; d != nil {
		return d, nil
	}
	var center *cc.Center
	var fault error
	err := machine.Records(c.r, ConfigStream, version, func(rec machine.Record) bool {
		if rec.Version == version {
			center = &cc.Center{}
			fault = center.UnmarshalVT(rec.Data)
		}
		return false
	})
	if err == nil {
		err = fault
	}
	if err != nil {
		return nil, fmt.Errorf("reading configuration %d: %w", version, err)
	}
	if center == nil {
		return nil, fmt.Errorf("configuration %d: %w", version, errNoConfig)
	}
	if len(c.order) >= maxConfigs {
		delete(c.known, c.order[0])
		c.order = c.order[1:]
	}
	d := cc.NewDirectory(center)
	c.known[version], c.order = d, append(c.order, version)
	return d, nil
}
