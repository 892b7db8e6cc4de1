// Daily Papers from TypeScript: papers as they are featured, over a WebSocket (graphql-transport-ws).
//
//   npm ci && npm run subscription [-- ADDRESS OF THE SERVICE]

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

interface Featured {
  paperFeatured: { title: string; url: string };
}

const address = process.argv[2] ?? 'http://127.0.0.1:8080';
const client = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  // A connection that breaks is made again, a little later each time.
  retryAttempts: 20,
});

console.log('Waiting for papers; Ctrl+C ends it.');
const papers = client.iterate<Featured>({
  query: 'subscription Featured { paperFeatured { title url } }',
});
for await (const { data, errors } of papers) {
  if (errors) {
    console.error(errors.map((error) => error.message).join('\n'));
  }
  if (data) {
    console.log(`${data.paperFeatured.title}\n  ${data.paperFeatured.url}`);
  }
}
