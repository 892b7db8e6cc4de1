//! Static files: style sheets and scripts, compiled in. Their addresses contain a hash of their content.
//!
//! Browsers and proxies keep a file for a year without asking, because changed content has another address. An address
//! without a hash, or with that of another release, has the present content, but nobody keeps it without asking:
//! while an upgrade is under way, a page and its files may come from different processes.
//!
//! Files are sent as they are stored or compressed with gzip, and each of the two has an entity tag of its own. Those below
//! `static/graphiql` are compressed only (see [`super::graphiql`]): every browser takes gzip.
//!
//! Always: templates take addresses from [`address`]. RFC 9110 section 8.8.3, RFC 8246.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::LazyLock;

use actix_web::http::header::{
    self, AcceptEncoding, CacheControl, CacheDirective, ContentEncoding, ETag, Encoding, EntityTag,
    IfNoneMatch,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::state::ApiState;

/// The ending of files that are stored compressed.
const COMPRESSED: &str = ".gz";

/// The beginning of the names of GraphiQL's files, which are only there if it is turned on.
const GRAPHIQL: &str = "graphiql";

/// Characters of the hash in an address.
const VERSION_LENGTH: usize = 16;

/// The time for which a file is kept if its address contains its hash.
const VERSIONED_SECONDS: u32 = 365 * 24 * 60 * 60;

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

/// A file that is served.
struct Asset {
    media_type: &'static str,
    /// The hash of its content, as in its address.
    version: String,
    /// The content; `None` if it is compressed only.
    plain: Option<Bytes>,
    gzip: Bytes,
}

/// All files by name.
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let files = Files::iter().filter_map(|path| Some((Files::get(&path)?, path)));
    files
        .filter_map(|(file, path)| {
            let name = path.strip_suffix(COMPRESSED).unwrap_or(&path);
            let asset = Asset::new(file, name, name.len() < path.len());
            // Nothing is written but to memory.
            asset.ok().map(|asset| (name.to_owned(), asset))
        })
        .collect()
});

impl Asset {
    fn new(file: EmbeddedFile, name: &str, is_compressed: bool) -> io::Result<Self> {
        let mut version = HEXLOWER.encode(&file.metadata.sha256_hash());
        version.truncate(VERSION_LENGTH);
        let stored = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let media_type = match name.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };
        if is_compressed {
            return Ok(Self { media_type, version, plain: None, gzip: stored });
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&stored)?;
        let gzip = Bytes::from(encoder.finish()?);
        Ok(Self { media_type, version, plain: Some(stored), gzip })
    }

    /// The content in the encoding that the client prefers, and whether that is gzip.
    fn content(&self, accepted: Option<&AcceptEncoding>) -> (&Bytes, bool) {
        match &self.plain {
            Some(plain) if !accepted.is_some_and(prefers_gzip) => (plain, false),
            _ => (&self.gzip, true),
        }
    }
}

fn prefers_gzip(accepted: &AcceptEncoding) -> bool {
    let known = [Encoding::gzip(), Encoding::identity()];
    accepted.negotiate(known.iter()) == Some(Encoding::gzip())
}

/// The address of a file below `static`, with its hash.
pub(crate) fn address(name: &str) -> String {
    match ASSETS.get(name) {
        Some(asset) => format!("/static/{}/{name}", asset.version),
        None => format!("/static/{name}"),
    }
}

/// Whether a file is part of this build.
pub(crate) fn exists(name: &str) -> bool {
    ASSETS.contains_key(name)
}

/// `GET /static/{hash}/{name}`, and `GET /static/{name}`.
pub async fn show(request: HttpRequest, path: Path<String>, state: Data<ApiState>) -> HttpResponse {
    let (version, name) = parts(&path);
    let is_on = state.graphiql || !name.starts_with(GRAPHIQL);
    let Some(asset) = ASSETS.get(name).filter(|_| is_on) else { return super::not_found(state).await };
    let (content, is_gzip) = asset.content(request.get_header::<AcceptEncoding>().as_ref());
    let tag = if is_gzip { format!("{}-gzip", asset.version) } else { asset.version.clone() };
    let tag = EntityTag::new_strong(tag);
    let is_known = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        None => false,
    };
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header(cache_control(version == Some(&asset.version)))
        .insert_header(ETag(tag))
        .insert_header((header::VARY, "accept-encoding"));
    if is_known {
        return response.finish();
    }
    if is_gzip {
        response.insert_header(ContentEncoding::Gzip);
    }
    response.insert_header((header::CONTENT_TYPE, asset.media_type)).body(content.clone())
}

/// The hash and the name in an address.
fn parts(path: &str) -> (Option<&str>, &str) {
    let is_version =
        |part: &str| part.len() == VERSION_LENGTH && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match path.split_once('/') {
        Some((version, name)) if is_version(version) => (Some(version), name),
        _ => (None, path),
    }
}

fn cache_control(is_current: bool) -> CacheControl {
    CacheControl(if is_current {
        vec![
            CacheDirective::Public,
            CacheDirective::MaxAge(VERSIONED_SECONDS),
            CacheDirective::Extension("immutable".to_owned(), None),
        ]
    } else {
        vec![CacheDirective::NoCache]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_is_one() {
        for (path, expected) in [
            ("0123456789abcdef/style.css", (Some("0123456789abcdef"), "style.css")),
            ("0123456789abcdef/graphiql/json.js", (Some("0123456789abcdef"), "graphiql/json.js")),
            ("style.css", (None, "style.css")),
            ("graphiql/json.js", (None, "graphiql/json.js")),
            ("0123456789abcde/style.css", (None, "0123456789abcde/style.css")),
            ("0123456789abcdeg/style.css", (None, "0123456789abcdeg/style.css")),
        ] {
            assert_eq!(parts(path), expected);
        }
    }

    #[test]
    fn every_file_has_an_address_and_both_forms_of_small_ones_differ() {
        let style = &ASSETS["style.css"];
        assert_eq!(address("style.css"), format!("/static/{}/style.css", style.version));
        assert!(style.gzip.len() < style.plain.as_ref().unwrap().len());
        assert_eq!(address("nothing.css"), "/static/nothing.css");
    }
}
