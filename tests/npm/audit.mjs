// Runs the server audits of the package graphql-http against an address, and prints a line for each:
// its identifier, how it went (ok, notice, warn, error), its name and the reason.
//
//   node audit.mjs http://127.0.0.1:8080/graphql

import { auditServer } from 'graphql-http';

const url = process.argv[2];
for (const result of await auditServer({ url })) {
  const reason = result.status === 'ok' ? '' : result.reason;
  console.log([result.id, result.status, result.name, reason].join('\t'));
  // Bodies that no audit read would keep their connections open.
  await result.response?.body?.cancel().catch(() => {});
}
