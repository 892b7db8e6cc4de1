//! The topics of papers: categories, keywords, and the words that filters search.

use std::collections::HashMap;

use entity::{category, keyword, paper_category, paper_words};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::Result;

/// The category with this code, if a paper here has it.
pub async fn category_by_code(
    connection: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<category::Model>> {
    Ok(category::Entity::find_by_id(code.trim().to_owned()).one(connection).await?)
}

/// All categories that papers here have, by code.
pub async fn all_categories(connection: &impl ConnectionTrait) -> Result<Vec<category::Model>> {
    Ok(category::Entity::find().order_by_asc(category::Column::Code).all(connection).await?)
}

/// The categories of papers, by paper, the primary one first.
pub async fn categories(
    connection: &impl ConnectionTrait,
    paper_ids: &[i64],
) -> Result<HashMap<i64, Vec<category::Model>>> {
    let relation: sea_orm::RelationDef = paper_category::Entity::belongs_to(category::Entity)
        .from(paper_category::Column::Code)
        .to(category::Column::Code)
        .into();
    let rows = paper_category::Entity::find()
        .join(JoinType::InnerJoin, relation)
        .select_also(category::Entity)
        .filter(paper_category::Column::PaperId.is_in(paper_ids.iter().copied()))
        .order_by_asc(paper_category::Column::PaperId)
        .order_by_asc(paper_category::Column::Position)
        .all(connection)
        .await?;
    let mut categories: HashMap<i64, Vec<category::Model>> = HashMap::new();
    for (link, category) in rows {
        categories.entry(link.paper_id).or_default().extend(category);
    }
    Ok(categories)
}

/// The codes of the categories of papers, by paper, the primary one first.
///
/// # Errors
/// If the database fails.
pub async fn category_codes(
    connection: &impl ConnectionTrait,
    paper_ids: &[i64],
) -> Result<HashMap<i64, Vec<String>>> {
    let codes = |list: Vec<category::Model>| list.into_iter().map(|category| category.code).collect();
    let categories = categories(connection, paper_ids).await?;
    Ok(categories.into_iter().map(|(id, list)| (id, codes(list))).collect())
}

/// The words of papers that filters look at, by paper.
pub async fn words(connection: &impl ConnectionTrait, paper_ids: &[i64]) -> Result<HashMap<i64, String>> {
    let rows = paper_words::Entity::find()
        .filter(paper_words::Column::PaperId.is_in(paper_ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.paper_id, row.words)).collect())
}

/// The keywords of papers, by paper, in their order.
pub async fn keywords(
    connection: &impl ConnectionTrait,
    paper_ids: &[i64],
) -> Result<HashMap<i64, Vec<String>>> {
    let rows = keyword::Entity::find()
        .filter(keyword::Column::PaperId.is_in(paper_ids.iter().copied()))
        .order_by_asc(keyword::Column::PaperId)
        .order_by_asc(keyword::Column::Position)
        .all(connection)
        .await?;
    let mut keywords: HashMap<i64, Vec<String>> = HashMap::new();
    for row in rows {
        keywords.entry(row.paper_id).or_default().push(row.name);
    }
    Ok(keywords)
}
