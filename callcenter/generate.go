package callcenter

//go:generate protoc -I . --plugin=protoc-gen-go=../bin/protoc-gen-go --plugin=protoc-gen-go-vtproto=../bin/protoc-gen-go-vtproto --go_out=. --go_opt=paths=source_relative --go-vtproto_out=. --go-vtproto_opt=paths=source_relative,features=marshal+unmarshal+size+clone common.proto desk.proto config.proto agent.proto call.proto bubble.proto facts.proto callback.proto journal.proto
//go:generate go run genenvelope.go
