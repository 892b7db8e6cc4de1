//! What the guard knows of the schema: which type a field has, and which types are objects, going out or coming in.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, OperationType, Type, TypeKind, TypeSystemDefinition};

/// Types that every schema has: five scalars, and eight of introspection.
const BUILT_IN: u64 = 13;

/// Types of the schema by name.
#[derive(Clone, Debug, Default)]
pub struct SchemaTypes {
    fields: HashMap<String, HashMap<String, Type>>,
    /// For each object type: the interfaces that it has.
    objects: HashMap<String, HashSet<String>>,
    input_objects: HashSet<String>,
    /// For each enumeration: its values.
    enums: HashMap<String, HashSet<String>>,
    sizes: Sizes,
}

/// How much a schema has of what introspection lists, each on average of what has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    pub(crate) types: u64,
    /// Of a type.
    pub(crate) fields: u64,
    /// Of a field.
    pub(crate) arguments: u64,
    /// Of a type.
    pub(crate) input_fields: u64,
    /// Of a type.
    pub(crate) values: u64,
}

impl SchemaTypes {
    /// Reads the text of a schema.
    ///
    /// # Errors
    /// If the text is not a schema.
    pub fn read(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut types = Self::default();
        let (mut fields_of_all, mut arguments, mut input_fields) = (0, 0, 0);
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            let (fields, interfaces) = match definition.node.kind {
                TypeKind::Object(object) => (object.fields, Some(object.implements)),
                TypeKind::Interface(interface) => (interface.fields, None),
                TypeKind::Enum(values) => {
                    let values = values.values.iter().map(|value| value.node.value.node.to_string());
                    types.enums.insert(name, values.collect());
                    continue;
                }
                TypeKind::InputObject(object) => {
                    input_fields += object.fields.len();
                    types.input_objects.insert(name);
                    continue;
                }
                _ => {
                    types.sizes.types += 1;
                    continue;
                }
            };
            fields_of_all += fields.len();
            arguments += fields.iter().map(|field| field.node.arguments.len()).sum::<usize>();
            let field_types =
                fields.iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node.clone()));
            types.fields.insert(name.clone(), field_types.collect());
            if let Some(interfaces) = interfaces {
                let interfaces = interfaces.into_iter().map(|interface| interface.node.to_string());
                types.objects.insert(name, interfaces.collect());
            }
        }
        let values = types.enums.values().map(HashSet::len).sum::<usize>();
        let sizes = &mut types.sizes;
        sizes.types += (types.fields.len() + types.input_objects.len() + types.enums.len()) as u64 + BUILT_IN;
        let of_type = |count: usize| (count as u64).div_ceil(sizes.types);
        (sizes.fields, sizes.input_fields, sizes.values) =
            (of_type(fields_of_all), of_type(input_fields), of_type(values));
        sizes.arguments = (arguments as u64).div_ceil((fields_of_all as u64).max(1));
        Ok(types)
    }

    /// How much it has of what introspection lists.
    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Whether a type is an object that goes out.
    pub(crate) fn is_object(&self, name: &str) -> bool {
        self.objects.contains_key(name)
    }

    /// The type at the root of an operation.
    pub(crate) fn root(kind: OperationType) -> &'static str {
        match kind {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        }
    }

    /// The type of a field; `None` if the type or the field is not known.
    pub(crate) fn field_type(&self, of: &str, field: &str) -> Option<&Type> {
        self.fields.get(of)?.get(field)
    }

    /// The named type of a field, lists taken off.
    pub(crate) fn field(&self, of: &str, field: &str) -> Option<&str> {
        self.field_type(of, field).map(Self::named)
    }

    /// Whether a fragment on `condition` always applies to an object of type `parent`.
    pub(crate) fn always_applies(&self, parent: &str, condition: &str) -> bool {
        parent == condition
            || self.objects.get(parent).is_some_and(|interfaces| interfaces.contains(condition))
    }

    /// Whether a type is an object that comes in.
    pub(crate) fn is_input_object(&self, name: &str) -> bool {
        self.input_objects.contains(name)
    }

    /// The values of an enumeration; `None` if the type is not one.
    pub(crate) fn values(&self, name: &str) -> Option<&HashSet<String>> {
        self.enums.get(name)
    }

    /// The name of a type, lists taken off.
    pub(crate) fn named(kind: &Type) -> &str {
        match &kind.base {
            BaseType::Named(name) => name.as_str(),
            BaseType::List(inner) => Self::named(inner),
        }
    }

    /// Whether a type is a list.
    pub(crate) fn is_list(kind: &Type) -> bool {
        matches!(kind.base, BaseType::List(_))
    }
}
