//! Organizations.

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use db::ColumnSet;
use db::paging::Columns as _;
use domain::entity::organization;
use domain::papers::read::Scope;

use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::projection::value;
use crate::contract::scalars::Url;
use crate::contract::types::paper::PaperConnection;
use crate::contract::types::paper_list::{PaperOrder, list};
use graphql_server::execution::inline::Inline;

/// An organization of papers.
#[derive(Clone, Debug)]
pub struct Organization(pub organization::ActiveModel);

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self(row.into())
    }
}

/// An organization of papers.
#[Object]
impl Organization {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::Organization.id(*value(&self.0.id)?))
    }

    /// The unique name for URLs.
    async fn slug(&self) -> Result<&str> {
        Ok(value(&self.0.slug)?)
    }

    /// The display name.
    async fn name(&self) -> Result<&str> {
        Ok(value(&self.0.name)?)
    }

    /// The address of its logo.
    async fn logo_url(&self) -> Result<Option<Url>> {
        Ok(value(&self.0.logo_url)?.clone().map(Url))
    }

    /// Its papers.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order of the papers.", default_with = "PaperOrder::Newest")]
        order_by: PaperOrder,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::Organization(*value(&self.0.id)?), None, order_by, page).await
    }
}

/// What a field of an organization is made of, beside the id.
pub fn columns(field: &Field) -> ColumnSet {
    let column = match field.name.node.as_str() {
        "__typename" | "id" | "papers" => return ColumnSet::MIN,
        "slug" => organization::Column::Slug,
        "name" => organization::Column::Name,
        "logoUrl" => organization::Column::LogoUrl,
        _ => return ColumnSet::ALL,
    };
    ColumnSet::of(&[column])
}
