package registrator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

type service = registrator.Service

// TestBadDescriptionsAreRefusedBeforeSending changes one thing of a good description. Each error names the field.
func TestBadDescriptionsAreRefusedBeforeSending(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	kong := newKong(t, k.AdminURL(), registrator.Config{})
	long := strings.Repeat("n", 129)
	for name, c := range map[string]struct {
		change func(*service)
		says   string
	}{
		"no name":                  {func(s *service) { s.Name = "" }, "Service.Name"},
		"a name with /":            {func(s *service) { s.Name = "a/b" }, "Service.Name"},
		"a name with ..":           {func(s *service) { s.Name = ".." }, "Service.Name"},
		"a name of one dot":        {func(s *service) { s.Name = "." }, "Service.Name"},
		"an escaped name":          {func(s *service) { s.Name = "a%2Fb" }, "Service.Name"},
		"a name with a space":      {func(s *service) { s.Name = "a b" }, "Service.Name"},
		"a name with a query":      {func(s *service) { s.Name = "a?b" }, "Service.Name"},
		"a name with a line":       {func(s *service) { s.Name = "a\r\nb" }, "Service.Name"},
		"a name in Unicode":        {func(s *service) { s.Name = "héllo" }, "Service.Name"},
		"a long name":              {func(s *service) { s.Name = long }, "Service.Name"},
		"a name like a UUID":       {func(s *service) { s.Name = "A0000000-0000-4000-8000-000000000002" }, "UUID"},
		"the same in one word":     {func(s *service) { s.Name = "a0000000000040008000000000000002" }, "UUID"},
		"an owner with /":          {func(s *service) { s.Owner = "team/a" }, "Service.Owner"},
		"an owner with @":          {func(s *service) { s.Owner = "a@b" }, "Service.Owner"},
		"a tag with ,":             {func(s *service) { s.Tags = []string{"ok", "a,b"} }, "Service.Tags"},
		"a tag with /":             {func(s *service) { s.Tags = []string{"a/b"} }, "Service.Tags"},
		"a tag with a line":        {func(s *service) { s.Tags = []string{"a\nb"} }, "Service.Tags"},
		"an empty tag":             {func(s *service) { s.Tags = []string{""} }, "Service.Tags"},
		"a tag not in UTF-8":       {func(s *service) { s.Tags = []string{"\xff"} }, "Service.Tags"},
		"another's tag":            {func(s *service) { s.Tags = []string{"registered:other"} }, "Service.Tags"},
		"no host":                  {func(s *service) { s.Host = "" }, "Service.Host"},
		"host and instance":        {func(s *service) { s.Instance = "10.0.0.1" }, "Service.Host and Instance"},
		"a URL for a host":         {func(s *service) { s.Host = "http://hello:80/x" }, "not a URL"},
		"a host with a port":       {func(s *service) { s.Host = "hello:80" }, "use Port"},
		"a host with a path":       {func(s *service) { s.Host = "hello/x" }, "Service.Host"},
		"a host with a user":       {func(s *service) { s.Host = "me@hello" }, "Service.Host"},
		"a host with a space":      {func(s *service) { s.Host = "hello world" }, "Service.Host"},
		"a host of nowhere":        {func(s *service) { s.Host = "0.0.0.0" }, "can reach"},
		"a multicast address":      {func(s *service) { s.Host = "224.0.0.1" }, "one machine"},
		"multicast in IPv6":        {func(s *service) { s.Host, s.Instance = "", "[ff02::1]:80" }, "one machine"},
		"multicast with a zone":    {func(s *service) { s.Host = "ff02::1%eth0" }, "one machine"},
		"multicast as an instance": {func(s *service) { s.Host, s.Instance = "", "239.255.255.250" }, "one machine"},
		"multicast IPv4 in IPv6":   {func(s *service) { s.Host = "::ffff:224.0.0.1" }, "one machine"},
		"the broadcast address":    {func(s *service) { s.Host = "255.255.255.255" }, "one machine"},
		"broadcast as an instance": {func(s *service) { s.Host, s.Instance = "", "255.255.255.255:80" }, "one machine"},
		"a host with a zone":       {func(s *service) { s.Host = "fe80::1%eth0" }, "zone"},
		"a zone in brackets":       {func(s *service) { s.Host = "[fe80::1%eth0]" }, "zone"},
		"an instance with a zone":  {func(s *service) { s.Host, s.Instance = "", "[fe80::1%eth0]:80" }, "zone"},
		"half of the brackets":     {func(s *service) { s.Host = "[::1" }, "Service.Host"},
		"the other half":           {func(s *service) { s.Host = "::1]" }, "Service.Host"},
		"IPv4 in brackets":         {func(s *service) { s.Host = "[10.0.0.1]" }, "Service.Host"},
		"a name in brackets":       {func(s *service) { s.Host = "[hello]" }, "Service.Host"},
		"brackets and a port":      {func(s *service) { s.Host = "[::1]:80" }, "use Port"},
		"IPv4 in IPv6, brackets":   {func(s *service) { s.Host = "[::ffff:10.0.0.1]" }, "10.0.0.1"},
		"half of an instance's":    {func(s *service) { s.Host, s.Instance = "", "[::1" }, "Service.Instance"},
		"nowhere in brackets":      {func(s *service) { s.Host = "[::]" }, "can reach"},
		"two final dots":           {func(s *service) { s.Host = "hello.." }, "Service.Host"},
		"only a dot":               {func(s *service) { s.Host = "." }, "Service.Host"},
		"an address with a dot":    {func(s *service) { s.Host = "10.0.0.1." }, "Service.Host"},
		"two final dots to match":  {func(s *service) { s.Hosts = []string{"example.com.."} }, "Service.Hosts"},
		"a star and a dot":         {func(s *service) { s.Hosts = []string{"example.*."} }, "Service.Hosts"},
		"an instance of nowhere":   {func(s *service) { s.Host, s.Instance = "", "[::]:80" }, "can reach"},
		"an instance's port":       {func(s *service) { s.Host, s.Instance = "", "10.0.0.1:70000" }, "Service.Instance"},
		"an instance's port 0":     {func(s *service) { s.Host, s.Instance = "", "10.0.0.1:0" }, "Service.Instance"},
		"an instance's URL":        {func(s *service) { s.Host, s.Instance = "", "http://10.0.0.1" }, "Service.Instance"},
		"a name for no upstream":   {func(s *service) { s.Name, s.Host, s.Instance = "a~b", "", "10.0.0.1" }, "Service.Name must be a host name"},
		"a host of digits":         {func(s *service) { s.Host = "123" }, "Service.Host"},
		"a host that ends in them": {func(s *service) { s.Host = "1.2.3" }, "Service.Host"},
		"no IPv4 address":          {func(s *service) { s.Host = "10.0.0.256" }, "Service.Host"},
		"IPv4 in IPv6":             {func(s *service) { s.Host = "::ffff:10.0.0.1" }, "10.0.0.1"},
		"an instance's port 080":   {func(s *service) { s.Host, s.Instance = "", "10.0.0.1:080" }, "Service.Instance"},
		"an instance's port +80":   {func(s *service) { s.Host, s.Instance = "", "10.0.0.1:+80" }, "Service.Instance"},
		"an instance 10.0.0.01":    {func(s *service) { s.Host, s.Instance = "", "10.0.0.01:80" }, "Service.Instance"},
		"a port too large":         {func(s *service) { s.Port = 65536 }, "Service.Port"},
		"a negative port":          {func(s *service) { s.Port = -1 }, "Service.Port"},
		"an odd protocol":          {func(s *service) { s.Protocol = "gopher" }, "Service.Protocol"},
		"a negative time":          {func(s *service) { s.ReadTimeout = -time.Second }, "Service.ReadTimeout"},
		"less than milliseconds":   {func(s *service) { s.WriteTimeout = time.Microsecond }, "Service.WriteTimeout"},
		"a time too long":          {func(s *service) { s.ConnectTimeout = 1 << 62 }, "Service.ConnectTimeout"},
		"too many retries":         {func(s *service) { s.Retries = 32768 }, "Service.Retries"},
		"nothing to match":         {func(s *service) { s.Paths = nil }, "Service.Paths"},
		"a path without /":         {func(s *service) { s.Paths = []string{"hello"} }, "begin with /"},
		"an empty path":            {func(s *service) { s.Paths = []string{""} }, "begin with /"},
		"an expression without ~":  {func(s *service) { s.Paths = []string{`/re/\d+`} }, `write "~/re/`},
		"a ~ without expression":   {func(s *service) { s.Paths = []string{"~/hello"} }, "remove the ~"},
		"an expression by itself":  {func(s *service) { s.Paths = []string{`~\d+`} }, "begin with / or ~/"},
		"dot segments":             {func(s *service) { s.Paths = []string{"/a/../b"} }, `normal form, "/b"`},
		"two slashes":              {func(s *service) { s.Paths = []string{"//a"} }, "normal form"},
		"half an escape":           {func(s *service) { s.Paths = []string{"/a%2"} }, "hexadecimal"},
		"no escape":                {func(s *service) { s.Paths = []string{"/100%"} }, "%25"},
		"an escape of nothing":     {func(s *service) { s.Paths = []string{"/a%zz"} }, "hexadecimal"},
		"an escaped sign":          {func(s *service) { s.Paths = []string{"/a%+1b"} }, "hexadecimal"},
		"an escaped line":          {func(s *service) { s.Paths = []string{"/a%0Ab"} }, "printable"},
		"escapes not of UTF-8":     {func(s *service) { s.Paths = []string{"/a%ffb"} }, "printable"},
		"escaped dots":             {func(s *service) { s.Paths = []string{"/a/%2e%2e/b"} }, `normal form, "/b"`},
		"a path with a fragment":   {func(s *service) { s.Paths = []string{"/a#b"} }, "%23"},
		"a path with a query":      {func(s *service) { s.Paths = []string{"/a?b"} }, "Service.Paths"},
		"only slashes":             {func(s *service) { s.Paths = []string{"//"} }, "normal form"},
		"an expression with //":    {func(s *service) { s.Paths = []string{"~/a//[0-9]+"} }, "normal form"},
		"an expression with ..":    {func(s *service) { s.Paths = []string{"~/a/../[0-9]+"} }, "normal form"},
		"a path that turns round":  {func(s *service) { s.Paths = []string{"/a\u202eb"} }, "printable"},
		"a host to match, digits":  {func(s *service) { s.Hosts = []string{"123"} }, "Service.Hosts"},
		"a path with a line":       {func(s *service) { s.Paths = []string{"/a\n"} }, "Service.Paths"},
		"a host to match, a URL":   {func(s *service) { s.Hosts = []string{"http://a"} }, "Service.Hosts"},
		"a star inside":            {func(s *service) { s.Hosts = []string{"a.*.b"} }, "Service.Hosts"},
		"two stars":                {func(s *service) { s.Hosts = []string{"*.a.*"} }, "Service.Hosts"},
		"a method in lower case":   {func(s *service) { s.Methods = []string{"get"} }, "upper case"},
		"a header Host":            {func(s *service) { s.Headers = map[string][]string{"host": {"a"}} }, "use Hosts"},
		"a header with a space":    {func(s *service) { s.Headers = map[string][]string{"x y": {"a"}} }, "Service.Headers"},
		"a header without value":   {func(s *service) { s.Headers = map[string][]string{"X": nil} }, "Service.Headers"},
		"a value with a line":      {func(s *service) { s.Headers = map[string][]string{"X": {"a\r\nb"}} }, "Service.Headers"},
		"an empty value":           {func(s *service) { s.Headers = map[string][]string{"X": {""}} }, "not empty"},
		"a value not in UTF-8":     {func(s *service) { s.Headers = map[string][]string{"X": {"\xff"}} }, "printable"},
		"a header name with !":     {func(s *service) { s.Headers = map[string][]string{"X!": {"1"}} }, "Service.Headers"},
		"a header in two cases":    {func(s *service) { s.Headers = map[string][]string{"X-A": {"1"}, "x-a": {"2"}} }, "twice"},
		"a tag of control":         {func(s *service) { s.Tags = []string{"a\u0085b"} }, "Service.Tags"},
		"gRPC and strip":           {func(s *service) { s.Protocol, s.StripPath = "grpc", true }, "cannot be used with grpc"},
		"gRPC and methods":         {func(s *service) { s.Protocol, s.Methods = "grpcs", []string{"POST"} }, "cannot be used with grpcs"},
		"a plugin without name":    {func(s *service) { s.Plugins = []registrator.Plugin{{}} }, "Service.Plugins"},
		"a plugin with /":          {func(s *service) { s.Plugins = []registrator.Plugin{{Name: "a/b"}} }, "Service.Plugins"},
		"a plugin twice":           {func(s *service) { s.Plugins = []registrator.Plugin{{Name: "cors"}, {Name: "cors"}} }, "twice"},
		"a plugin of channels": {func(s *service) {
			s.Plugins = []registrator.Plugin{{Name: "cors", Config: map[string]any{"c": make(chan int)}}}
		}, "JSON"},
	} {
		s := hello()
		c.change(&s)
		for op, call := range map[string]func() error{
			"register":   func() error { return kong.Register(t.Context(), s) },
			"deregister": func() error { return kong.Deregister(t.Context(), s) },
			"run":        func() error { return kong.Run(t.Context(), s) },
			"plan":       func() error { _, err := kong.Plan(t.Context(), s); return err },
		} {
			err := call()
			require.ErrorIs(t, err, registrator.ErrInvalid, "%s: %s", name, op)
			assert.Contains(t, err.Error(), c.says, name)
		}
	}
	assert.Empty(t, k.Requests(), "not one request was sent")
}

func TestGoodDescriptions(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	for name, change := range map[string]func(*service){
		"as it is":         func(*service) {},
		"all characters":   func(s *service) { s.Name = "A.b-c_d~0" },
		"only hosts":       func(s *service) { s.Paths, s.Hosts = nil, []string{"a.example.com", "*.example.com", "example.*"} },
		"only methods":     func(s *service) { s.Paths, s.Methods = nil, []string{"PROPFIND"} },
		"only headers":     func(s *service) { s.Paths, s.Headers = nil, map[string][]string{"X-A": {"1"}} },
		"a number":         func(s *service) { s.Name = "2024" },
		"the root":         func(s *service) { s.Paths = []string{"/"} },
		"a slash at last":  func(s *service) { s.Paths = []string{"/hello/"} },
		"an IPv4 address":  func(s *service) { s.Host = "127.0.0.1" },
		"an IPv6 address":  func(s *service) { s.Host = "::1" },
		"with brackets":    func(s *service) { s.Host = "[2001:db8::1]" },
		"an absolute name": func(s *service) { s.Host = "hello.default.svc.cluster.local." },
		"absolute hosts":   func(s *service) { s.Hosts = []string{"example.com.", "*.example.com."} },
		"absolute instance": func(s *service) {
			s.Host, s.Instance = "", "hello.default.svc.cluster.local.:80"
		},
		"of Consul":        func(s *service) { s.Host = "hello-service.service.consul" },
		"of Kubernetes":    func(s *service) { s.Host = "hello.default.svc.cluster.local" },
		"of Compose":       func(s *service) { s.Host = "hello_service" },
		"Unicode in a tag": func(s *service) { s.Tags = []string{"équipe"} },
	} {
		s := hello()
		s.Name = "s" + strings.ReplaceAll(name, " ", "-")
		change(&s)
		assert.NoError(t, newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), s), name)
	}
}
