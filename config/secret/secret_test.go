package secret

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHashAndVerify(t *testing.T) {
	hash, err := Hash("correct horse")
	require.NoError(t, err)
	require.NoError(t, Check(hash))
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	for password, want := range map[string]bool{
		"correct horse": true, "correct horsf": false, "": false, strings.Repeat("x", MaxPassword+1): false,
	} {
		ok, err := Verify(hash, password)
		require.NoError(t, err)
		require.Equal(t, want, ok, password)
	}
	again, err := Hash("correct horse")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "the salt is fresh")
}

func TestHashRefusesLengths(t *testing.T) {
	for _, n := range []int{0, MinPassword - 1, MaxPassword + 1} {
		_, err := Hash(strings.Repeat("p", n))
		require.ErrorIs(t, err, ErrPassword, "%d octets", n)
	}
}

// A vector of the reference implementation (phc-winner-argon2, src/test.c): two passes, 2^16 KiB, one lane.
func TestVerifyForeignHash(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, err := Verify(hash, "password")
	require.NoError(t, err)
	require.True(t, ok)
}

func TestVerifyRefusesForms(t *testing.T) {
	const salt, key = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for name, hash := range map[string]string{
		"empty":          "",
		"plain":          "password",
		"argon2i":        "$argon2i$v=19$m=65536,t=2,p=1$" + salt + "$" + key,
		"old version":    "$argon2id$v=16$m=65536,t=2,p=1$" + salt + "$" + key,
		"a terabyte":     "$argon2id$v=19$m=1073741824,t=2,p=1$" + salt + "$" + key,
		"for ever":       "$argon2id$v=19$m=65536,t=4000000,p=1$" + salt + "$" + key,
		"no pass":        "$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + key,
		"no lane":        "$argon2id$v=19$m=65536,t=1,p=0$" + salt + "$" + key,
		"too little":     "$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + key,
		"trailing cost":  "$argon2id$v=19$m=65536,t=2,p=1,x=1$" + salt + "$" + key,
		"leading zero":   "$argon2id$v=19$m=065536,t=2,p=1$" + salt + "$" + key,
		"bad salt":       "$argon2id$v=19$m=65536,t=2,p=1$!!$" + key,
		"short salt":     "$argon2id$v=19$m=65536,t=2,p=1$c29t$" + key,
		"short key":      "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$c29t",
		"one more field": "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + key + "$",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Verify(hash, "password")
			require.ErrorIs(t, err, ErrFormat)
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parse(s)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		require.LessOrEqual(t, h.memory, uint32(maxMemoryKiB))
		require.LessOrEqual(t, h.passes, uint32(maxPasses))
		require.LessOrEqual(t, len(h.key), maxField)
	})
}

// RFC 7616 section 3.9.1 gives the responses; these are the H(A1) that lead to them.
func TestDigests(t *testing.T) {
	const user, realm, password = "Mufasa", "http-auth@example.org", "Circle of Life"
	require.Equal(t, "3d78807defe7de2157e2b0b6573a855f", DigestMD5(user, realm, password))
	require.Equal(t, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232",
		DigestSHA256(user, realm, password))
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "token.key")
	_, err := ReadKey(path, 32)
	require.ErrorIs(t, err, os.ErrNotExist)

	// Processes that start at once end with one key.
	var wg sync.WaitGroup
	keys := make([][]byte, 8)
	for i := range keys {
		wg.Go(func() { keys[i], _ = ReadOrMakeKey(path, 32) })
	}
	wg.Wait()
	for _, k := range keys {
		require.Len(t, k, 32)
		require.Equal(t, keys[0], k)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary files stay")

	_, err = ReadKey(path, 16)
	require.ErrorIs(t, err, ErrKeyLength)
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = ReadOrMakeKey(path, 32)
	require.ErrorIs(t, err, ErrReadable)
}

func BenchmarkVerify(b *testing.B) {
	hash, err := Hash("correct horse")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Verify(hash, "correct horse")
	}
}
