//! Any object by its identifier, if the viewer may see it.

use async_graphql::{Context, ID, Interface, Result};
use domain::entity::enums::Role;

use crate::graphql::context::ContextExt as _;
use crate::graphql::ids::{NodeType, parse};
use crate::graphql::loaders::{DeliveryKey, EditionKey, OrganizationKey, PaperKey, SubscriptionKey, failed};

use super::delivery::Delivery;
use super::edition::Edition;
use super::paper::{Organization, Paper};
use super::subscription::EmailSubscription;

/// An object with an identifier that is unique across all types.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its identifier, unique across all types."))]
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
}

/// The object with this identifier; `None` where there is none that the viewer may see.
pub async fn load(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((node_type, row)) = parse(id) else { return Ok(None) };
    let loader = ctx.loader();
    let is_admin = ctx.require(Role::Admin).is_ok();
    Ok(match node_type {
        NodeType::Paper => {
            loader.load_one(PaperKey(row)).await.map_err(failed)?.map(|row| Node::Paper(Paper(row)))
        }
        NodeType::Organization => {
            let row = loader.load_one(OrganizationKey(row)).await.map_err(failed)?;
            row.map(|row| Node::Organization(Organization(row)))
        }
        NodeType::Edition => {
            loader.load_one(EditionKey(row)).await.map_err(failed)?.map(|row| Node::Edition(Edition(row)))
        }
        NodeType::EmailSubscription if is_admin => {
            let row = loader.load_one(SubscriptionKey(row)).await.map_err(failed)?;
            row.map(|row| Node::EmailSubscription(EmailSubscription(row)))
        }
        NodeType::Delivery if is_admin => {
            loader.load_one(DeliveryKey(row)).await.map_err(failed)?.map(|row| Node::Delivery(Delivery(row)))
        }
        NodeType::EmailSubscription | NodeType::Delivery => None,
    })
}
