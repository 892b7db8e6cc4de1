//! Submitted forms.

use std::collections::HashMap;

use domain::error::clip;

/// The fields of a form; a name may come more than once.
#[derive(Debug, Default)]
pub(crate) struct Form(HashMap<String, Vec<String>>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`, in a body or behind a question mark.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            // Postgres takes no NUL in a text, so none comes in.
            fields.entry(name.into_owned()).or_default().push(value.replace('\0', ""));
        }
        Self(fields)
    }

    /// The first value of a field that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field that is repeated, and none of these lists.
    pub(crate) fn repeated(&self, lists: &[&str]) -> Option<&str> {
        let repeated =
            self.0.iter().filter(|(name, values)| values.len() > 1 && !lists.contains(&name.as_str()));
        repeated.map(|(name, _)| name.as_str()).min()
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether the form has the field, if only an empty one.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The number in a field; what is not a number is a problem, said of the field's `label`.
    pub(crate) fn number(&self, name: &str, label: &str, problems: &mut Vec<String>) -> Option<i32> {
        let text = self.get(name)?;
        let number = text.trim().parse().ok();
        if number.is_none() {
            problems.push(format!("{label} must be a number, not {:?}.", clip(text)));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_may_be_repeated() {
        let repeated =
            |body: &[u8]| Form::read(body).repeated(&["weekday", "keywords"]).map(ToOwned::to_owned);
        assert_eq!(repeated(b"weekday=Mon&weekday=Tue&keywords=a&keywords=b&email=a"), None);
        assert_eq!(repeated(b"email=a&weekday=Mon&email=b").as_deref(), Some("email"));
    }
}
