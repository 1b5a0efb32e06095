package main

import (
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const cacheOff = -1

// cacheSize is how many tokens both providers of the chain keep; 0 is their default.
func cacheSize(size int, users *jwt.Config, access *oauth2.Config) {
	users.CacheSize, access.CacheSize = size, size
}
