//! The orders in which papers are listed.

use db::paging::{Key, Keyset, Kind, day_number};
use db::value;
use entity::{featured_paper, paper};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, DbErr};

use crate::papers::rows::{PaperColumns, ProjectedPaper};

/// An order of papers; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the contract, which has the same values, says what each means")]
pub enum PaperOrder {
    Newest,
    Upvotes,
    Comments,
    Trending,
}

/// The context of a list: papers alone, or a feed, whose own order breaks ties.
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
    ///
    /// # Errors
    /// If one of [`PaperOrder::columns`] was not read.
    pub fn key(self, listing: Listing, row: &ProjectedPaper) -> Result<Key, DbErr> {
        let paper = &row.paper;
        let sum = |one, other| Ok::<_, DbErr>(i64::from(*value(one)?) + i64::from(*value(other)?));
        let mut key = vec![match self {
            Self::Newest => day_number(*value(&paper.published_on)?),
            Self::Upvotes => sum(&paper.source_upvotes, &paper.upvotes)?,
            Self::Comments => sum(&paper.source_comments, &paper.comments)?,
            Self::Trending => *value(&paper.trending)?,
        }];
        let feature = if listing == Listing::Feed { row.feature.value()? } else { None };
        match feature {
            Some(feature) => {
                key.extend([-i64::from(*value(&feature.position)?), -*value(&feature.id)?]);
            }
            None => key.push(*value(&paper.id)?),
        }
        Ok(key)
    }

    /// The columns that keys in this order consist of.
    #[must_use]
    pub fn columns(self, listing: Listing) -> PaperColumns {
        let columns = PaperColumns::paper(match self {
            Self::Newest => &[paper::Column::PublishedOn][..],
            Self::Upvotes => &[paper::Column::SourceUpvotes, paper::Column::Upvotes],
            Self::Comments => &[paper::Column::SourceComments, paper::Column::Comments],
            Self::Trending => &[paper::Column::Trending],
        });
        match listing {
            Listing::All => columns,
            Listing::Feed => columns.with_feature(&[featured_paper::Column::Position]),
        }
    }
}
