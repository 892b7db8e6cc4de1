# The commands of the project. All of them build with one selection, --workspace, so that nothing is built twice.

.PHONY: build test test-embedded test-production test-crash lint fmt schema graphiql bench-api bench-smtp bench-digest bench-import bench-search

build:
	cargo build --workspace

# The whole suite, on SQLite and again on Postgres and Redis, which it finds or installs and starts itself.
test: test-embedded test-production

test-embedded:
	cargo test --workspace -- --skip production::

test-production:
	scripts/with-servers cargo test --workspace --test it -- --skip embedded::

# Workers killed at random moments, fifty runs of 5,000 subscribers; `make test` does five, and two of 2,000 on SQLite.
test-crash:
	CRASH_RUNS=50 scripts/with-servers cargo test --workspace --test it crash_recovery::production::workers -- --nocapture

lint:
	cargo fmt --all --check
	cargo fmt --manifest-path examples/rust/Cargo.toml --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --document-private-items --quiet
	scripts/dependencies-point-one-way
	scripts/deny

fmt:
	cargo fmt --all
	cargo fmt --manifest-path examples/rust/Cargo.toml
	cargo fmt --manifest-path fuzz/Cargo.toml

# After a change of the GraphQL types.
schema:
	cargo run --quiet -- schema > api/schema.graphql

# GraphiQL for GET /graphql, from npm; the next build has it in the executable. Without it the page says so.
graphiql:
	cd scripts/graphiql && npm ci --no-audit --no-fund && node build.mjs ../../api/static/graphiql

# The GraphQL API beside a ceiling, Postgres alone and Mercurius; six minutes, on a machine that does nothing else.
# OPTIONS="--seconds 1 --rounds 1" is a quick try.
bench-api:
	cargo build --release --workspace
	scripts/bench-api $(OPTIONS)

# The SMTP client beside smtp-source, both against smtp-sink: Debian's package postfix. One minute.
bench-smtp:
	scripts/bench-smtp

# A run of 100,000 digests beside smtp-source and nodemailer, on a machine that does nothing else.
bench-digest:
	cargo build --release --workspace
	scripts/bench-digest $(OPTIONS)

# Imports of a generated snapshot into SQLite and Postgres, twice, beside COPY and the bulk load of sqlite3, on a machine
# that does nothing else. LINES=100000 is a quick try.
bench-import:
	cargo build --release --workspace
	scripts/bench-import $(if $(LINES),--lines $(LINES)) $(OPTIONS)

# The search crate: speed on generated documents, and relevance if OPTIONS names a collection in BEIR's layout and a model:
# OPTIONS="--collection DIR --model DIR --vectors FILE". OPTIONS="--service --model DIR" asks the whole service through GraphQL.
# Two minutes, on a machine that does nothing else.
bench-search:
	cargo build --release --workspace
	"$${CARGO_TARGET_DIR:-target}/release/bench-search" $(OPTIONS)
