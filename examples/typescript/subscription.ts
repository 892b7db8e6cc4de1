// Daily Papers from TypeScript: papers as they are featured, over a WebSocket (graphql-transport-ws).
//
//   npm ci && npm run subscription [-- ADDRESS OF THE SERVICE [HOW MANY PAPERS]]
//
// After so many papers it ends; without a number it goes on.

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

interface Featured {
  paperFeatured: { title: string; url: string };
}

const address = process.argv[2] ?? 'http://127.0.0.1:8080';
const wanted = Number(process.argv[3] ?? Infinity);
let wasConnected = false;
const client = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  // A connection that breaks is made again, a little later each time; one that never was is an error.
  retryAttempts: 20,
  shouldRetry: () => wasConnected,
  on: {
    connected: () => {
      console.log(wasConnected ? 'Connected again.' : 'Waiting for papers; Ctrl+C ends it.');
      wasConnected = true;
    },
  },
});

const papers = client.iterate<Featured>({
  query: 'subscription Featured { paperFeatured { title url } }',
});
let seen = 0;
try {
  for await (const { data, errors } of papers) {
    for (const error of errors ?? []) {
      console.error(error.message);
    }
    if (data) {
      console.log(`${data.paperFeatured.title}\n  ${data.paperFeatured.url}`);
      seen += 1;
    }
    if (seen >= wanted) {
      break;
    }
  }
} catch (error) {
  // What a socket throws is an event; what the service refuses is a list of errors.
  const causes = Array.isArray(error) ? error : [error];
  console.error(`${address}: ${causes.map((cause) => cause.message ?? cause.reason).join('; ')}`);
  process.exitCode = 1;
}
