package keys_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// wire encodes strings as SSH does (RFC 4251, section 5).
func wire(parts ...[]byte) (data []byte) {
	for _, p := range parts {
		data = append(binary.BigEndian.AppendUint32(data, uint32(len(p))), p...)
	}
	return data
}

func sshLine(kind string, parts ...[]byte) string {
	return kind + " " + base64.StdEncoding.EncodeToString(wire(append([][]byte{[]byte(kind)}, parts...)...)) + " me@host"
}

// TestCommandsInErrors runs the command in each error and checks that its output is the key. Cases for OpenSSH and Java keystores
// make their input first.
func TestCommandsInErrors(t *testing.T) {
	for _, tool := range []string{"bash", "openssl", "ssh-keygen", "iconv"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s, which the advice names, is not installed", tool)
		}
	}
	point := must(p256.PublicKey.Bytes())
	sshEd, sshEC := sshLine("ssh-ed25519", edPublic), sshLine("ecdsa-sha2-nistp256", []byte("nistp256"), point)
	sshRSA := sshLine("ssh-rsa", []byte{1, 0, 1}, append([]byte{0}, rsaKey.N.Bytes()...))
	again := base64.StdEncoding.EncodeToString([]byte(pkix(t, edPublic)))
	utf16BE := func(text string) string {
		data := utf16le(text)
		for i := 0; i < len(data); i += 2 {
			data[i], data[i+1] = data[i+1], data[i]
		}
		return string(data)
	}
	for name, c := range map[string]struct{ first, text string }{
		"SSH Ed25519": {"", sshEd}, "SSH EC": {"", sshEC}, "SSH RSA": {"", sshRSA + "\n"},
		"options, Ed25519": {"", `command="ls -l",no-pty ` + sshEd}, "options, EC": {"", `from="*.x",command="a b" ` + sshEC},
		"known_hosts, Ed25519": {"", "# a comment\nhost.example,10.0.0.1 " + sshEd}, "known_hosts, RSA": {"", "host.example " + sshRSA},
		"OpenSSH Ed25519":        {"ssh-keygen -q -t ed25519 -N '' -f FILE", ""},
		"OpenSSH RSA":            {"ssh-keygen -q -t rsa -b 2048 -N '' -f FILE", ""},
		"OpenSSH EC":             {"ssh-keygen -q -t ecdsa -N '' -f FILE", ""},
		"SSH2 Ed25519":           {"ssh-keygen -q -t ed25519 -N '' -f k && ssh-keygen -e -f k > FILE", ""},
		"SSH2 EC":                {"ssh-keygen -q -t ecdsa -N '' -f k && ssh-keygen -e -f k > FILE", ""},
		"PKCS#12":                {selfSign + "openssl pkcs12 -export -inkey k -in c -out FILE -passout pass:", ""},
		"PKCS#12, no key":        {selfSign + "openssl pkcs12 -export -nokeys -in c -out FILE -passout pass:", ""},
		"PKCS#7":                 {selfSign + "openssl crl2pkcs7 -nocrl -certfile c -out FILE", ""},
		"keyCertSign":            {strings.Replace(selfSign, "-subj", "-addext keyUsage=digitalSignature,keyCertSign -subj", 1) + "mv c FILE", ""},
		"private, labelled":      {ecKey + "echo '-----BEGIN PUBLIC KEY-----' > FILE; grep -v -e ----- k >> FILE; echo '-----END PUBLIC KEY-----' >> FILE", ""},
		"private, lines":         {ecKey + "grep -v -e ----- k > FILE", ""},
		"private, one line":      {ecKey + "grep -v -e ----- k | tr -d '\\n' > FILE", ""},
		"private, PEM in base64": {ecKey + "openssl base64 -in k -out FILE", ""},
		"private, UTF-16":        {ecKey + "iconv -f UTF-8 -t UTF-16 k > FILE", ""},
		"private, UTF-32BE":      {ecKey + "iconv -f UTF-8 -t UTF-32BE k > FILE", ""},
		"compressed":             {ecKey + "openssl ec -in k -pubout -conv_form compressed -out FILE", ""},
		"hybrid":                 {ecKey + "openssl ec -in k -pubout -conv_form hybrid -out FILE", ""},
		"explicit":               {ecKey + "openssl ec -in k -pubout -param_enc explicit -conv_form compressed -out FILE", ""},
		"UTF-16BE":               {"", utf16BE(pkix(t, edPublic))},
		"PEM in base64":          {"", again}, "PEM in base64, lines": {"", again[:64] + "\n" + again[64:] + "\n"},
		"a Kubernetes Secret": {"", "apiVersion: v1\nkind: Secret\ndata:\n  k.pub: " + again + "\n"}, "a variable": {"", "export KEY=" + again + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run := func(command string) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				cmd := exec.CommandContext(ctx, "bash", "-c", command)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s: %s", command, out)
			}
			file := filepath.Join(dir, "FILE")
			require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
			if c.first != "" {
				require.NoError(t, os.Remove(file))
				run(c.first)
			}
			_, err := keys.ParsePEM("a", must(os.ReadFile(file)))
			require.Error(t, err)
			command := regexp.MustCompile(`(openssl|ssh-keygen|grep|iconv) -?\w.*$`).FindString(err.Error())
			require.NotEmpty(t, command, err)
			run(strings.ReplaceAll(command, "-nokeys", "-passin pass: -nokeys"))
			for _, made := range []string{"name.pub", "name.crt", "NEW"} {
				if data, err := os.ReadFile(filepath.Join(dir, made)); err == nil {
					key, err := keys.ParsePEM("a", bytes.TrimSpace(data))
					require.NoError(t, err, command)
					assert.NotNil(t, key)
					return
				}
			}
			t.Error("nothing was made by", command)
		})
	}
}

const (
	ecKey    = "openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out k; "
	selfSign = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c -days 2 -subj /CN=x 2>/dev/null; "
)

// TestKeysThatSignNoTokens checks that the errors for such keys have no command, since none could make a usable key.
func TestKeysThatSignNoTokens(t *testing.T) {
	fido := func(kind string) string {
		return block("OPENSSH PRIVATE KEY", append([]byte("openssh-key-v1\x00"), wire([]byte("none"), []byte("none"), nil, wire([]byte(kind), edPublic))...))
	}
	for text, says := range map[string]string{
		sshLine("sk-ssh-ed25519@openssh.com", edPublic, []byte("ssh:")):                                                                              "FIDO",
		sshLine("sk-ecdsa-sha2-nistp256@openssh.com", []byte("nistp256"), []byte("ssh:")):                                                            "FIDO",
		"no-pty " + sshLine("sk-ssh-ed25519@openssh.com", edPublic):                                                                                  "FIDO",
		"host " + sshLine("sk-ssh-ed25519-cert-v01@openssh.com", edPublic):                                                                           "FIDO",
		sshLine("ssh-ed25519-cert-v01@openssh.com", make([]byte, 32), edPublic):                                                                      "an SSH certificate",
		sshLine("ssh-dss", []byte{1}):                                                                                                                "DSA",
		"---- BEGIN SSH2 PUBLIC KEY ----\n" + strings.Fields(sshLine("ssh-dss", []byte{1}))[1]:                                                       "DSA",
		"---- BEGIN SSH2 PUBLIC KEY ----\n" + strings.Fields(sshLine("sk-ssh-ed25519@openssh.com", edPublic))[1] + "\n---- END SSH2 PUBLIC KEY ----": "FIDO",
		fido("sk-ssh-ed25519@openssh.com"):                                                                                                           "FIDO",
		fido("ssh-dss"):                                                                                                                              "DSA",
		`"{\"keys\":[]}"`:                                                                                                                            "JSON in quotes",
		"'" + `{"keys":[]}` + "'":                                                                                                                    "JSON in quotes",
		"KEY=abc\n":                                                                                                                                  "a variable",
		"kind: Secret\ndata:\n  password: aHVudA==":                                                                                                  "a Kubernetes Secret",
	} {
		_, err := keys.ParsePEM("a", []byte(text))
		if assert.ErrorContains(t, err, says) && says != "a Kubernetes Secret" {
			assert.NotContains(t, err.Error(), "FILE", text)
		}
	}
}
