//! The engine: a schema, the guard before it, and what is remembered of documents and responses.
//!
//! Everything but the host is shared between the threads of the HTTP server.

use crate::documents::document_cache::DocumentCache;
use crate::documents::persisted::PersistedDocuments;
use crate::execution::introspection::IntrospectionCache;
use crate::execution::response_cache::ResponseCache;
use crate::guard::Guard;
use crate::host::Host;

/// What serves the operations of one schema. Put it into the application's data for the handlers to find it.
#[derive(Clone)]
pub struct Engine<H: Host> {
    /// The service.
    pub(crate) host: H,
    pub(crate) schema: H::Schema,
    pub(crate) guard: Guard,
    pub(crate) introspection: IntrospectionCache,
    pub(crate) documents: DocumentCache,
    pub(crate) persisted: PersistedDocuments,
    pub(crate) responses: ResponseCache,
}

impl<H: Host> Engine<H> {
    /// An engine for `schema`, whose text `guard` has read.
    #[must_use]
    pub fn new(host: H, schema: H::Schema, guard: Guard, responses: ResponseCache) -> Self {
        Self {
            host,
            schema,
            documents: DocumentCache::new(guard.check_scalar()),
            guard,
            introspection: IntrospectionCache::default(),
            persisted: PersistedDocuments::default(),
            responses,
        }
    }

    /// The same engine, with all that it remembers, for another host.
    #[must_use]
    pub fn for_host(&self, host: H) -> Self {
        Self { host, ..self.clone() }
    }

    /// The service.
    #[must_use]
    pub fn host(&self) -> &H {
        &self.host
    }
}
