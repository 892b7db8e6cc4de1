//! The orders in which papers are listed.

use entity::{featured_paper, paper};
use sea_orm::ColumnTrait as _;
use sea_orm::sea_query::{Expr, ExprTrait as _};

use crate::paging::{Key, Keyset, Kind, day_number};

use super::listed::Listed;

/// An order of papers; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaperOrder {
    /// The latest first version first.
    Newest,
    /// The most votes first.
    Upvotes,
    /// The most comments first.
    Comments,
    /// The highest trending score first.
    Trending,
}

/// Where papers are listed: on their own, or in a feed, whose own order decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Any papers.
    All,
    /// Papers of a feed, joined with their place in it.
    Feed,
}

impl PaperOrder {
    fn leading(self) -> (Expr, Kind) {
        let column = |column: paper::Column| column.into_expr();
        match self {
            Self::Newest => (column(paper::Column::PublishedOn), Kind::Day),
            Self::Upvotes => {
                (column(paper::Column::SourceUpvotes).add(column(paper::Column::Upvotes)), Kind::Number)
            }
            Self::Comments => {
                (column(paper::Column::SourceComments).add(column(paper::Column::Comments)), Kind::Number)
            }
            Self::Trending => (column(paper::Column::Trending), Kind::Number),
        }
    }

    /// The columns to order by.
    #[must_use]
    pub fn keyset(self, listing: Listing) -> Keyset {
        let mut columns = vec![self.leading()];
        match listing {
            Listing::All => columns.push((paper::Column::Id.into_expr(), Kind::Number)),
            // The source lists the first one on top: the smaller place is the higher rank.
            Listing::Feed => {
                let falling = |column: featured_paper::Column| Expr::val(0_i64).sub(column.into_expr());
                columns.push((falling(featured_paper::Column::Position), Kind::Number));
                columns.push((falling(featured_paper::Column::Id), Kind::Number));
            }
        }
        Keyset::falling(columns)
    }

    /// The key of a paper in this order.
    #[must_use]
    pub fn key(self, listing: Listing, listed: &Listed) -> Key {
        let paper = &listed.paper;
        let mut key = vec![match self {
            Self::Newest => day_number(paper.published_on),
            Self::Upvotes => i64::from(paper.source_upvotes) + i64::from(paper.upvotes),
            Self::Comments => i64::from(paper.source_comments) + i64::from(paper.comments),
            Self::Trending => paper.trending,
        }];
        match (listing, &listed.feature) {
            (Listing::Feed, Some(feature)) => key.extend([-i64::from(feature.position), -feature.id]),
            _ => key.push(paper.id),
        }
        key
    }
}
