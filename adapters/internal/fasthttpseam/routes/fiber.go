package routes

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// Flags are the fields of a route that Fiber does not export.
type Flags struct {
	Use, Star, Mount bool
	Path             string         // in the form that the router compares
	Mounted          unsafe.Pointer // to the mounted App
}

// FlagsOf reads the flags of a route, which is a pointer to the Route of a version of Fiber. It returns false if that version
// keeps them elsewhere.
func FlagsOf(route any) (f Flags, ok bool) {
	v := reflect.ValueOf(route).Elem()
	for name, field := range map[string]*bool{"use": &f.Use, "star": &f.Star, "mount": &f.Mount} {
		from := v.FieldByName(name)
		if from.Kind() != reflect.Bool {
			return Flags{}, false
		}
		*field = from.Bool()
	}
	path, group := v.FieldByName("path"), v.FieldByName("group")
	if path.Kind() != reflect.String || group.Kind() != reflect.Pointer || group.Type().Elem().Kind() != reflect.Struct {
		return Flags{}, false
	}
	f.Path = path.String()
	if !f.Mount || group.IsNil() {
		return f, true
	}
	app := group.Elem().FieldByName("app")
	if app.Kind() != reflect.Pointer || app.Type().Elem().Name() != "App" {
		return Flags{}, false
	}
	f.Mounted = app.UnsafePointer()
	return f, true
}

// forwarding are the packages of Fiber's middleware that passes a request on, or refuses it, and serves nothing itself. Fiber's
// cache and idempotency are not among them, since they repeat the answers of other requests. Neither is rewrite, which may lead a
// request past a guard.
var forwarding = []string{
	"compress", "cors", "csrf", "earlydata", "encryptcookie", "etag", "helmet", "limiter", "logger", "recover", "requestid",
	"responsetime", "session",
}

// Forwards reports whether a function is of one of these packages, in the module that is named. The compiler may name the
// function after its caller, so the file in which it is written decides.
func Forwards(code uintptr, module string) bool {
	f := runtime.FuncForPC(code)
	if f == nil {
		return false
	}
	file, _ := f.FileLine(code)
	_, file, found := strings.Cut(file, module)
	if !found {
		return false
	}
	parts := strings.Split(file, "/") // "@v2.52.15/middleware/cors/cors.go", or without a version in a vendor folder
	version := parts[0] == "" || strings.HasPrefix(parts[0], "@")
	return version && len(parts) == 4 && parts[1] == "middleware" && slices.Contains(forwarding, parts[2])
}

// Code returns the address of the code of a function, or 0 for nil. All functions that one function literal makes have the same.
func Code(f any) uintptr {
	if v := reflect.ValueOf(f); !v.IsNil() {
		return v.Pointer()
	}
	return 0
}
