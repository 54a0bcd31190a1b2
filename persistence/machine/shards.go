package machine

import "slices"

// applyShards runs a shard command. It takes one index when it changes a row, none when it repeats what holds.
func (m *Machine) applyShards(kv KV, d *decoder, out *Applied) error {
	c, err := d.readShardCommand()
	if err != nil {
		return err
	}
	rows := m.plan(c)
	if c.Op == CreateHome && len(rows) == 0 && !m.hasHome(c) {
		out.Results = append(out.Results, Result{Status: Refused, Reason: TooLarge})
		return nil
	}
	res := Result{Status: OK, Index: m.state.Index, TimeMs: m.state.TimeNs / 1e6}
	if len(rows) > 0 {
		m.state.Index++
		res.Index = m.state.Index
		m.addChange(out, Change{Index: res.Index, TimeMs: res.TimeMs, Shards: rows})
	}
	for _, row := range rows {
		m.shards[row.Shard] = row
		m.val = appendShardRow(append(m.val[:0], rowVersion), row)
		m.key = keyShard(m.key, row.Shard)
		if err := kv.Set(m.key, m.val); err != nil {
			return err
		}
	}
	out.Results = append(out.Results, res)
	out.Rows = m.owned(c.Node, c.Incarnation)
	return nil
}

// plan gives the rows a command changes, ordered by shard.
func (m *Machine) plan(c ShardCommand) []ShardRow {
	var rows []ShardRow
	take := func(row ShardRow) {
		row.Node, row.Incarnation = c.Node, c.Incarnation
		row.Epoch++
		rows = append(rows, row)
	}
	switch c.Op {
	case ClaimHash:
		for s := range ShardID(HashShards) {
			row := m.shards[s]
			row.Shard = s
			if row.Node != c.Node || row.Incarnation < c.Incarnation { // a late claim takes nothing from a successor
				take(row)
			}
		}
	case CreateHome:
		if m.hasHome(c) || len(m.shards) >= MaxShards {
			return nil
		}
		m.state.NextShard = max(m.state.NextShard, HashShards)
		take(ShardRow{Shard: m.state.NextShard, BornNode: c.Node, Born: c.Incarnation})
		m.state.NextShard++
	case MoveFormer:
		for _, row := range m.table() {
			if row.Node == c.Node && row.Incarnation < c.Incarnation {
				take(row)
			}
		}
	}
	return rows
}

// hasHome says whether the home shard of this node incarnation exists, whoever owns it now.
func (m *Machine) hasHome(c ShardCommand) bool {
	for s, row := range m.shards { // any order: there is one at most
		if s >= HashShards && row.BornNode == c.Node && row.Born == c.Incarnation {
			return true
		}
	}
	return false
}

// table is the whole shard table, ordered by shard.
func (m *Machine) table() []ShardRow {
	rows := make([]ShardRow, 0, len(m.shards))
	for _, row := range m.shards {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b ShardRow) int { return int(int64(a.Shard) - int64(b.Shard)) })
	return rows
}

func (m *Machine) owned(node, incarnation uint64) []ShardRow {
	return slices.DeleteFunc(m.table(), func(r ShardRow) bool {
		return r.Node != node || r.Incarnation != incarnation
	})
}
