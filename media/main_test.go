package media

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary also is the children some tests start.
func TestMain(m *testing.M) {
	switch os.Getenv("WIRECHIEF_MEDIA_CHILD") {
	case "record":
		recordingChild()
	case "load":
		loadChild()
	default:
		goleak.VerifyTestMain(m)
	}
}
