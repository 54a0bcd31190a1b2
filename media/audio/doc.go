// Package audio makes what the engine plays and files what it recorded: clips of pre-encoded G.711 pages, hold music
// and tones synthesised from a small score, WAV files in and out, resampling to 8 kHz. It knows no network.
package audio
