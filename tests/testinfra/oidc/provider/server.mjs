// A provider of OpenID Connect for disposable hosts: the certified `oidc-provider`, with people
// out of a file.
//
//   node server.mjs CONFIGURATION.json
//
// The configuration: `issuer`, `host` and `port`; `certificate` and `key` (files; without them:
// HTTP); `client` (its metadata); `people` (login -> claims, any password); `id_token_seconds`, how
// long an ID token is valid (less than nothing: it has expired before it arrives).

import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';

import Provider from 'oidc-provider';

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const provider = new Provider(given.issuer, {
  clients: [given.client],
  pkce: { methods: ['S256'], required: () => true },
  claims: {
    openid: ['sub'],
    profile: ['preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  scopes: ['openid', 'profile', 'email', 'groups'],
  // As a function: a plain number has to be more than nothing.
  ttl: { IdToken: () => given.id_token_seconds ?? 300 },
  cookies: { keys: ['for-disposable-hosts-alone'] },
  findAccount: (context, id) =>
    given.people[id] && {
      accountId: id,
      claims: () => ({ sub: id, ...given.people[id] }),
    },
  features: {
    // Its own pages to log in and to agree: real forms, which know no passwords.
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
});

const secure = Boolean(given.certificate);
const server = secure
  ? createHttps({ cert: readFileSync(given.certificate), key: readFileSync(given.key) }, provider.callback())
  : createHttp(provider.callback());
server.listen(given.port, given.host, () => console.log(`listening for ${given.issuer}`));
