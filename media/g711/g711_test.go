package g711

import "testing"

// The positive halves of G.711 tables 1a and 2a by their own columns: segment end points, number of intervals and
// interval size, in units of the law (1/4096 and 1/8159 of the overload point).
type segment struct{ from, intervals, size int }

var (
	tableA = []segment{{0, 32, 2}, {64, 16, 4}, {128, 16, 8}, {256, 16, 16}, {512, 16, 32},
		{1024, 16, 64}, {2048, 16, 128}}
	tableU = []segment{{1, 15, 2}, {31, 16, 4}, {95, 16, 8}, {223, 16, 16}, {479, 16, 32},
		{991, 16, 64}, {2015, 16, 128}, {4063, 16, 256}}
)

func TestPCMADecodesAsTable1(t *testing.T) {
	n := 0
	for _, s := range tableA {
		for i := range s.intervals {
			y := s.from + i*s.size + s.size/2 // output value: middle of the interval
			code := byte(0x80|n) ^ 0x55
			if got := int(DecodePCMA(code)); got != y*8 {
				t.Errorf("interval %d: decodes to %d, table says %d", n, got, y*8)
			}
			if got := int(DecodePCMA(code ^ 0x80)); got != -y*8 {
				t.Errorf("negative interval %d: decodes to %d, table says %d", n, got, -y*8)
			}
			n++
		}
	}
	if n != 128 {
		t.Fatalf("table has %d intervals", n)
	}
}

func TestPCMUDecodesAsTable2(t *testing.T) {
	if DecodePCMU(0xFF) != 0 || DecodePCMU(0x7F) != 0 {
		t.Errorf("zero codes decode to %d, %d", DecodePCMU(0xFF), DecodePCMU(0x7F))
	}
	n := 1
	for _, s := range tableU {
		for i := range s.intervals {
			y := s.from + i*s.size + s.size/2
			code := byte(0xFF - n)
			if got := int(DecodePCMU(code)); got != y*4 {
				t.Errorf("interval %d: decodes to %d, table says %d", n, got, y*4)
			}
			if got := int(DecodePCMU(code & 0x7F)); got != -y*4 {
				t.Errorf("negative interval %d: decodes to %d, table says %d", n, got, -y*4)
			}
			n++
		}
	}
	if n != 128 {
		t.Fatalf("table has %d intervals", n)
	}
}

// Every positive sample is coded as the interval whose decision values enclose it (a value on an end point may go
// either way), every negative one as its mirror.
func TestEncodesByDecisionValues(t *testing.T) {
	laws := []struct {
		name  string
		table []segment
		unit  int
		enc   func(int16) byte
		code  func(n int) byte
		first int
	}{
		{"PCMU", tableU, 4, EncodePCMU, func(n int) byte { return byte(0xFF - n) }, 1},
		{"PCMA", tableA, 8, EncodePCMA, func(n int) byte { return byte(0x80|n) ^ 0x55 }, 0},
	}
	for _, l := range laws {
		n := l.first
		for _, s := range l.table {
			for i := range s.intervals {
				from, to := (s.from+i*s.size)*l.unit, (s.from+(i+1)*s.size)*l.unit
				for v := from + 1; v < min(to, 32768); v++ {
					if got := l.enc(int16(v)); got != l.code(n) {
						t.Fatalf("%s: %d is coded %#x, interval %d-%d has %#x", l.name, v, got, from, to, l.code(n))
					}
					if got := l.enc(int16(-v)); got != l.code(n)&0x7F|^l.code(n)&0x80 {
						t.Fatalf("%s: %d is coded %#x", l.name, -v, got)
					}
				}
				n++
			}
		}
	}
}

func TestCodesComeBack(t *testing.T) {
	for c := range 256 {
		if got := EncodePCMA(DecodePCMA(byte(c))); got != byte(c) {
			t.Errorf("PCMA %#x comes back as %#x", c, got)
		}
		if got := EncodePCMU(DecodePCMU(byte(c))); got != byte(c) && c != 0x7F {
			t.Errorf("PCMU %#x comes back as %#x", c, got)
		}
	}
	if EncodePCMU(0) != SilencePCMU || EncodePCMA(0) != SilencePCMA {
		t.Errorf("silence is %#x, %#x", EncodePCMU(0), EncodePCMA(0))
	}
}

func TestTranscodeStaysNear(t *testing.T) {
	src := make([]byte, 256)
	for i := range src {
		src[i] = byte(i)
	}
	a, u := make([]byte, 256), make([]byte, 256)
	ToPCMA(a, src)
	ToPCMU(u, src)
	for i := range src {
		// One step of the coarser law, which is 1/16 of the value in its segment, or 16 near zero.
		if d := abs(int(DecodePCMA(a[i])) - int(DecodePCMU(src[i]))); d > 16+abs(int(DecodePCMU(src[i])))/24 {
			t.Errorf("mu-law %#x is %d off as A-law", i, d)
		}
		if d := abs(int(DecodePCMU(u[i])) - int(DecodePCMA(src[i]))); d > 16+abs(int(DecodePCMA(src[i])))/24 {
			t.Errorf("A-law %#x is %d off as mu-law", i, d)
		}
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

func BenchmarkToPCMA(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 160)
	for b.Loop() {
		ToPCMA(buf, buf)
	}
}
