package actors

import (
	"context"
	"errors"
	"fmt"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// loadCenter takes the configuration in force from the journal, or imports the file's into an empty journal.
func (n *Node) loadCenter(s *Settings) error {
	v := n.reader()
	value := v.value(configKey)
	v.Close()
	var inForce, file *cc.Center
	if value != nil {
		inForce = &cc.Center{}
		if err := inForce.UnmarshalVT(value); err != nil {
			return fmt.Errorf("reading the center configuration: %w", err)
		}
	}
	if inForce != nil {
		n.company = inForce.Company
		n.compare = func() { n.compareCenter(s, inForce) }
		return n.take(inForce)
	}
	if s.Center != nil {
		var err error
		if file, err = s.Center(nil); err != nil {
			return fmt.Errorf("building the center configuration: %w", err)
		}
	}
	if file == nil {
		return errors.New("the journal holds no center configuration and the file has none")
	}
	n.company = file.Company
	return n.ApplyCenter(context.Background(), file)
}

// compareCenter logs where the file differs from what is in force. Building it hashes passwords, milliseconds an agent:
// calls that come back do not wait for that.
func (n *Node) compareCenter(s *Settings, inForce *cc.Center) {
	if s.Center == nil || s.Compare == nil {
		return
	}
	file, err := s.Center(inForce)
	if err != nil {
		n.log.Error("building the center configuration of the file", "err", err)
		return
	}
	for _, diff := range s.Compare(inForce, file) {
		n.log.Warn("the configuration file differs from what is in force", "what", diff, "version", inForce.Version)
	}
}

// take makes a configuration the one in force.
func (n *Node) take(c *cc.Center) error {
	trunks, err := trunkSources(c)
	if err != nil {
		return err
	}
	n.trunks.Store(&trunks)
	n.dir.Store(cc.NewDirectory(c))
	return nil
}

// ApplyCenter writes a new version of the configuration and puts it in force. New agents get their actor. A queue in
// which callers wait is not removed.
func (n *Node) ApplyCenter(ctx context.Context, c *cc.Center) error {
	return n.ApplyDraining(ctx, c, nil)
}

// ApplyDraining is ApplyCenter that moves who waits in a removed queue to the one that drain names for it (R88).
func (n *Node) ApplyDraining(ctx context.Context, c *cc.Center, drain map[string]string) error {
	if c.Company != n.company {
		return cc.Errorf(cc.CodeBadCommand, "company is %q, this center is %q", c.Company, n.company)
	}
	if _, err := trunkSources(c); err != nil {
		return err
	}
	var gone []string
	if n.dir.Load() != nil {
		var err error
		if gone, err = n.gone(c, drain); err != nil {
			return err
		}
	}
	v := n.reader()
	version := v.StreamVersion(configStream)
	v.Close()
	was := n.Directory()
	if err := keepsReasons(was, c); err != nil {
		return err
	}
	c = c.CloneVT()
	c.Version = version + 1
	if was == nil {
		cc.KeepSince(c.Numbers, nil, n.journal.NowMs())
	} else {
		cc.KeepSince(c.Numbers, was.Center.Numbers, n.journal.NowMs())
	}
	data, err := c.MarshalVT()
	if err != nil {
		return fmt.Errorf("encoding the center configuration: %w", err)
	}
	var before *cc.Center
	if dir := n.Directory(); dir != nil {
		before = dir.Center
	}
	shard := shardOfCompany(n.company)
	// In force first, then in the change stream: who hears of the change finds it.
	err = n.wait(ctx, func(reply replyFunc) error {
		n.journal.Append(&machine.Append{
			Shard: shard, Epoch: n.epochs[shard], Stream: configStream, Expect: version,
			Records: [][]byte{data}, Index: []machine.IndexOp{{Key: []byte(configKey), Value: data}},
		}, func(r machine.Result) {
			if r.Status != machine.OK {
				reply(cc.Errorf(cc.CodeUnavailable, "the configuration was not written (%v)", r.Reason))
				return
			}
			reply(n.take(c))
		})
		return nil
	})
	if err != nil || n.system == nil {
		return err
	}
	n.drainGone(gone, drain)
	n.dismiss(before)
	err = n.startNewAgents(c)
	n.lookAtPhones(was)
	return err
}

// lookAtPhones has every agent whose phone is another than before look whether it can be rung. The others are not
// asked: for them news of their phone would count as its return (R98).
func (n *Node) lookAtPhones(was *cc.Directory) {
	dir := n.Directory()
	for _, h := range n.agents.having(func(id string) bool {
		a, b := was.Agent(id), dir.Agent(id)
		return a.GetContact() != b.GetContact() || a.GetSipUser() != b.GetSipUser()
	}) {
		h.force(agentEndpoint{})
	}
}

// dismiss tells the agents who are no longer configured (R15). One who does not hear of it does at the next start.
func (n *Node) dismiss(before *cc.Center) {
	now := n.Directory()
	for _, a := range before.GetAgents() {
		if now.Agent(a.Id) == nil {
			n.TellAgent(a.Id, cc.NewCommand(&cc.AgentRemoved{}))
		}
	}
}

func (n *Node) startNewAgents(c *cc.Center) error {
	v := n.reader()
	defer v.Close()
	for _, a := range c.Agents {
		if n.agents.get(a.Id) != nil {
			continue
		}
		if err := n.startAgent(a.Id, v); err != nil && !isAside(err) {
			return err
		}
	}
	return nil
}

// keepsReasons: closed calls carry their reasons. One that was in force once is retired, never deleted (R51).
func keepsReasons(was *cc.Directory, c *cc.Center) error {
	if was == nil {
		return nil
	}
	now := make(map[string]string, len(c.Reasons))
	for _, r := range c.Reasons {
		now[r.Id] = r.Tenant
	}
	for _, r := range was.Center.Reasons {
		if tenant, ok := now[r.Id]; !ok || tenant != r.Tenant {
			return cc.Errorf(cc.CodeBadCommand, "call reason %s of tenant %s can be retired, not deleted or given to another tenant",
				r.Id, r.Tenant)
		}
	}
	return nil
}
