module github.com/microkubes/microkubes-go/registrator

go 1.25.0
