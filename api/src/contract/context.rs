//! What resolvers find in their context: the services, the viewer, where the request came from, loaders.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Context, Result};
use domain::Services;
use domain::accounts::Viewer;
use domain::entity::enums::Role;
use domain::papers::read::Visibility;
use domain::search::Search;

use crate::contract::loaders::Loader;
use crate::visitor::Visitor;
use graphql_server::execution::data_loader::DataLoader;
use graphql_server::{ErrorCode, SafeRequest};

/// What belongs to one request.
pub struct RequestContext {
    /// The services.
    pub services: Services,
    /// The search engine of this process.
    pub search: Arc<Search>,
    /// The person whom the token names.
    pub viewer: Option<Viewer>,
    /// Where the request came from.
    pub client: IpAddr,
}

/// Short ways to what is in the context.
pub trait ContextExt {
    /// The services.
    fn services(&self) -> &Services;
    /// The search engine of this process.
    fn search(&self) -> &Arc<Search>;
    /// The person whom the token names.
    fn viewer(&self) -> Option<&Viewer>;
    /// The loaders of this request.
    fn loader(&self) -> &DataLoader<Loader>;
    /// The person whom the token names, who may do what `role` may.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a token, `FORBIDDEN` for a lesser role.
    fn require(&self, role: Role) -> Result<&Viewer>;
    /// Whether the request may have something changed: it did not come by GET.
    fn may_change(&self) -> bool;
    /// Which papers the viewer may see.
    fn sight(&self) -> Visibility;
    /// The client of the request, for what it may ask for only so often.
    fn visitor(&self) -> Visitor<'_>;
}

impl ContextExt for Context<'_> {
    fn services(&self) -> &Services {
        &self.data_unchecked::<RequestContext>().services
    }

    fn search(&self) -> &Arc<Search> {
        &self.data_unchecked::<RequestContext>().search
    }

    fn viewer(&self) -> Option<&Viewer> {
        self.data_unchecked::<RequestContext>().viewer.as_ref()
    }

    fn loader(&self) -> &DataLoader<Loader> {
        self.data_unchecked()
    }

    fn require(&self, role: Role) -> Result<&Viewer> {
        match self.viewer() {
            None => {
                Err(ErrorCode::Unauthenticated
                    .error("This requires a token of a user who is allowed to do it."))
            }
            Some(viewer) if viewer.is_at_least(role) => Ok(viewer),
            Some(_) => Err(ErrorCode::Forbidden.error("You are not allowed to do this.")),
        }
    }

    fn may_change(&self) -> bool {
        self.data_opt::<SafeRequest>().is_none()
    }

    fn sight(&self) -> Visibility {
        if self.require(Role::Curator).is_ok() { Visibility::All } else { Visibility::Shown }
    }

    fn visitor(&self) -> Visitor<'_> {
        let RequestContext { services, client, .. } = self.data_unchecked();
        Visitor { services, limits: self.data_unchecked(), client: *client }
    }
}
