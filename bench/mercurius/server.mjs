// The three operations of the benchmark on Node, as a careful author would write them: Mercurius with graphql-jit,
// statements prepared once a connection, one statement a level, no look-up of one row at a time.
//
// It takes its settings from the environment: PORT, DATABASE_URL, BASE_URL, WORKERS (processes), CONNECTIONS (to the
// database, of all processes together).

import cluster from "node:cluster";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const { PORT, DATABASE_URL, BASE_URL } = process.env;
const WORKERS = Number(process.env.WORKERS);
const CONNECTIONS = Number(process.env.CONNECTIONS);

// The part of the contract that the operations use.
const schema = `
  scalar FeedPeriod
  type Query {
    feed(period: FeedPeriod!): Feed
    paper(arxivId: String!): Paper
  }
  type Feed {
    period: FeedPeriod!
    papers(first: Int!): PaperConnection!
  }
  type PaperConnection { nodes: [Paper!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! }
  type Paper {
    id: ID!
    arxivId: String
    title: String!
    abstract: String!
    summary: String
    publishedOn: String!
    upvoteCount: Int!
    commentCount: Int!
    url: String!
    authors: [Author!]!
    organization: Organization
    comments(first: Int!): CommentConnection!
  }
  type Author { name: String! }
  type Organization { slug: String! name: String! }
  type CommentConnection { nodes: [Comment!]! pageInfo: PageInfo! }
  type Comment { id: ID! body: String createdAt: String! author: User }
  type User { id: ID! handle: String! displayName: String! }
`;

const PAPER = `
  p.id, p.arxiv_id, p.slug, p.title, p.summary, p.published_on, p.source_upvotes + p.upvotes AS upvotes,
  p.source_comments + p.comments AS comments, p.authors, o.slug AS organization_slug, o.name AS organization_name`;

// As the service has it: a comment that is gone keeps its place while something answers it. To-one relations are
// joined, which costs less than another statement.
const COMMENT = `
  c.id, c.body, c.created_at, c.deleted_at IS NULL AND c.hidden_at IS NULL AS is_shown,
  u.id AS user_id, u.handle, u.display_name
  FROM comment c LEFT JOIN "user" u ON u.id = c.author_id`;
const LISTED = `
  (c.deleted_at IS NULL AND c.hidden_at IS NULL OR EXISTS (SELECT 1 FROM comment r WHERE r.parent_id = c.id))`;

const statements = {
  feed: `
    SELECT ${PAPER} FROM featured_paper f
    JOIN paper p ON p.id = f.paper_id
    LEFT JOIN organization o ON o.id = p.organization_id
    WHERE f.day = $1 AND f.removed_at IS NULL AND p.hidden_at IS NULL
    ORDER BY p.source_upvotes + p.upvotes DESC, f.position, f.id LIMIT $2`,
  paper: `
    SELECT ${PAPER}, p.abstract FROM paper p
    LEFT JOIN organization o ON o.id = p.organization_id
    WHERE p.arxiv_id = $1 AND p.hidden_at IS NULL`,
  comments: `
    SELECT ${COMMENT} WHERE c.paper_id = $1 AND ${LISTED} ORDER BY c.id LIMIT $2`,
  commentsOfMany: `
    SELECT k.place::integer, l.* FROM unnest($1::bigint[]) WITH ORDINALITY AS k (id, place)
    CROSS JOIN LATERAL (SELECT ${COMMENT} WHERE c.paper_id = k.id AND ${LISTED} ORDER BY c.id LIMIT $2) l
    ORDER BY k.place`,
};

// Days stay the text that Postgres sends.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const nodeId = (type, row) => Buffer.from(`${type}:${row}`).toString("base64url");

// 2026-01-06T14:30:00.500Z, and no fraction where there is none.
const instant = (at) => at.toISOString().replace(".000Z", "Z");

const page = (rows, first, node) => ({
  nodes: (rows.length > first ? rows.slice(0, first) : rows).map(node),
  pageInfo: { hasNextPage: rows.length > first },
});

const paper = (row) => ({
  row: row.id,
  id: nodeId("Paper", row.id),
  arxivId: row.arxiv_id,
  title: row.title,
  abstract: row.abstract,
  summary: row.summary,
  publishedOn: row.published_on,
  upvoteCount: row.upvotes,
  commentCount: row.comments,
  url: `${BASE_URL}/papers/${row.slug}`,
  authors: row.authors.slice(0, 20).map((name) => ({ name })),
  organization: row.organization_slug && { slug: row.organization_slug, name: row.organization_name },
});

const comment = (row) => ({
  id: nodeId("Comment", row.id),
  body: row.is_shown ? row.body : null,
  createdAt: instant(row.created_at),
  author: row.is_shown && row.user_id
    ? { id: nodeId("User", row.user_id), handle: row.handle, displayName: row.display_name }
    : null,
});

function serve() {
  const pool = new pg.Pool({
    connectionString: DATABASE_URL,
    max: Math.max(1, Math.floor(CONNECTIONS / WORKERS)),
    idleTimeoutMillis: 0,
  });
  const query = async (name, values) => (await pool.query({ name, text: statements[name], values })).rows;

  const resolvers = {
    Query: {
      feed: (_, { period }) => ({ period }),
      paper: async (_, { arxivId }) => {
        const [row] = await query("paper", [arxivId]);
        return row ? paper(row) : null;
      },
    },
    Feed: {
      papers: async ({ period }, { first }) => page(await query("feed", [period, first + 1]), first, paper),
    },
  };

  const loaders = {
    Paper: {
      comments: {
        // All papers of a level at once; `first` is the same for them, as they are of one field.
        async loader(queries) {
          const { first } = queries[0].params;
          if (queries.length === 1) {
            return [page(await query("comments", [queries[0].obj.row, first + 1]), first, comment)];
          }
          const ids = queries.map(({ obj }) => obj.row);
          const lists = queries.map(() => []);
          for (const row of await query("commentsOfMany", [ids, first + 1])) lists[row.place - 1].push(row);
          return lists.map((rows) => page(rows, first, comment));
        },
        opts: { cache: false },
      },
    },
  };

  const app = Fastify({ logger: false });
  app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
  app.listen({ port: Number(PORT), host: "127.0.0.1" });
}

if (cluster.isPrimary && WORKERS > 1) {
  for (let worker = 0; worker < WORKERS; worker++) cluster.fork();
} else {
  serve();
}
