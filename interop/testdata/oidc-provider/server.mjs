// An authorization server made of the package oidc-provider, for the tests of this module.
//
//	node server.mjs PORT KEYS
//
// It serves http://127.0.0.1:PORT until its standard input ends. KEYS is a file for its private keys: they outlive a restart.
// Lines of the standard input are commands, and each is answered with a line on the standard output:
//
//	rotate       signs with a new key from now on; the old ones stay published
//	retire KID   takes a key away
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

const [port, keyFile] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const resources = ['https://orders.example.com', 'https://billing.example.com'];
const scopes = 'orders:read orders:write';
const users = { ann: { roles: ['admin'] }, bob: { roles: [] } };

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

// The first key signs.
let keys = existsSync(keyFile) ? JSON.parse(readFileSync(keyFile, 'utf8')) : [newKey()];
let provider;

// setKeys replaces the provider by one with these keys, since a provider's keys cannot be changed.
function setKeys(next) {
  keys = next;
  writeFileSync(keyFile, JSON.stringify(keys), { mode: 0o600 });
  provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'batch',
        client_secret: 'batch-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: 'shop',
        client_secret: 'shop-secret',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['https://shop.example.com/callback'],
      },
    ],
    cookies: { keys: ['a key for the cookies of a test'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => {
          if (!resources.includes(resource)) throw new Error('unknown resource');
          return {
            scope: scopes,
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 600,
            jwt: { sign: { alg: 'RS256', kid: keys[0].kid } },
          };
        },
      },
    },
    // RFC 9068, section 2.2.3.1, has a claim for roles.
    extraTokenClaims: (ctx, token) => (users[token.accountId]?.roles.length ? { roles: users[token.accountId].roles } : undefined),
    findAccount: (ctx, id) => users[id] && { accountId: id, claims: () => ({ sub: id }) },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
  });
}

// logIn signs in the user that the client names in login_hint, and consents to all that the client asks for.
async function logIn(req, res) {
  const { params } = await provider.interactionDetails(req, res);
  const grant = new provider.Grant({ accountId: params.login_hint, clientId: params.client_id });
  grant.addOIDCScope('openid offline_access');
  for (const resource of [params.resource].flat()) grant.addResourceScope(resource, params.scope);
  const result = { login: { accountId: params.login_hint }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

setKeys(keys);

const server = createServer((req, res) => {
  res.on('finish', () => console.log(`"${req.method} ${req.url.split('?')[0]} HTTP/1.1" ${res.statusCode}`));
  if (req.url === '/ready') {
    res.end();
    return;
  }
  if (req.url.startsWith('/interaction/')) {
    logIn(req, res).catch((err) => {
      console.error(err);
      res.writeHead(500).end();
    });
    return;
  }
  provider.callback()(req, res);
});

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const [command, kid] = line.split(' ');
  if (command === 'rotate') setKeys([newKey(), ...keys]);
  if (command === 'retire') setKeys(keys.filter((key) => key.kid !== kid));
  console.log(`done ${command}`);
});
commands.on('close', () => process.exit(0));

server.listen(Number(port), '127.0.0.1');
