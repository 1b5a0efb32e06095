// Package service runs a service of Microkubes: keys, chain, health, registration, serving and stopping, in one call.
//
//	func main() {
//		service.Main(service.Config{
//			Name:   "hello-service",
//			Paths:  []string{"/hello"},
//			Policy: service.Microkubes("./keys"),
//		}, func(app *service.App) (service.Server, error) {
//			sec := nethttp.New(app.Chain)
//			mux := http.NewServeMux()
//			routes := nethttp.Watch(mux)
//			mux.HandleFunc("GET /hello", sec.Secured(hello))
//			return service.HTTP(mux), app.Check(routes)
//		})
//	}
//
// A service with a Microkubes configuration file has everything but the routes in that file: service.Main(service.FromFile(),
// routes).
//
// [Main] ends the process with a status that says how it went. [Run] does the same until a context ends and returns an error.
// The package knows no framework. A handler of net/http, which an Echo and a gin.Engine are, becomes a [Server] with [HTTP], and
// an app of Fiber with fibersec.Serve.
//
// # What happens, in order
//
//   - The keys are loaded, the chain is made, and the function makes the routes.
//   - The service listens. A connection waits until the service serves.
//   - The service registers with its gateway. If it cannot, it removes what it has written for this
//     process, and ends. If that fails, too, or a write had no answer, the error says what may be left there.
//   - If the chain has a provider that believes what plugins of the gateway have found out, as that of package kong in module
//     core, the service waits until the gateway has had the plugins for 10 seconds. It ends if the gateway lacks one or has it
//     disabled.
//   - It serves, and is ready. Every 30 seconds it checks its registration and repairs it. While the gateway lacks a plugin that
//     identities depend on, the provider refuses requests with 503.
//   - It is told to stop, by SIGTERM, SIGINT or SIGHUP, or by the end of the context. It is not ready any more, and leaves the
//     gateway.
//   - It keeps serving for 10 more seconds (Config.Linger), because not all workers of the gateway know at once.
//   - It closes its listener, completes the requests in progress, and ends.
//
// The steps from the signal on take no more than 25 seconds together (Config.StopTimeout). Then connections are closed, and the
// error says what was not done. A service that is told to stop while it starts undoes what it has done. Each step is a record in
// the log.
//
// # Environment
//
// Values that differ from one place to another come from the environment, if the Config does not set them. [FromFile] says how
// this goes together with a configuration file.
//
//	SERVICE_CONFIG_FILE  the configuration file, for FromFile
//	LISTEN_ADDR          host and port to listen on; :8080
//	SERVICE_HOST         host at which the gateway reaches this process; required if it listens on every address
//	API_GATEWAY_URL      address of the gateway's Admin API; http://localhost:8001
//	KEYS_DIR             directory of the platform's public keys, for Microkubes with ""; ./keys
//	JWT_ISSUER           name of the platform's issuer of users' tokens, for Microkubes
//	OAUTH2_ISSUER        name of the platform's authorization server, for Microkubes
//
// A directory in the call, such as Microkubes("./keys"), takes precedence over KEYS_DIR. With FromFile, KEYS_DIR, JWT_ISSUER and
// OAUTH2_ISSUER have no effect: SERVICE_CONFIG__SECURITY__KEYSDIR and its like replace what the file says.
//
// SERVICE_HOST is not guessed from the addresses of the machine: a wrong guess is a target that the gateway sends requests to in
// vain.
//
// # Health and version
//
// These endpoints are on the port of the service, where Kong's active health checks look. They are in front of the chain and of
// all routes and middleware, and need no token. They answer GET and HEAD; other methods are left to the routes.
//
//	/healthcheck       200 {"status":"ok"} if the service should get requests, or 503 with the status "stopping", "no keys" or
//	                   "no plugins"
//	/healthcheck/live  200 as long as the process serves
//	/version           200 {"name":"hello-service","version":"v1.2.3","revision":"…"}
//
// Use /healthcheck for the readiness probe and for the gateway, and /healthcheck/live for the liveness probe: to restart a
// process does not bring back keys. Before the service has registered, probes get no answer.
//
// The paths can be changed in the Config. A route with the path of an endpoint is never called. [App.Check] reports such a route.
// Clients reach the endpoints through the gateway if Config.Paths has them or a prefix of them, such as "/", or is empty. With
// Registration.StripPath they always do: /hello/healthcheck is /healthcheck when it gets here.
//
// # Kubernetes
//
// Each pod is a target of the gateway by its own address, so the gateway needs no Service of Kubernetes. The container of a
// Deployment has
//
//	env:
//	- {name: SERVICE_HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
//	- {name: API_GATEWAY_URL, value: "http://kong-admin:8001"}
//	ports:
//	- {containerPort: 8080}
//	startupProbe: {httpGet: {path: /healthcheck/live, port: 8080}, periodSeconds: 5, failureThreshold: 30}
//	readinessProbe: {httpGet: {path: /healthcheck, port: 8080}, periodSeconds: 5}
//	livenessProbe: {httpGet: {path: /healthcheck/live, port: 8080}, periodSeconds: 10}
//
// The startupProbe allows 150 seconds: the gateway may take Config.Gateway.Timeout, 2 minutes by default, and the wait for
// plugins takes 10 seconds more. The default of terminationGracePeriodSeconds, 30, is enough for the default of
// Config.StopTimeout, 25 seconds: if you raise one, raise the other. A preStop hook that sleeps is not needed, because of
// Config.Linger.
//
// # The command
//
// The command microkubes of this module explains the decisions of a service to operators:
//
//	go run github.com/microkubes/microkubes-go/service/cmd/microkubes explain -config service.json -token @token GET /orders/7
package service
