//! The notation of the data files, read strictly: an unknown or misspelled key is an error with its path.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Number, Value};

use crate::field::Format;
use crate::model::{Confidence, ErrorAnswer, Header, Plan, RateLimit, Scope};

/// `platform-pos.json` and `platform-orders.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductFile {
    #[serde(rename = "meta")]
    _meta: IgnoredAny,
    #[serde(default)]
    pub enums: Pairs<EnumData>,
    pub schemas: Pairs<SchemaData>,
    pub endpoints: Vec<EndpointData>,
    #[serde(default)]
    pub webhooks: Vec<WebhookData>,
}

/// `platform-common.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommonFile {
    #[serde(rename = "meta")]
    _meta: IgnoredAny,
    pub scopes: Vec<Scope>,
    pub refused_scopes: Vec<String>,
    pub webhooks: Vec<WebhookData>,
    pub refused_webhooks: Vec<String>,
    pub webhook_headers: Vec<Header>,
    pub user_notification: WebhookData,
    pub errors: Vec<ErrorAnswer>,
    pub rate_limits: RateLimitsData,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateLimitsData {
    pub sandbox: RateLimit,
    pub production: RateLimit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnumData {
    pub values: Pairs<String>,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
    #[serde(default, rename = "confidence_note")]
    _confidence_note: IgnoredAny,
    #[serde(default, rename = "note")]
    _note: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointData {
    pub resource: String,
    pub method: String,
    pub path: String,
    pub title_ja: String,
    pub summary: String,
    pub scope: Option<String>,
    #[serde(default)]
    pub path_params: Vec<String>,
    #[serde(default)]
    pub query: Vec<ParamData>,
    #[serde(default)]
    pub at_least_one_of: Vec<String>,
    #[serde(default)]
    pub exactly_one_of: Vec<String>,
    pub request: Option<RequestData>,
    pub response: Option<NodeData>,
    pub success_status: u16,
    pub webhook: Option<String>,
    pub plans: Option<Vec<Plan>>,
    pub confidence: Confidence,
    pub scope_confidence: Option<Confidence>,
    pub webhook_confidence: Option<Confidence>,
    #[serde(rename = "async")]
    pub job: Option<IgnoredAny>,
    pub notes: Option<String>,
    #[serde(default)]
    pub sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamData {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub format: Option<Format>,
    #[serde(default, rename = "enum")]
    pub choices: Vec<String>,
    pub min: Option<Number>,
    pub max: Option<Number>,
    pub default: Option<Value>,
    #[serde(default)]
    pub required: bool,
    pub allowed: Option<AllowedData>,
    pub caps_limit: Option<u32>,
    pub confidence: Option<Confidence>,
    pub note: Option<String>,
}

/// Sort keys: the list, or the words "not seen".
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum AllowedData {
    Keys(Vec<String>),
    NotSeen(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookData {
    pub event: String,
    pub title_ja: Option<String>,
    pub actions: Vec<String>,
    pub ids_key: Option<String>,
    pub ids_shape: Option<String>,
    /// Members before the ids.
    #[serde(default)]
    pub members: Pairs<NodeData>,
    /// Members after the ids.
    #[serde(default)]
    pub members_after: Pairs<NodeData>,
    pub confidence: Confidence,
    #[serde(default, rename = "ids_key_confidence")]
    _ids_key_confidence: IgnoredAny,
    #[serde(default, rename = "confidence_note")]
    _confidence_note: IgnoredAny,
    #[serde(default, rename = "sources")]
    _sources: IgnoredAny,
    pub note: Option<String>,
}

/// A field, or the shape of a whole body.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NodeData {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(rename = "$ref")]
    pub schema: Option<String>,
    pub items: Option<Pairs<NodeData>>,
    pub properties: Option<Pairs<NodeData>>,
    pub required: bool,
    pub required_on_create: bool,
    pub nullable: bool,
    pub always_present: bool,
    pub format: Option<Format>,
    #[serde(rename = "enum")]
    pub choices: Vec<String>,
    pub enum_ref: Option<String>,
    pub exclude: Vec<String>,
    pub min: Option<Number>,
    pub max: Option<Number>,
    pub max_length: Option<usize>,
    pub max_items: Option<usize>,
    pub pattern: Option<String>,
    pub default: Option<Value>,
    pub deprecated: bool,
    pub numbers: Vec<String>,
    pub confidence: Option<Confidence>,
    pub note: Option<String>,
}

/// A request: either a reference (`{"$ref": …}`, all values texts) or the fields themselves. A field may be
/// called `type`, so the values decide, not the keys.
pub(crate) enum RequestData {
    Reference(Box<NodeData>),
    Fields(Pairs<NodeData>),
}

enum TextOrNode {
    Text(String),
    Node(Box<NodeData>),
}

impl<'de> Deserialize<'de> for TextOrNode {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = TextOrNode;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a field")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TextOrNode, E> {
                Ok(TextOrNode::Text(text.to_owned()))
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<TextOrNode, M::Error> {
                NodeData::deserialize(MapAccessDeserializer::new(map)).map(|node| TextOrNode::Node(Box::new(node)))
            }
        }
        from.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for RequestData {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut reference = NodeData::default();
        let mut fields = Vec::new();
        for (key, value) in Pairs::<TextOrNode>::deserialize(from)?.0 {
            match (key.as_str(), value) {
                (_, TextOrNode::Node(node)) => fields.push((key, *node)),
                ("$ref", TextOrNode::Text(name)) => reference.schema = Some(name),
                ("type", TextOrNode::Text(kind)) => reference.kind = Some(kind),
                ("note", TextOrNode::Text(note)) => reference.note = Some(note),
                (key, _) => return Err(serde::de::Error::custom(format!("unknown key `{key}` in a request"))),
            }
        }
        match (&reference.schema, fields.is_empty()) {
            (Some(_), true) => Ok(Self::Reference(Box::new(reference))),
            (None, _) if reference.kind.is_none() => Ok(Self::Fields(Pairs(fields))),
            _ => Err(serde::de::Error::custom("a request is either a reference or a list of fields")),
        }
    }
}

/// A schema: `$extends`, `$note` and fields, in order.
#[derive(Default)]
pub(crate) struct SchemaData {
    pub entries: Vec<SchemaEntry>,
    pub note: Option<String>,
}

/// One line of a schema.
pub(crate) enum SchemaEntry {
    Extends(String),
    Field(String, Box<NodeData>),
}

impl<'de> Deserialize<'de> for SchemaData {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut schema = Self::default();
        for (key, value) in Pairs::<TextOrNode>::deserialize(from)?.0 {
            match (key.as_str(), value) {
                (_, TextOrNode::Node(node)) => schema.entries.push(SchemaEntry::Field(key, node)),
                ("$extends", TextOrNode::Text(name)) => schema.entries.push(SchemaEntry::Extends(name)),
                ("$note", TextOrNode::Text(note)) => schema.note = Some(note),
                (key, _) => return Err(serde::de::Error::custom(format!("unknown key `{key}` in a schema"))),
            }
        }
        Ok(schema)
    }
}

/// The members of an object in their order, doubled keys included (a map would swallow those silently).
pub(crate) struct Pairs<T>(pub Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Ordered<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Ordered<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pairs<T>, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Ordered(PhantomData))
    }
}
