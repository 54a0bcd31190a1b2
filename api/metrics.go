package api

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// registry publishes every source's counters, our own, and those of the process.
func (s *Server) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collector{append([]Source{{"api", s.Each}}, s.c.Sources...)})
	return r
}

// collector reads the sources when it is asked; names come from them, so nothing is described ahead.
type collector struct{ sources []Source }

// Describe implements prometheus.Collector.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. A name that comes twice counts once.
func (c collector) Collect(out chan<- prometheus.Metric) {
	seen := make(map[string]bool)
	for _, src := range c.sources {
		src.Each(func(name string, v float64) {
			full := "wirechief_" + src.Prefix + "_" + name
			if seen[full] {
				return
			}
			seen[full] = true
			kind := prometheus.GaugeValue
			if strings.HasSuffix(name, "_total") {
				kind = prometheus.CounterValue
			}
			help := strings.ReplaceAll(strings.TrimSuffix(name, "_total"), "_", " ") + " of package " + src.Prefix
			if m, err := prometheus.NewConstMetric(prometheus.NewDesc(full, help, nil, nil), kind, v); err == nil {
				out <- m
			}
		})
	}
}
