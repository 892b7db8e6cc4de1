//! Names of organizations: the latest name wins.
//!
//! Always: slugs that differ in case only are one institution; a name of an older day changes nothing.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::organization;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};

use crate::Result;

use super::new_paper::{NewOrganization, NewPaper};

/// The institutions that the papers of a batch name, by their slugs.
#[derive(Debug, Default)]
pub(super) struct Namings(HashMap<String, Naming>);

#[derive(Debug)]
struct Naming {
    name: String,
    logo_url: Option<String>,
    on: Option<NaiveDate>,
}

impl Namings {
    /// Takes down what a paper says of its institution.
    pub(super) fn add(&mut self, paper: &NewPaper) {
        let Some(NewOrganization { slug, name, logo_url }) = &paper.organization else { return };
        let mut new = Naming { name: name.clone(), logo_url: logo_url.clone(), on: paper.said.day };
        match self.0.entry(slug.to_lowercase()) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(new);
            }
            std::collections::hash_map::Entry::Occupied(mut known) => {
                let known = known.get_mut();
                if new.on < known.on {
                    known.logo_url = known.logo_url.take().or(new.logo_url);
                } else {
                    new.logo_url = new.logo_url.or(known.logo_url.take());
                    *known = new;
                }
            }
        }
    }

    /// Makes the institutions that are new, renames those that have a later name, and returns the ids of all by slug.
    pub(super) async fn write(&self, tx: &DatabaseTransaction) -> Result<HashMap<String, i64>> {
        if self.0.is_empty() {
            return Ok(HashMap::new());
        }
        let mut rows: Vec<_> = self.0.iter().map(|(slug, naming)| naming.row(slug)).collect();
        rows.sort_by(|a, b| a.slug.as_ref().cmp(b.slug.as_ref()));
        let keep = OnConflict::column(organization::Column::Slug).do_nothing().to_owned();
        organization::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
        let known = organization::Entity::find()
            .filter(organization::Column::Slug.is_in(self.0.keys().cloned()))
            .all(tx)
            .await?;
        let ids = known.iter().map(|row| (row.slug.clone(), row.id)).collect();
        for row in known {
            if let Some(naming) = self.0.get(&row.slug) {
                naming.apply(tx, row).await?;
            }
        }
        Ok(ids)
    }
}

impl Naming {
    fn row(&self, slug: &str) -> organization::ActiveModel {
        organization::ActiveModel {
            id: NotSet,
            slug: Set(slug.to_owned()),
            name: Set(self.name.clone()),
            name_key: Set(plain_text::key(&self.name)),
            logo_url: Set(self.logo_url.clone()),
            named_on: Set(self.on),
        }
    }

    /// Writes what this naming changes of a stored institution.
    async fn apply(&self, tx: &DatabaseTransaction, row: organization::Model) -> Result<()> {
        let mut named = row.clone();
        // A curator's naming has no day, and changes no name that a source gave.
        if self.on.is_some() && self.on >= named.named_on {
            named.name.clone_from(&self.name);
            named.name_key = plain_text::key(&self.name);
            named.named_on = self.on;
            named.logo_url = self.logo_url.clone().or(named.logo_url);
        } else {
            named.logo_url = named.logo_url.or_else(|| self.logo_url.clone());
        }
        if named != row {
            organization::ActiveModel::from(named).reset_all().update(tx).await?;
        }
        Ok(())
    }
}
