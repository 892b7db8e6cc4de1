// Daily Papers from TypeScript: the latest feed, and every paper on a subject, page by page.
//
//   npm ci && npm run papers [-- ADDRESS OF THE SERVICE [SUBJECT]]

import { GraphQLClient, gql } from 'graphql-request';

const address = process.argv[2] ?? 'http://127.0.0.1:8080';
const subject = process.argv[3] ?? 'reinforcement learning';
const client = new GraphQLClient(`${address}/graphql`);

interface Feed {
  feed: {
    period: string;
    papers: { totalCount: number | null; nodes: { title: string; upvoteCount: number }[] };
  } | null;
}

interface Papers {
  papers: {
    nodes: { title: string; publishedOn: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

const FEED = gql`
  query Feed {
    feed {
      period
      papers(first: 3) { totalCount nodes { title upvoteCount } }
    }
  }
`;

const PAPERS = gql`
  query Papers($filter: PaperFilter, $after: String) {
    papers(filter: $filter, orderBy: TRENDING, first: 3, after: $after) {
      nodes { title publishedOn }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

/** All papers on a subject. A page is fetched when the one before it has been read. */
async function* papersOn(subject: string) {
  let after: string | null = null;
  do {
    const { papers }: Papers = await client.request<Papers>(PAPERS, { filter: { keywords: [subject] }, after });
    yield* papers.nodes;
    after = papers.pageInfo.hasNextPage ? papers.pageInfo.endCursor : null;
  } while (after !== null);
}

const { feed } = await client.request<Feed>(FEED);
if (feed !== null) {
  console.log(`${feed.period}: ${feed.papers.totalCount ?? 'many'} papers`);
  for (const paper of feed.papers.nodes) {
    console.log(`  ${String(paper.upvoteCount).padStart(4)} ${paper.title}`);
  }
}
console.log(`On ${subject}:`);
for await (const paper of papersOn(subject)) {
  console.log(`  ${paper.publishedOn} ${paper.title}`);
}
