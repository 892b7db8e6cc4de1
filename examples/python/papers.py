"""Daily Papers from Python: the latest feed, and every paper on a subject, page by page.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python papers.py [ADDRESS OF THE SERVICE [SUBJECT]]
"""

import sys

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

FEED = gql("""
    query Feed {
      feed {
        period
        papers(first: 3) { totalCount nodes { title upvoteCount } }
      }
    }
""")

PAPERS = gql("""
    query Papers($filter: PaperFilter, $after: String) {
      papers(filter: $filter, orderBy: TRENDING, first: 3, after: $after) {
        nodes { title publishedOn authors(first: 2) { name } }
        pageInfo { hasNextPage endCursor }
      }
    }
""")


def papers_on(session, subject):
    """All papers on a subject. A page is fetched when the one before it has been read."""
    variables = {"filter": {"keywords": [subject]}, "after": None}
    while True:
        page = session.execute(PAPERS, variable_values=variables)["papers"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        variables["after"] = page["pageInfo"]["endCursor"]


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    subject = sys.argv[2] if len(sys.argv) > 2 else "reinforcement learning"
    transport = HTTPXTransport(url=f"{url}/graphql", timeout=10)
    # The schema is fetched once, and documents are checked against it before they are sent.
    client = Client(transport=transport, fetch_schema_from_transport=True)
    with client as session:
        feed = session.execute(FEED)["feed"]
        if feed is not None:
            print(f"{feed['period']}: {feed['papers']['totalCount']} papers")
            for paper in feed["papers"]["nodes"]:
                print(f"  {paper['upvoteCount']:4} {paper['title']}")
        print(f"On {subject}:")
        for paper in papers_on(session, subject):
            names = ", ".join(author["name"] for author in paper["authors"])
            print(f"  {paper['publishedOn']} {paper['title']}" + (f" ({names})" if names else ""))


if __name__ == "__main__":
    main()
