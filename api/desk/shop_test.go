package desk_test

import (
	"context"

	cc "github.com/wirechief/wirechief/callcenter"
)

func (s *shop) CreateBubble(context.Context, *cc.CreateBubble) (string, error)     { return "", nil }
func (s *shop) SuggestBooking(context.Context, *cc.SuggestBooking) (string, error) { return "", nil }
