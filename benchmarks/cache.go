package main

import (
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// cacheOff is the CacheSize that turns the cache off.
const cacheOff = -1

// cacheSize sets the number of tokens that each provider of the chain keeps. 0 is the default.
func cacheSize(size int, users *jwt.Config, access *oauth2.Config) {
	users.CacheSize, access.CacheSize = size, size
}
