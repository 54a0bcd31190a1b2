//go:build !race

package e2e

// race says that the program under test is built with the race detector, as the tests are.
const race = false
