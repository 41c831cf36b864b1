//! Plans as their JSON: read, changed, and given the hash of what they then say, as whoever can write a plan can do.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vodkit::Plan;

/// JSON whose fields keep their order, on which a plan's hash depends.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Other(Value),
}

/// The paths of what a path is within, from the outermost.
fn parents(path: &str) -> Vec<String> {
    let slashes = path.match_indices('/').map(|(place, _)| path[..place].to_owned());
    [String::new()].into_iter().chain(slashes).collect()
}

impl Json {
    /// That of a plan.
    pub fn of(plan: &Plan) -> Self {
        serde_json::from_str(&plan.to_json()).unwrap()
    }

    /// The value at a path such as `renditions/0/width`.
    pub fn at(&mut self, path: &str) -> &mut Self {
        path.split('/').fold(self, |value, step| match value {
            Self::Object(fields) => match fields.iter_mut().find(|(name, _)| name == step) {
                Some((_, value)) => value,
                None => panic!("there is no {step} of {path}"),
            },
            Self::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            Self::Other(_) => panic!("nothing is below {step} of {path}"),
        })
    }

    /// Puts another value at a path.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        *self.at(path) = Self::Other(value.into());
    }

    /// The items of the array at a path.
    pub fn items(&mut self, path: &str) -> &mut Vec<Self> {
        match self.at(path) {
            Self::Array(items) => items,
            other => panic!("{path} is no array but {other:?}"),
        }
    }

    /// Gives an object one more field.
    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        let Self::Object(fields) = self else { panic!("only objects have fields") };
        fields.push((name.to_owned(), Self::Other(value.into())));
    }

    /// Takes a field away.
    pub fn remove(&mut self, name: &str) {
        let Self::Object(fields) = self else { panic!("only objects have fields") };
        fields.retain(|(own, _)| own != name);
    }

    /// Adds a field to each object in turn, and gives what comes of it with the path of that object.
    pub fn with_one_more(&self, name: &str) -> Vec<(String, Self)> {
        let paths: BTreeSet<String> = self.leaves().into_iter().flat_map(|(path, _)| parents(&path)).collect();
        let mut all = Vec::new();
        for path in paths {
            let mut changed = self.clone();
            let place = if path.is_empty() { &mut changed } else { changed.at(&path) };
            if let Self::Object(fields) = place {
                fields.push((name.to_owned(), Self::Other(Value::from(1))));
                all.push((path, changed));
            }
        }
        all
    }

    /// The text, as it is.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap()
    }

    /// The text with the hash of it: SHA-256 of it with an empty hash.
    pub fn sealed(&self) -> String {
        let mut own = self.clone();
        own.set("hash", "");
        let digest = Sha256::digest(own.text());
        own.set("hash", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        own.text()
    }

    /// The paths of all values but objects and arrays.
    pub fn leaves(&self) -> Vec<(String, Value)> {
        fn walk(value: &Json, path: &str, found: &mut Vec<(String, Value)>) {
            let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}/{step}") };
            match value {
                Json::Object(fields) => fields.iter().for_each(|(name, value)| walk(value, &below(name), found)),
                Json::Array(items) => {
                    items
                        .iter()
                        .enumerate()
                        .for_each(|(number, value)| walk(value, &below(&number.to_string()), found));
                }
                Json::Other(value) => found.push((path.to_owned(), value.clone())),
            }
        }
        let mut found = Vec::new();
        walk(self, "", &mut found);
        found
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Json::Object(fields))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(Json::Array(all))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Other(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Other(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Other(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Other(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Other(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Other(Value::Null))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// The plan that another host could have made of this one: changed, and whole again.
pub fn edited(plan: &Plan, change: impl FnOnce(&mut Json)) -> vodkit::Result<Plan> {
    let mut json = Json::of(plan);
    change(&mut json);
    Plan::from_json(&json.sealed())
}
