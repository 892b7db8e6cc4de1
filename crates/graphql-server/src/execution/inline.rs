//! Objects and lists that are resolved in place.
//!
//! async-graphql puts a future for every field of every object into a set that wakes each for itself; for values that
//! are in memory, as most are once their page is read, that costs several times what they do. Here a field is polled
//! where it stands, in the memory of the one before it, and only those that have to wait are kept and waited for
//! together. What a client sees is the same, but for the order of the fields: it is that of the document at once.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use futures::future::{BoxFuture, join_all};
use futures::poll;

/// An object that is resolved in place.
#[derive(Clone, Debug)]
pub struct Inline<T>(pub T);

/// A list of objects, each of which is resolved in place, none of them null.
#[derive(Clone, Debug)]
pub struct InlineList<T>(pub Vec<T>);

impl<T: ContainerType> OutputType for Inline<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        object(context, &self.0).await
    }
}

impl<T: ContainerType> OutputType for InlineList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut values = Vec::with_capacity(self.0.len());
        let mut waiting = Vec::new();
        let mut place = None;
        for (index, item) in self.0.iter().enumerate() {
            let mut future = put(&mut place, one_item(context, index, item));
            if let Poll::Ready(value) = poll!(future.as_mut()) {
                values.push(value?);
                place = Some(future);
            } else {
                values.push(Value::Null);
                waiting.push(async move { (index, future.await) });
            }
        }
        for (index, value) in join_all(waiting).await {
            let value = value?;
            if let Some(waited) = values.get_mut(index) {
                *waited = value;
            }
        }
        Ok(Value::List(values))
    }
}

/// The values of an object's fields. Boxed, because types lead in circles: a book has an author, who has books.
fn object<'a, T: ContainerType>(
    context: &'a ContextSelectionSet<'a>,
    root: &'a T,
) -> BoxFuture<'a, ServerResult<Value>> {
    if context.item.node.items.iter().all(|selection| is_plain(&selection.node)) {
        Box::pin(in_place(context, root))
    } else {
        Box::pin(resolve_container(context, root))
    }
}

async fn in_place<T: ContainerType>(context: &ContextSelectionSet<'_>, root: &T) -> ServerResult<Value> {
    let selections = &context.item.node.items;
    let mut values = IndexMap::with_capacity(selections.len());
    let mut waiting = Vec::new();
    let mut place = None;
    for selection in selections {
        let Selection::Field(field) = &selection.node else { continue };
        // No key comes twice: the guard has merged equal fields, and validation has refused others of one key.
        let key = field.node.response_key().node.clone();
        if field.node.name.node == "__typename" {
            values.insert(key, Value::String(root.introspection_type_name().into_owned()));
            continue;
        }
        let mut future = put(&mut place, one_field(context, field, root));
        if let Poll::Ready(value) = poll!(future.as_mut()) {
            enter(context, &mut values, key, value);
            place = Some(future);
        } else {
            // Its place among the others.
            values.insert(key.clone(), Value::Null);
            waiting.push(async move { (key, future.await) });
        }
    }
    for (key, value) in join_all(waiting).await {
        enter(context, &mut values, key, value);
    }
    Ok(if values.is_empty() { Value::Null } else { Value::Object(values) })
}

/// Whether it is a field without directives. What depends on types or on directives is the executor's business.
fn is_plain(selection: &Selection) -> bool {
    matches!(selection, Selection::Field(field) if field.node.directives.is_empty())
}

/// A field that failed has no value, but an error: as the executor leaves it, for the data to be completed.
fn enter(
    context: &ContextSelectionSet<'_>,
    values: &mut IndexMap<Name, Value>,
    key: Name,
    value: ServerResult<Value>,
) {
    match value {
        Ok(value) => {
            values.insert(key, value);
        }
        Err(error) => {
            values.shift_remove(&key);
            context.add_error(error);
        }
    }
}

async fn one_field<T: ContainerType>(
    context: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    root: &T,
) -> ServerResult<Value> {
    let context = context.with_field(field);
    Ok(root.resolve_field(&context).await?.unwrap_or_default())
}

async fn one_item<T: ContainerType>(
    context: &ContextSelectionSet<'_>,
    index: usize,
    item: &T,
) -> ServerResult<Value> {
    let context = context.with_index(index);
    object(&context, item).await.map_err(|error| context.set_error_path(error))
}

/// The future in the memory of one that is done, if there is one.
fn put<F: Future>(place: &mut Option<Pin<Box<F>>>, future: F) -> Pin<Box<F>> {
    match place.take() {
        Some(mut done) => {
            done.set(future);
            done
        }
        None => Box::pin(future),
    }
}
