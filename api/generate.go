package api

//go:generate go run ./gendocs -root ..
