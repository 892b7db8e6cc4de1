// Takes GraphiQL out of its npm package, as files that the executable embeds: compressed, because they are
// large, and apart, because the page's Content-Security-Policy allows no script within it.
//
//   node build.mjs FOLDER

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const main = fileURLToPath(import.meta.resolve('@graphql-yoga/render-graphiql'));
const source = dirname(main);
// It is not exported by the package, so it is found beside what is.
const { css, js, editorWorkerService, graphqlWorker, jsonWorker } = await import(join(source, 'graphiql.js'));

const files = {
  'graphiql.css': css,
  'graphiql.js': js,
  'editorWorkerService.js': editorWorkerService,
  'graphql.js': graphqlWorker,
  'json.js': jsonWorker,
  LICENSE: readFileSync(join(source, '..', 'LICENSE'), 'utf8'),
};

// Nothing may come from another site: the page has to work without one, and its policy would refuse it.
const foreign = /@import|url\(\s*["']?(https?:)?\/\/|import\(\s*["'`]https?:|importScripts\(\s*["'`]https?:|src\s*=\s*["'`]https?:/;
for (const [name, text] of Object.entries(files)) {
  const found = typeof text === 'string' && text.length > 0 ? text.match(foreign) : [`${name} is empty`];
  if (found) {
    console.error(`${name}: ${found[0]} …`);
    process.exit(1);
  }
}

const folder = process.argv[2];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const octets = gzipSync(text, { level: 9 });
  writeFileSync(join(folder, `${name}.gz`), octets);
  console.log(`${String(octets.length).padStart(9)}  ${name}.gz`);
}
