// Starts GraphiQL, which graphiql.js has put into YogaGraphiQL. A file of its own: the page's policy allows no script
// within it. The page gives it the addresses of the workers.

const workers = document.currentScript.dataset;

self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };

YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  endpoint: '/graphql',
  title: 'Daily Papers',
  // Events come to a POST, which carries the headers that were typed, and so the token. Over a WebSocket GraphiQL
  // puts them where no protocol looks for them, and whoever asks is nobody.
  subscriptionsProtocol: 'SSE',
  method: 'POST',
  // Headers hold tokens, which are not to stay in the browser.
  shouldPersistHeaders: false,
  defaultQuery: `# Ctrl+Space completes, Ctrl+Enter runs.
{
  feed {
    period
    papers(first: 5) {
      totalCount
      nodes {
        title
        upvoteCount
      }
    }
  }
}
`,
});
