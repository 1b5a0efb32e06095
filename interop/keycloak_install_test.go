package interop_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The distribution of Keycloak, as Maven names it.
const (
	keycloakVersion = "26.7.3"
	keycloakSHA256  = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47"
	mavenPlugin     = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
)

// javaVersion matches the major version in the file release of a JDK.
var javaVersion = regexp.MustCompile(`(?m)^JAVA_VERSION="(\d+)`)

// newestJava returns the home of the newest JDK on this machine, or ends the test.
func newestJava(t *testing.T) string {
	t.Helper()
	const oldest = 17 // what this version of Keycloak runs on
	candidates, err := filepath.Glob("/usr/lib/jvm/*")
	require.NoError(t, err)
	candidates = append(candidates, os.Getenv("JAVA_HOME"))
	if path, err := exec.LookPath("java"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(filepath.Dir(path)))
		}
	}
	newest, best := "", oldest-1
	for _, home := range candidates {
		release, err := os.ReadFile(filepath.Join(home, "release"))
		if err != nil {
			continue
		}
		if m := javaVersion.FindSubmatch(release); m != nil {
			if version, _ := strconv.Atoi(string(m[1])); version > best {
				newest, best = home, version
			}
		}
	}
	if newest == "" {
		missing(t, "there is no Java "+strconv.Itoa(oldest)+" or later, which runs Keycloak")
	}
	t.Logf("Keycloak %s on Java %d", keycloakVersion, best)
	return newest
}

// keycloakDistribution returns the folder of an unpacked distribution. The first call on a machine downloads it.
func keycloakDistribution(t *testing.T, java string) string {
	t.Helper()
	cache := cacheDir(t)
	dir := filepath.Join(cache, "keycloak-"+keycloakVersion)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	work, err := os.MkdirTemp(cache, "install-")
	require.NoError(t, err)
	defer func() { _ = os.RemoveAll(work) }()
	archive := download(t, filepath.Join(work, "repository"))
	require.NoError(t, unpack(archive, work))
	unpacked := filepath.Join(work, "keycloak-"+keycloakVersion)
	build(t, java, unpacked)
	if err := os.Rename(unpacked, dir); err != nil { // another run may have been faster
		require.DirExists(t, dir)
	}
	return dir
}

// download gets the archive with Maven, which compares it with the checksum of the repository, and compares it with ours.
func download(t *testing.T, repository string) string {
	t.Helper()
	mvn := tool(t, "mvn", "downloads Keycloak")
	cmd := exec.CommandContext(t.Context(), mvn, "--batch-mode", "--quiet", "--strict-checksums", mavenPlugin+":get", "-Dtransitive=false",
		"-Dartifact=org.keycloak:keycloak-quarkus-dist:"+keycloakVersion+":tar.gz", "-Dmaven.repo.local="+repository)
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "mvn: %s", output)
	archive := filepath.Join(repository, "org", "keycloak", "keycloak-quarkus-dist", keycloakVersion,
		"keycloak-quarkus-dist-"+keycloakVersion+".tar.gz")
	file, err := os.Open(filepath.Clean(archive))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	require.NoError(t, err)
	require.Equal(t, keycloakSHA256, hex.EncodeToString(sum.Sum(nil)), "the archive is not the one that the tests were written with")
	return archive
}

// build makes Keycloak build itself for development mode, as its first start would, which takes most of the time of that start.
// bin/kc.sh builds with one run of Java and serves with a second one, which this replaces.
func build(t *testing.T, java, home string) {
	t.Helper()
	once := filepath.Join(t.TempDir(), "java")
	script := "#!/bin/sh\ncase \" $* \" in *\" -Dkc.config.built=true \"*) exit 0;; esac\nexec '" + java + "/bin/java' \"$@\"\n"
	require.NoError(t, os.WriteFile(once, []byte(script), 0o700))
	cmd := exec.CommandContext(t.Context(), filepath.Join(home, "bin", "kc.sh"), "start-dev", "--cache=local")
	cmd.Env = append(os.Environ(), "JAVA="+once)
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "the build of Keycloak: %s", output)
	assert.NoDirExists(t, filepath.Join(home, "data"), "the build leaves no database")
}

// unpack unpacks a tar.gz whose content was checked. Names that leave the folder are refused all the same.
func unpack(archive, dir string) error {
	file, err := os.Open(filepath.Clean(archive))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for entries := tar.NewReader(compressed); ; {
		header, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if err := unpackFile(root, header, entries); err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, header *tar.Header, content io.Reader) error {
	name := filepath.FromSlash(header.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
