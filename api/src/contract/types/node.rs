//! Any object by its identifier, if the viewer may see it.

use async_graphql::{Context, ID, Interface, Result};
use domain::accounts;
use domain::audit;
use domain::entity::enums::Role;
use domain::papers::PaperRow;
use domain::papers::read::Visibility;
use domain::papers::topics;
use domain::sources::imports::runs;

use crate::contract::context::ContextExt as _;
use crate::contract::error::into_graphql;
use crate::contract::ids::{self, NodeType, parse};
use crate::contract::loaders::{
    AnyPaperKey, DeliveryKey, EditionKey, OrganizationKey, PaperKey, SubscriptionKey, UserKey, load_failed,
};
use crate::contract::types::audit_entry::AuditEntry;
use crate::contract::types::category::Category;
use crate::contract::types::comment::{self, Comment};
use crate::contract::types::delivery::Delivery;
use crate::contract::types::edition::Edition;
use crate::contract::types::email_subscription::EmailSubscription;
use crate::contract::types::import_run::ImportRun;
use crate::contract::types::organization::Organization;
use crate::contract::types::paper::Paper;
use crate::contract::types::user::{AccessToken, User};

/// An object with an identifier that is unique across all types.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The identifier, unique across all types."))]
pub enum Node {
    /// A paper.
    Paper(Paper),
    /// An organization.
    Organization(Organization),
    /// An e-mail subscription.
    EmailSubscription(EmailSubscription),
    /// An edition.
    Edition(Edition),
    /// A delivery.
    Delivery(Delivery),
    /// A person.
    User(User),
    /// A comment.
    Comment(Comment),
    /// An access token.
    AccessToken(AccessToken),
    /// An import run.
    ImportRun(ImportRun),
    /// A category.
    Category(Category),
    /// An entry of the audit log.
    AuditEntry(AuditEntry),
}

/// The object with this identifier; `None` if there is none that the viewer may see.
pub async fn load(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    if let Some(code) = ids::category(id) {
        let row = topics::category_by_code(ctx.services().db.read(), &code).await.map_err(into_graphql)?;
        return Ok(row.map(|row| Node::Category(row.into())));
    }
    let Some((node_type, row)) = parse(id) else { return Ok(None) };
    let loader = ctx.loader();
    let is_admin = ctx.require(Role::Admin).is_ok();
    Ok(match node_type {
        NodeType::Paper => paper(ctx, row).await?.map(|row| Node::Paper(row.into())),
        NodeType::User => {
            loader.load_one(UserKey(row)).await.map_err(load_failed)?.map(|row| Node::User(row.into()))
        }
        NodeType::Comment => comment::load(ctx, row).await?.map(Node::Comment),
        NodeType::AccessToken => {
            let Some(viewer) = ctx.viewer() else { return Ok(None) };
            let token = accounts::read::access_token(ctx.services().db.read(), viewer.user_id, row).await;
            token.map_err(into_graphql)?.map(|row| Node::AccessToken(row.into()))
        }
        NodeType::ImportRun if is_admin => {
            let run = runs::by_id(ctx.services().db.read(), row).await.map_err(into_graphql)?;
            run.map(|row| Node::ImportRun(ImportRun(row)))
        }
        NodeType::Organization => {
            let row = loader.load_one(OrganizationKey(row)).await.map_err(load_failed)?;
            row.map(|row| Node::Organization(row.into()))
        }
        NodeType::Edition => loader
            .load_one(EditionKey(row))
            .await
            .map_err(load_failed)?
            .map(|row| Node::Edition(Edition(row))),
        NodeType::EmailSubscription if is_admin => {
            let row = loader.load_one(SubscriptionKey(row)).await.map_err(load_failed)?;
            row.map(|row| Node::EmailSubscription(row.into()))
        }
        NodeType::Delivery if is_admin => loader
            .load_one(DeliveryKey(row))
            .await
            .map_err(load_failed)?
            .map(|row| Node::Delivery(Delivery(row))),
        NodeType::AuditEntry if is_admin => {
            let entry = audit::by_id(ctx.services().db.read(), row).await.map_err(into_graphql)?;
            entry.map(|row| Node::AuditEntry(AuditEntry(row)))
        }
        NodeType::EmailSubscription | NodeType::Delivery | NodeType::ImportRun | NodeType::AuditEntry => None,
    })
}

/// A paper that the viewer may see.
async fn paper(ctx: &Context<'_>, row: i64) -> Result<Option<PaperRow>> {
    let loader = ctx.loader();
    match ctx.sight() {
        Visibility::Shown => loader.load_one(PaperKey(row)).await.map_err(load_failed),
        Visibility::All => loader.load_one(AnyPaperKey(row)).await.map_err(load_failed),
    }
}
