// Package g711 holds the two companding laws of ITU-T G.711 as tables, both ways and between each other.
// Linear samples are 16 bits, left-justified (the 14 bits of the mu-law and the 13 bits of the A-law on top).
package g711
