// Package facts keeps the facts that figures are made of: a subscriber of its own node's journal that folds the streams
// of calls and agents and writes what comes out into a key space derived from the journal.
//
// It holds nothing that cannot be made again. What a stream's facts hold is what its records up to a version say, so a
// change that is seen twice does nothing and one that was missed is noticed: a rebuild needs no view of one moment, and
// every node has the same rows. It must not know the rules of figures, who asks, nor stand in anyone's way: it follows
// what is committed, in lots, and may be late.
package facts
