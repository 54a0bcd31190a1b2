// Package report puts the figures of a run side by side: for people, for benchstat, as JSON and as a page of docs.
//
// It measures nothing and starts nothing.
package report
