// Package secret is how passwords and keys are kept: argon2id strings for people, digest hashes for phones, and key
// files that only their owner can read.
//
// It must not know who the people are, nor any other package of ours.
package secret
