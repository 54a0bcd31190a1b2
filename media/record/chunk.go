package record

import "sync"

const (
	// chunkBytes is the piece memory is given out in: room for the slots of about 200 ms of two-way G.711.
	chunkBytes = 4 << 10
	// maxFreeChunks bounds what is kept for reuse: 16 MiB.
	maxFreeChunks = 4096
	// maxMemory bounds what extents keep back in memory. Beyond it they are written as soon as that is worth a write
	// (worthBytes); what is left then is less than worthBytes for each running recording.
	maxMemory = 128 << 20
)

// chunkPool gives out memory for extents and counts it. The demultiplexer takes, finishers give back.
type chunkPool struct {
	mu   sync.Mutex
	free [][]byte
	out  int // chunks given out
	max  int // chunks: above it full is true
}

func newChunkPool() *chunkPool { return &chunkPool{max: maxMemory / chunkBytes} }

func (p *chunkPool) get() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out++
	if n := len(p.free); n > 0 {
		c := p.free[n-1]
		p.free = p.free[:n-1]
		return c
	}
	return make([]byte, 0, chunkBytes)
}

func (p *chunkPool) put(chunks [][]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out -= len(chunks)
	for _, c := range chunks {
		if len(p.free) < maxFreeChunks {
			p.free = append(p.free, c[:0])
		}
	}
}

// full says that no more is to be kept back.
func (p *chunkPool) full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out > p.max
}

// bytes given out.
func (p *chunkPool) bytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out * chunkBytes
}
