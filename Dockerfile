# Builds the executable, and an image that holds it and nothing else of the build.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# SQLite and ring are C, which the compiler of this image builds.
RUN cargo build --release --locked

FROM debian:bookworm-slim
# curl asks the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/daily-papers daily-papers
COPY --from=build /build/target/release/daily-papers /usr/local/bin/daily-papers
USER daily-papers
WORKDIR /var/lib/daily-papers
ENV DAILY_PAPERS_LISTEN=0.0.0.0:8080 \
    DAILY_PAPERS_DATA_DIR=/var/lib/daily-papers/data
EXPOSE 8080
ENTRYPOINT ["daily-papers"]
CMD ["serve"]
